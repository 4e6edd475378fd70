"""`gradrace verify` finds nothing wrong with the implementations that come along: all problems, scenes and descents."""

from __future__ import annotations

import math
from collections.abc import Iterable

import pytest

from gradrace.bench.machine.available import cores
from gradrace.bench.subjects import subject
from gradrace.bench.subjects.rows import Row
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verify import exercises, verify
from gradrace.impls.discovery import Source, sources
from gradrace.impls.interface import CPU

LONGEST_S = 0.25
"""Predicted seconds beyond which a problem is left out: a third of what `gradrace verify` waits, at half of its CPU."""

TINY = ("alike 0", "alike 1", "one 0", "one 1")
"""Scenes for an implementation that is predicted too slow for any scene, as happens at a load of 10 on two cores."""


def verified(here: list[Source], names: Iterable[str] | None = None) -> list[Row]:
    """Return the rows of the named exercises, or of all, none of which may have a finding."""
    every = exercises((), ("float64", "float32"), 0)
    todo = [one for one in every if names is None or one.name in names]
    rows = list(verify(here, todo, cores(), lambda _: None))
    assert [(row.impl, row.problem, row.dtype, row.findings) for row in rows if row.findings] == []
    return rows


def without_a_scene(here: list[Source], rows: list[Row]) -> list[Source]:
    right = {row.impl for row in rows if row.error_over_bound and row.problem in SCENES}
    return [source for source in here if source.name not in right]


@pytest.mark.slow
def test_verify_finds_nothing_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    here = [source for source in sources() if CPU in source.devices() and source.missing() is None]
    monkeypatch.setattr(subject, "MOST_S", LONGEST_S)
    if late := without_a_scene(here, verified(here)):  # fewer on a quicker machine
        monkeypatch.setattr(subject, "MOST_S", math.inf)
        assert without_a_scene(late, verified(late, TINY)) == []
