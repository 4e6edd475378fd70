"""A race among implementations that misbehave: each fault is told, nobody else is disturbed, nothing stays behind."""

from __future__ import annotations

import os
import re
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import psutil
import pytest

from gradrace.bench import run as run_module
from gradrace.bench.race import entering, schedule, sizes
from gradrace.bench.race.rounds import LEAST_ROUNDS
from gradrace.bench.results import FLOOR, Absence, Cell, Results
from gradrace.bench.results_file import read
from gradrace.bench.run import Request, run
from gradrace.bench.workers import process
from gradrace.bench.workers.client import ProcessWorker
from gradrace.impls.discovery import Source
from tests.bench.implementations import write
from tests.faults.misbehaving import FAULTS, MARK, STAGES, Fault
from tests.gradrace.front_door import process as gradrace

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(sys.platform != "linux", reason="faults are written for Linux, and looked for in /proc"),
]

CELLS = sizes.cells([(20, 4), (30, 4)], ["float64"], threads=2)

CELLS_OF = {"prepare": CELLS[:1], "first call": CELLS[:1], "sample": CELLS}
"""Cells in which a fault shows: an implementation that fails in the pilots is started again for the first cell."""

BUDGET_S = 120
"""Seconds of the budget: enough for all rounds on a slow machine."""

SHARED = Path("/dev/shm")  # noqa: S108  # nothing is written there by this file

PATIENCE_S = 60
"""Seconds for a killed process to end."""

BRIEFLY_S = 1.5
"""Timeout in seconds for an implementation that hangs."""

HANGING = {fault.name for fault in FAULTS if fault.hangs}

HEALTHY = ("healthy_first", "healthy_last")


class Impatient(ProcessWorker):
    """A worker that is not waited for, once it has started."""

    def start(self) -> None:
        self.patience_s = PATIENCE_S
        super().start()
        self.patience_s = BRIEFLY_S


@dataclass(frozen=True)
class Raced:
    """A race of everyone whose fault lies in a stage, and what it left behind."""

    stage: str
    results: Results
    read_again: Results
    cells: list[Cell]
    processes: list[str]
    files: list[str]

    def absences(self, name: str) -> list[Absence]:
        return [absence for absence in self.results.absences if absence.impl == name]

    def samples(self, name: str) -> list[int]:
        """Return the number of samples in each cell."""
        found = {one.cell: len(one.samples_s) for one in self.results.measurements if one.impl == name}
        return [found.get(cell, 0) for cell in self.cells]


def race(stage: str, folder: Path) -> Raced:
    """Race everyone whose fault lies in this stage, between two that have none."""
    mark = f"faults-{os.getpid()}-{STAGES.index(stage)}"
    scratch, files = folder / "scratch", folder / "files"
    scratch.mkdir()
    files.mkdir()
    faulty = [fault.write(files, stage) for fault in FAULTS if fault.lies_in(stage)]
    cells = CELLS_OF[stage]
    sources = [write(files, HEALTHY[0]), *faulty, write(files, HEALTHY[1])]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(MARK, mark)
        patch.setenv("TMPDIR", str(scratch))
        patch.setattr(tempfile, "tempdir", str(scratch))
        patch.setattr(run_module, "ProcessWorker", worker)
        patch.setattr(schedule, "MOST_ROUNDS", LEAST_ROUNDS)
        patch.setattr(entering, "DESCENT_S", 0.0)  # none is so short
        patch.setattr(process, "STALLED_S", 1)
        results = run(Request(sources, cells, BUDGET_S, seed=0, threads=2), folder / "out", lambda *_: None)
    shared = [str(file) for file in SHARED.glob(f"{mark}*")]
    scraps = [str(file) for file in scratch.glob("gradrace-*")]
    return Raced(stage, results, read(folder / "out" / "results.json"), cells, living(mark), scraps + shared)


def worker(source: Source, *words: Any, **options: Any) -> ProcessWorker:
    return (Impatient if source.name in HANGING else ProcessWorker)(source, *words, **options)


def living(mark: str) -> list[str]:
    """Return the processes with this mark that are alive after the time that a killed process takes to end."""
    end_s = time.monotonic() + PATIENCE_S
    while (found := marked(mark)) and time.monotonic() < end_s:
        time.sleep(0.05)
    return found


def marked(mark: str) -> list[str]:
    found = []
    for one in psutil.process_iter():
        with suppress(psutil.Error):
            if one.environ().get(MARK) == mark:
                found.append(" ".join(one.cmdline()))
    return found


@pytest.fixture(scope="module", params=STAGES)
def raced(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Raced:
    """One race for all that is asked about the faults of a stage."""
    return race(request.param, tmp_path_factory.mktemp("race"))


@pytest.mark.parametrize("fault", FAULTS, ids=lambda fault: fault.name)
def test_what_went_wrong_is_told_and_what_did_no_harm_is_measured(raced: Raced, fault: Fault) -> None:
    if not fault.lies_in(raced.stage):
        pytest.skip("it can't be done there")
    absences = raced.absences(fault.name)
    if fault.outcome is None:
        assert absences == []
        assert raced.samples(fault.name) == [LEAST_ROUNDS] * len(raced.cells)
        return
    assert raced.samples(fault.name) == [0] * len(raced.cells)
    assert [absence.cell for absence in absences] == raced.cells
    for number, absence in enumerate(absences):
        not_asked_again = fault.hangs and (number or raced.stage != "sample")
        stage = "prepare" if not_asked_again else fault.at[raced.stage]
        assert (absence.outcome, absence.stage) == (fault.outcome, stage)
        assert re.search(fault.told, absence.message)


def test_each_message_is_one_line_that_can_be_shown_anywhere(raced: Raced) -> None:
    for absence in raced.results.absences:
        assert absence.message.isprintable()
        assert len(absence.message) < 300


def test_the_others_have_all_their_samples_and_are_right(raced: Raced) -> None:
    for name in (*HEALTHY, FLOOR):
        assert raced.absences(name) == []
        assert raced.samples(name) == [LEAST_ROUNDS] * len(raced.cells)
    for one in raced.results.measurements:
        assert one.extra.rounds == list(range(LEAST_ROUNDS))
        assert one.impl == FLOOR or one.extra.error_over_bound.worst <= 1


def test_all_of_it_can_be_read_from_disk(raced: Raced) -> None:
    assert raced.read_again.absences == raced.results.absences
    assert raced.read_again.measurements == raced.results.measurements


def test_no_process_no_shared_memory_and_no_scratch_folder_stays_behind(raced: Raced) -> None:
    assert raced.processes == []
    assert raced.files == []


def files_of(names: tuple[str, ...], folder: Path) -> str:
    """Implementations with these faults in the first call, and a healthy one, as --impl takes them."""
    faulty = [fault.write(folder, "first call") for fault in FAULTS if fault.name in names]
    assert len(faulty) == len(names)
    return ",".join(str(source.path) for source in [*faulty, write(folder, HEALTHY[0])])


@pytest.mark.parametrize(
    ("verb", "names", "status"),
    [
        ("run", ("raises_a_screenful", "segfaults", "exits_in_garbage", "nan", "shares_and_dies"), 1),
        ("run", ("prints_garbage", "forks_a_session", "shares", "removes_the_case"), 0),
        ("verify", ("raises_a_screenful", "raises_no_exception", "changes_X", "forks_and_dies"), 1),
    ],
)
def test_the_exit_status_is_1_where_harm_was_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, verb: str, names: tuple[str, ...], status: int
) -> None:
    mark = f"faults-{os.getpid()}-{verb}-{status}"
    monkeypatch.setenv(MARK, mark)
    (tmp_path / "temporary").mkdir()  # one of the faults removes what other tests may have in the common one
    monkeypatch.setenv("TMPDIR", str(tmp_path / "temporary"))
    monkeypatch.setattr(tempfile, "tempdir", None)
    words = ("--impl", files_of(names, tmp_path), "--m", "20", "--nx", "4", "--verbose")
    more = {"run": ("--budget", "60", "--out", "out"), "verify": ("--quick",)}  # one that dies is started each time
    told = gradrace(verb, *words, *more[verb], cwd=tmp_path)
    assert told.returncode == status, told.stderr
    assert "Traceback" not in told.stderr
    assert HEALTHY[0] in told.stdout
    assert [name for name in names if name not in told.stdout] == []
    assert living(mark) == []
    assert [*SHARED.glob(f"{mark}*")] == []
