"""A soak's judgement; the soak itself takes an hour."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.faults.soak import State, faults

STEADY = [State(100, 10, 4, 0, 1, 8.0)] * 30


def test_what_stays_the_same_is_no_fault() -> None:
    assert [*faults(STEADY)] == []
    assert [*faults([replace(STEADY[0], memory_mb=20), *STEADY])] == []


@pytest.mark.parametrize(
    "change",
    [{"memory_mb": 106}, {"handles": 11}, {"threads": 5}, {"children": 1}, {"temporary_files": 2}, {"ratio": 9.0}],
)
def test_what_grows_is_found(change: dict[str, float]) -> None:
    grown = [*STEADY[:-3], *[replace(STEADY[0], **change)] * 3]
    assert [fault.split()[0] for fault in faults(grown)] == [*change]


def test_a_ratio_that_falls_is_found() -> None:
    assert len([*faults([*STEADY[:-3], *[replace(STEADY[0], ratio=7.0)] * 3])]) == 1
