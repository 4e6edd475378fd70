"""`verify` from end to end: right ones pass, wrong ones and crashes are named, costs are predicted."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from gradrace.bench import verify as verification
from gradrace.bench.paths import ROOT
from gradrace.bench.results import Cell
from gradrace.bench.subjects import subject as subjects
from gradrace.bench.subjects.rows import Row
from gradrace.bench.verification.hard_problems import HARD, Exercise
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verify import exercises, verify
from gradrace.impls.discovery import Source, sources
from tests.bench.implementations import write

NAMES = {source.name: source for source in sources()}
SMALL = [Exercise(name, "float64") for name in ("one of one", "square", "subnormal")]


def rows(chosen: list[Source], todo: list[Exercise]) -> dict[tuple[str, str], Row]:
    found = list(verify(chosen, todo, threads=1, tell=lambda _: None))
    return {(row.impl, row.problem): row for row in found}


def test_the_loop_and_its_compiled_twin_have_the_same_bits() -> None:
    chosen = [NAMES["numba_loop"], NAMES["numpy_columns"], NAMES["python_loop"]]
    found = rows(chosen, SMALL)
    assert len(found) == 9
    assert all(row.findings == () for row in found.values())
    assert all(found["numba_loop", exercise.name].same_bits for exercise in SMALL)
    assert not found["numpy_columns", "square"].same_bits
    assert found["python_loop", "square"].digits == pytest.approx(16, abs=1)


def test_what_is_wrong_is_found_by_name(tmp_path: Path) -> None:
    wrong = write(tmp_path, "one_off", gradient="dw = dw * 1.000001")
    found = rows([wrong], SMALL)
    assert found["one_off", "square"].findings[0].startswith("error / bound of dw")
    assert found["one_off", "square"].same_bits is None


def test_what_raises_failed_and_is_wrong_only_where_it_returned_something_wrong(tmp_path: Path) -> None:
    scene = Exercise(next(iter(SCENES)), "float64")
    found = rows([write(tmp_path, "raises", gradient="dw = 2 * dw\nif m > 1: raise ValueError")], [*SMALL, scene])
    assert [row.failed for row in found.values()] == [False, True, True, True]


def test_a_crash_is_named_and_the_others_go_on(tmp_path: Path) -> None:
    deadly = write(tmp_path, "deadly", gradient="if m == 33: os.kill(os.getpid(), signal.SIGSEGV)")
    found = rows([deadly, NAMES["numpy_vectorized"]], SMALL)
    assert found["deadly", "square"].findings == ("its process was killed by SIGSEGV",)
    assert found["deadly", "subnormal"].findings == ()
    assert found["numpy_vectorized", "square"].findings == ()


def test_what_cannot_be_loaded_is_told_once(tmp_path: Path) -> None:
    found = rows([write(tmp_path, "exotic", top="import no_such_library")], SMALL)
    (row,) = found.values()
    assert row.skipped is not None
    assert "no_such_library" in row.skipped


@pytest.mark.parametrize(
    ("where", "problems"), [("prepare", {"all"}), ("gradient", {"all"}), ("late", {"square", "subnormal"})]
)
def test_a_package_that_is_imported_late_and_is_missing_is_no_fault(
    tmp_path: Path, where: str, problems: set[str]
) -> None:
    """It may be needed for some problems alone, after the one on which all compile."""
    lines = {"late": {"gradient": "if m > 1: import no_such_library"}}.get(where, {where: "import no_such_library"})
    found = rows([write(tmp_path, "exotic", **lines), NAMES["numpy_vectorized"]], SMALL)
    lacking = {problem: row for (impl, problem), row in found.items() if impl == "exotic" and row.lacks}
    assert {*lacking} == problems
    assert {row.lacks for row in lacking.values()} == {"needs the package 'no_such_library', which is not installed"}
    assert not any(row.findings for row in found.values())


def test_a_module_that_is_not_in_its_package_is_a_fault_where_it_is_imported(tmp_path: Path) -> None:
    found = rows([write(tmp_path, "exotic", gradient="import numpy.no_such_module")], SMALL)
    assert all("raises ModuleNotFoundError" in row.findings[0] for row in found.values())


def test_what_is_broken_is_wrong_and_not_merely_unavailable(tmp_path: Path) -> None:
    found = rows([write(tmp_path, "broken", top="def f(:")], SMALL)
    (row,) = found.values()
    assert row.skipped is None
    assert "SyntaxError" in row.findings[0]


def test_a_problem_that_would_take_too_long_is_skipped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(subjects, "MOST_S", 1e-9)
    found = rows([NAMES["numpy_vectorized"]], SMALL)
    assert found["numpy_vectorized", "square"].skipped is None  # nothing was known yet
    assert "predicted" in str(found["numpy_vectorized", "subnormal"].skipped)


def test_the_hard_problems_and_scenes_come_in_each_dtype_and_cells_beside_them() -> None:
    everything = exercises([], ["float64", "float32"], 0)
    assert len({(one.name, one.dtype) for one in everything}) == len(everything) == 2 * (len(HARD) + len(SCENES))
    *others, made_up = exercises([Cell(20, 3, "float32")], ["float64", "float32"], 0)
    assert others == everything
    assert made_up.case().problem.X.shape == (3, 20)
    assert made_up.case().problem.dtype == "float32"


def test_a_quick_look_leaves_most_out() -> None:
    assert len(exercises([Cell(20, 3, "float32")], ["float32"], 7, quick=True)) == 1
    assert len(exercises([], ["float32"], 7, quick=True)) == 4


def test_a_scene_shows_what_no_hard_problem_does(tmp_path: Path) -> None:
    """A buffer that comes round at the 100th call; three calls on each hard problem see nothing of it."""
    source = write(tmp_path, "late_fault", gradient="dw = dw * (1 + (calls >= 100))")
    found = rows([source], [Exercise("square", "float64"), Exercise("many calls", "float64")])
    assert found["late_fault", "square"].findings == ()
    (finding,) = found["late_fault", "many calls"].findings
    assert re.match(r"call \d+ \(m = 9, n_x = 3; \d+ before are right\): dw is off by", finding)


def test_the_one_size_that_is_wrong_is_named(tmp_path: Path) -> None:
    source = write(tmp_path, "one_size", gradient="J = np.nan if m == 1000 else J")
    ((finding,),) = (row.findings for row in rows([source], [Exercise("numbers of examples", "float64")]).values())
    assert re.match(r"call \d+ \(m = 1000, n_x = \d+; \d+ before are right\): J isn't finite", finding)


@pytest.mark.parametrize("problem", ["ordinary", "points"])
@pytest.mark.parametrize("change", ["problem.X", "problem.Y", "w"])
def test_a_changed_input_comes_before_what_it_makes_wrong(tmp_path: Path, problem: str, change: str) -> None:
    change = f"{change}.flags.writeable = True\nnp.multiply({change}, 1 + 1e-9, out={change})"
    row = rows([write(tmp_path, "changes", gradient=change)], [Exercise(problem, "float64")])["changes", problem]
    assert row.findings[0].startswith("changes ")
    assert row.begins is None


def test_a_wrong_descent_is_rejected(tmp_path: Path) -> None:
    source = ROOT / "tests" / "wrong" / "descends_three_steps.py"
    found = rows([Source("descends_three_steps", source)], [Exercise("descents", "float32")])
    (finding,) = found["descends_three_steps", "descents"].findings
    assert finding.startswith("step ")


def test_one_that_hangs_is_waited_for_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verification, "PATIENCE_S", 2.0)
    found = rows([write(tmp_path, "hangs", gradient="time.sleep(1000)"), NAMES["numpy_vectorized"]], SMALL)
    assert found["hangs", "all"].findings == ("gave no answer within 2 s and was ended",)
    assert [row.findings for key, row in found.items() if key[0] == "numpy_vectorized"] == [()] * 3
