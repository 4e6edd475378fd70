"""`gradrace verify` finds nothing wrong with the implementations that come along: all problems, scenes and descents."""

from __future__ import annotations

import pytest

from gradrace.bench.machine.available import cores
from gradrace.bench.verification.scenes import SCENES
from gradrace.bench.verify import exercises, verify
from gradrace.impls.discovery import Source, sources
from gradrace.impls.interface import CPU

HERE = [source for source in sources() if CPU in source.devices() and source.missing() is None]

FEWEST = 5
"""Scenes that even the slowest plays, which leaves out what would take long."""


@pytest.mark.slow
@pytest.mark.parametrize("source", HERE, ids=lambda source: source.name)
def test_verify_finds_nothing_wrong(source: Source) -> None:
    rows = list(verify([source], exercises((), ("float64", "float32"), 0), cores(), lambda _: None))
    assert {(row.problem, row.dtype, row.findings) for row in rows if row.findings} == set()
    played = {row.problem for row in rows if row.error_over_bound and row.error_over_bound.worst <= 1}
    assert len(played & {*SCENES}) >= FEWEST
