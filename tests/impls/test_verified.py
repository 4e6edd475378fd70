"""`gradrace verify` finds nothing wrong with the implementations that come along: all problems, scenes and descents."""

from __future__ import annotations

import pytest

from gradrace.bench import verify as verification
from gradrace.bench.machine.available import cores
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verify import exercises, verify
from gradrace.impls.discovery import sources
from gradrace.impls.interface import CPU

LONGEST_S = 0.25
"""Predicted seconds beyond which a problem is left out: a third of what `gradrace verify` waits, at half of its CPU."""


@pytest.mark.slow
def test_verify_finds_nothing_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "MOST_S", LONGEST_S)
    here = [source for source in sources() if CPU in source.devices() and source.missing() is None]
    rows = list(verify(here, exercises((), ("float64", "float32"), 0), cores(), lambda _: None))
    assert [(row.impl, row.problem, row.dtype, row.findings) for row in rows if row.findings] == []
    for source in here:
        right = {row.problem for row in rows if row.impl == source.name and row.error_over_bound}
        assert right & {*SCENES}  # more on a quicker machine, as what would take long is left out
