"""Going on with an interrupted run: what is missing is measured, and nothing else."""

from __future__ import annotations

import shutil
from dataclasses import replace
from pathlib import Path

import msgspec
import pytest

from gradrace.bench import results_file, run
from gradrace.bench.lock import locked
from gradrace.bench.race.resume import missing, resumed
from gradrace.bench.race.sizes import cells
from gradrace.bench.results import Absence, Measurement, UnusableInput
from gradrace.bench.run import Request
from tests.bench.implementations import write
from tests.results import results_of

CELLS = cells([(10, 3), (20, 3), (30, 3)], ["float64"], threads=1)


def quiet(*_: object) -> None:
    """Ignore the progress."""


@pytest.fixture(scope="module")
def request_(tmp_path_factory: pytest.TempPathFactory) -> Request:
    return Request([write(tmp_path_factory.mktemp("impls"), "right")], CELLS, budget_s=30.0, seed=0, threads=1)


@pytest.fixture(scope="module")
def ended_early(request_: Request, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a run that ended after its first cell; for all."""
    folder = tmp_path_factory.mktemp("ended")
    run.run(replace(request_, cells=CELLS[:1]), folder, quiet)
    return folder


@pytest.fixture
def begun(ended_early: Path, tmp_path: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(ended_early, tmp_path / "out")


def shape(value: object) -> object:
    """Return the structure of a file: keys and types, not the figures."""
    if isinstance(value, dict):
        return {key: shape(entry) for key, entry in value.items()}
    return [shape(entry) for entry in value] if isinstance(value, list) else type(value).__name__


@pytest.mark.slow
def test_an_interrupted_run_goes_on_with_what_is_missing(request_: Request, begun: Path, tmp_path: Path) -> None:
    before = results_file.read(begun / "results.json")
    after = run.run(request_, begun, quiet, resume=True)
    assert after.measurements[:2] == before.measurements
    assert [one.cell for one in after.measurements if one.impl == "right"] == CELLS
    assert [one.cell for one in after.noise] == CELLS
    assert after == results_file.read(begun / "results.json")
    assert [path.name for path in begun.iterdir()] == ["results.json"]
    whole = tmp_path / "whole"
    run.run(request_, whole, quiet)
    first, second = (msgspec.json.decode((folder / "results.json").read_bytes()) for folder in (begun, whole))
    for one in (first, second):
        for benchmark in one["benchmarks"]:
            del benchmark["stats"]["data"], benchmark["extra_info"]["rounds"]
            benchmark["extra_info"].pop("descent_step_s", None)  # how many there are is the budget's doing
    assert shape(first) == shape(second)


def test_nothing_missing_starts_nobody(request_: Request, begun: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "started", None)
    asked = replace(request_, cells=CELLS[:1])
    assert len(run.run(asked, begun, quiet, resume=True).measurements) == 2


def test_resuming_nothing_begins(request_: Request, tmp_path: Path) -> None:
    assert len(run.run(replace(request_, cells=CELLS[:1]), tmp_path / "new", quiet, resume=True).measurements) == 2


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 1}, "--seed 0, this run has 1"),
        ({"threads": 2}, "--threads 1, this run has 2"),
        ({"data": ("cats.h5", None)}, "--data None, this run has cats.h5"),
        ({"sources": []}, "--impl right"),
    ],
)
def test_another_order_is_refused(request_: Request, begun: Path, change: dict[str, object], named: str) -> None:
    before = (begun / "results.json").read_bytes()
    with pytest.raises(UnusableInput, match=named):
        run.run(replace(request_, **change), begun, quiet, resume=True)
    assert (begun / "results.json").read_bytes() == before


@pytest.mark.parametrize(
    ("place", "value", "named"),
    [
        (("machine", "gradrace", "libraries"), {"numpy": "0.1"}, "the libraries"),
        (("machine", "python_version"), "2.7.18", "Python"),
        (("machine", "cpu"), {"brand_raw": "Z80"}, "the processor"),
        (("commit", "id"), "0" * 40, "commit"),
        (("options", "files"), {"right": "edited"}, "files"),
    ],
)
def test_another_machine_or_another_code_is_refused(
    request_: Request, begun: Path, place: tuple[str, ...], value: object, named: str
) -> None:
    asked = run.nothing_yet(request_)
    attribute, *keys, last = place
    within = getattr(asked, attribute)
    for key in keys:
        within = within[key]
    within[last] = value
    with pytest.raises(UnusableInput, match=f"measured with {named}"):
        resumed(begun / "results.json", asked)


def test_who_was_left_out_of_a_whole_cell_gets_another_chance() -> None:
    def absent(number: int, outcome, stage: str) -> Absence:
        return Absence(impl="right", outcome=outcome, stage=stage, message="", cell=CELLS[number])

    measured = Measurement(impl="right", cell=CELLS[0], samples_s=[1.0], calls=1)
    absences = [absent(0, "skipped", "plan"), absent(1, "skipped", "plan"), absent(2, "wrong", "verify")]
    assert missing(CELLS, results_of([measured], absences)) == [CELLS[1]]


def test_a_folder_that_another_run_writes_into_is_refused(request_: Request, begun: Path) -> None:
    with locked(begun), pytest.raises(UnusableInput, match="another gradrace is writing there"):
        run.run(request_, begun, quiet)
    assert [path.name for path in begun.iterdir()] == ["results.json"]
