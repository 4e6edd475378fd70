"""Implementations prepare two at a time, limits alone; a case that one of them removes is there for the others."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import numpy as np
import pytest

from gradrace.bench import problems
from gradrace.bench.problems import from_seed
from gradrace.bench.race import entering
from gradrace.bench.race.checks import Out
from gradrace.bench.race.entering import PREPARING, prepare, prepare_all
from gradrace.bench.race.ready import ReadyCell, set_up
from gradrace.bench.results import FLOOR, Absence, Cell
from gradrace.bench.workers.process import WorkerFailed
from tests.bench.simulated import Clock, Simulated

CELL = Cell(20, 3)


@pytest.fixture
def ready(tmp_path: Path) -> ReadyCell:
    make = from_seed(0)
    expected = set_up(CELL, make, tmp_path / "case")
    save = lambda: problems.save(make(CELL), tmp_path / "case")  # noqa: E731
    return ReadyCell(CELL, tmp_path / "case", expected, np.random.default_rng(0), save)


def no_time() -> float:
    return 0.0


def test_two_prepare_at_a_time_and_a_limit_later(ready: ReadyCell, monkeypatch: pytest.MonkeyPatch) -> None:
    both = threading.Barrier(PREPARING)

    class Together(Simulated):
        def prepare(self, folder: str) -> float:
            both.wait(timeout=30)  # breaks if one prepares alone
            return super().prepare(folder)

    monkeypatch.setattr(entering, "cores", lambda: 8)
    workers = [Simulated(Clock(), FLOOR, 1.0), *(Together(Clock(), name, 1.0) for name in "abcd")]
    found = prepare_all(ready, workers, no_time)
    assert found == [None, *[(0.001, 0.0)] * 4]
    assert workers[0].case is None


def test_one_that_cannot_prepare_harms_no_other(ready: ReadyCell) -> None:
    failing, fine = Simulated(Clock(), "failing", 1.0, fails_in="prepare"), Simulated(Clock(), "fine", 1.0)
    absence, prepared = prepare_all(ready, [failing, fine], no_time)
    assert isinstance(absence, Absence)
    assert (absence.impl, absence.stage, absence.outcome) == ("failing", "prepare", "failed")
    assert prepared == (0.001, 0.0)


@pytest.mark.parametrize("removed", [True, False])
def test_preparing_is_tried_again_only_where_the_case_was_removed(ready: ReadyCell, removed: bool) -> None:
    class Once(Simulated):
        asked = 0

        def prepare(self, folder: str) -> float:
            self.asked += 1
            if self.asked == 1:
                if removed:
                    shutil.rmtree(folder)
                raise WorkerFailed("no such file")
            return super().prepare(folder)

    worker = Once(Clock(), "once", 1.0)
    if removed:
        assert prepare(ready, worker, no_time).prepare_s == 0.001
    else:
        with pytest.raises(Out, match="no such file"):
            prepare(ready, worker, no_time)
