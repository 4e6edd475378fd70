"""Options are parsed, or refused in one line with a next step."""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path

import pytest

from gradrace import options, selection
from gradrace.bench import run as bench_run
from gradrace.bench.machine import doctor
from gradrace.bench.machine.finding import Finding
from gradrace.bench.machine.memory import check_memory
from gradrace.bench.race.sizes import WEEK_S
from gradrace.bench.results import FAULTS, FLOOR, STARVED, Absence, Cell, Measurement, Results, UnusableInput
from gradrace.bench.run import Request
from gradrace.bench.text import require_available
from gradrace.bench.workers.process import NO_ANSWER
from gradrace.cli import main, run_options
from gradrace.cli import run as run_verb
from gradrace.cli.app import Call
from gradrace.cli.data_options import DataOptions
from gradrace.reports.analysis.analysis import Analysis
from tests.gradrace.front_door import gradrace
from tests.results import results_of


def test_sizes_are_read() -> None:
    assert options.sizes("--m", "10, 1_000,100") == [10, 1000, 100]


@pytest.mark.parametrize(
    ("text", "cause"),
    [
        ("0", "less than 1"),
        ("-5", "less than 1"),
        ("ten", "not a whole number"),
        ("1.5", "not a"),
        ("1,,2", "not a"),
        ("٣", "not a"),
        ("+", "not a"),
        ("_", "not a"),
        ("9" * 20, r"more than 2\^53"),
    ],
)
def test_sizes_that_are_none_are_refused(text: str, cause: str) -> None:
    with pytest.raises(UnusableInput, match=f"^--m: .*{cause}"):
        options.sizes("--m", text)


@pytest.mark.parametrize("number", [0.0, -1.0, float("nan"), float("inf")])
def test_a_budget_is_finite_and_above_0(number: float) -> None:
    assert options.positive("--budget", 0.5) == 0.5
    with pytest.raises(UnusableInput, match="--budget"):
        options.positive("--budget", number)


def test_a_budget_is_a_week_at_most() -> None:
    assert options.budget_s(WEEK_S) == WEEK_S
    with pytest.raises(UnusableInput, match=r"--budget: 1e\+300 s is more than a week; give at most 604800"):
        options.budget_s(1e300)


def test_threads_are_the_cores_allowed_at_most(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(options.available, "cores", lambda: 3)
    assert [options.threads(None), options.threads(2), options.threads(3)] == [3, 2, 3]
    with pytest.raises(UnusableInput, match="--threads: 4 are more than the cores allowed here; give at most 3"):
        options.threads(4)


def test_what_does_not_fit_the_memory_is_refused_before_anything_starts() -> None:
    check_memory([], 5)
    check_memory([Cell(1000, 100)], 5)
    with pytest.raises(UnusableInput, match="GB are free; give a smaller one"):
        check_memory([Cell(1000, 100), Cell(10**10, 5)], 1)


def test_every_m_goes_with_every_nx() -> None:
    cells = options.chosen_cells("100,1000", "100", "float64", 2)
    assert cells == [Cell(100, 100, "float64", 2), Cell(1000, 100, "float64", 2)]
    assert len(options.chosen_cells("1,2", "3,4", "float32,float64", 1)) == 8


def test_without_sizes_the_default_grid_is_taken() -> None:
    assert len(options.chosen_cells("", "", "float64", 1)) == 9


def test_an_unknown_name_is_refused_with_the_nearest_one() -> None:
    with pytest.raises(UnusableInput, match="did you mean numba_loop"):
        selection.chosen_sources("numba_lop")
    with pytest.raises(UnusableInput, match="unknown name 'float16'"):
        options.dtypes("float16")


def test_implementations_come_in_the_order_asked_for_and_all_of_them_by_all() -> None:
    assert [source.name for source in selection.chosen_sources("numba_loop,python_loop")] == [
        "numba_loop",
        "python_loop",
    ]
    assert {"python_loop", "numpy_columns", "numpy_vectorized", "numba_loop", "numba_parallel"} <= {
        source.name for source in selection.chosen_sources("all")
    }


def test_dtypes_come_once_each() -> None:
    assert options.dtypes("float32,float64,float32") == ["float32", "float64"]


def test_implementations_come_once_each_and_all_may_stand_in_a_list() -> None:
    everyone = [source.name for source in selection.chosen_sources("all")]
    assert [source.name for source in selection.chosen_sources("python_loop,python_loop")] == ["python_loop"]
    rest = [name for name in everyone if name != "python_loop"]
    assert [source.name for source in selection.chosen_sources("python_loop,all")] == ["python_loop", *rest]
    with pytest.raises(UnusableInput, match="--impl: no name given; `gradrace list`"):
        selection.chosen_sources("")


def test_each_computes_where_it_can_and_else_stays_on_the_cpu() -> None:
    def chosen(impl: str, *devices: str) -> list[tuple[str, str]]:
        return [(source.name, source.device) for source in selection.chosen_sources(impl, devices)]

    assert chosen("jax_jit,numba_fused,triton_fused", "cuda") == [
        ("jax_jit@cuda", "cuda"),
        ("numba_fused", "cpu"),
        ("triton_fused@cuda", "cuda"),
    ]
    assert chosen("torch_manual", "cpu", "cuda") == [("torch_manual", "cpu"), ("torch_manual@cuda", "cuda")]
    assert "triton_fused" not in {name for name, _ in chosen("all", "cpu")}
    assert "triton_fused@cuda" in {name for name, _ in chosen("all", "cuda")}
    with pytest.raises(UnusableInput, match="--impl: triton_fused computes on cuda only: `gradrace run --device cuda`"):
        chosen("triton_fused", "cpu")
    with pytest.raises(UnusableInput, match="cupy_vectorized@cuda needs the package"):
        require_available([("cupy_vectorized@cuda", "needs the package 'cupy'")], "cupy_vectorized")


def test_a_file_of_ones_own_takes_part_under_its_name(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert selection.starter("mine") == Path("mine.py")
    own, other = selection.chosen_sources("mine.py, numba_loop")
    assert (own.name, own.path) == ("mine", tmp_path / "mine.py")
    assert other.name == "numba_loop"
    Path("numba_loop.py").touch()
    for word, told in (("absent.py", "`gradrace new absent` writes one"), ("numba_loop.py", "rename the file")):
        with pytest.raises(UnusableInput, match=told):
            selection.chosen_sources(word)
    (tmp_path / "other").mkdir()
    (tmp_path / "other" / "mine.py").write_text("IMPLEMENTATION = None")
    assert len(selection.chosen_sources("mine.py,./mine.py")) == 1
    with pytest.raises(UnusableInput, match=r"two files are called mine\.py"):
        selection.chosen_sources("mine.py,other/mine.py")
    with pytest.raises(UnusableInput, match="mine needs what isn't here"):
        require_available([("mine", "needs what isn't here")], "mine.py")


def test_a_rival_is_one_and_somebody_else() -> None:
    chosen = selection.chosen_sources("numba_loop")
    assert selection.rival("", chosen, ("cpu",)) == []
    assert [source.name for source in selection.rival("python_loop", chosen, ("cpu",))] == ["python_loop"]
    for name, told in (
        ("all", "are several"),
        ("a,b", "are several"),
        ("numba_loop", "no other implementation to compare numba_loop with"),
    ):
        with pytest.raises(UnusableInput, match=told):
            selection.rival(name, chosen, ("cpu",))
    with pytest.raises(UnusableInput, match=r"^--against: unknown name 'numba_lop'; did you mean numba_loop"):
        selection.rival("numba_lop", chosen, ("cpu",))
    few, _ = options.raced("default", "", "", "float64", 2, pixels=False, few=True)
    assert [(cell.m, cell.n_x) for cell in few] == [(10, 10), (1000, 100), (209, 12_288)]


@pytest.mark.parametrize(
    ("name", "told"),
    [
        ("mine", "exists already; take another name, or delete it"),
        ("numba_loop", "is the name of an existing implementation"),
        *((name, "can't be the name of a Python module") for name in ("", "a/b", "../up", "1st", "with space", ".py")),
    ],
)
def test_a_starting_file_destroys_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("mine.py").write_text("precious")
    with pytest.raises(UnusableInput, match=told):
        selection.starter(name)
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == [("mine.py", "precious")]


def test_an_option_that_means_nothing_is_refused() -> None:
    options.refuse_given("{} is for several", budget=None, threads=None, m="", grid=False)
    with pytest.raises(UnusableInput, match=r"^--budget is for several$"):
        options.refuse_given("{} is for several", threads=None, budget=3.0)


@pytest.mark.parametrize("grid", ["default", "full"])
def test_the_first_cell_of_a_race_is_its_smallest(grid: str) -> None:
    """So that nothing fits the memory where that doesn't."""
    chosen, _ = options.raced(grid, "", "", "float64,float32", 2, pixels=False)
    assert chosen[0].m * chosen[0].n_x == min(cell.m * cell.n_x for cell in chosen)


def test_a_race_of_which_a_part_fits_the_memory_is_possible() -> None:
    sources = selection.chosen_sources("numpy_vectorized")
    cells = options.chosen_cells("10,10000000000", "100", "float64", 1)
    selection.require_possible(sources, "numpy_vectorized", cells[:1])
    with pytest.raises(UnusableInput, match=r"^10000000000 × 100 needs about"):
        selection.require_possible(sources, "numpy_vectorized", cells)


def test_of_several_one_may_lack_a_package_and_all_may_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("lacking", "lacking_too"):
        Path(f"{name}.py").write_text("import no_such_library\nIMPLEMENTATION = None\n")
    for impl in ("lacking.py,numpy_vectorized", "all,lacking.py"):
        selection.require_possible(selection.chosen_sources(impl), impl, [])
    impl = "lacking.py,lacking_too.py"
    with pytest.raises(UnusableInput, match=r"^--impl: lacking needs the package 'no_such_library', which"):
        selection.require_possible(selection.chosen_sources(impl), impl, [])


def test_a_race_of_descents_needs_somebody_who_ends_it() -> None:
    options.require_finished("a", ["a"], 100)
    with pytest.raises(UnusableInput, match="--budget: too short for 100 iterations"):
        options.require_finished(None, ["a"], 100)
    with pytest.raises(UnusableInput, match="no implementation could take part"):
        options.require_finished(None, [], 100)


def test_a_new_folder_is_named_by_its_time() -> None:
    assert options.new_folder(datetime(2026, 11, 23, 9, 5, 1)) == Path("runs/20261123-090501")


def absent(outcome: str) -> Results:
    absence = Absence(impl="exotic", outcome=outcome, stage="import", message="needs the package 'rare'")
    return results_of([], [absence])


def test_a_run_that_measured_nothing_is_refused_with_the_reason_unless_a_fault_was_found() -> None:
    with pytest.raises(UnusableInput, match="nothing was measured; exotic: needs the package 'rare'"):
        selection.require_measured(absent("skipped"), "all")
    results = absent("skipped")
    results.absences.insert(0, Absence(impl=FLOOR, outcome="skipped", stage="plan", message="one call takes 1 ms"))
    with pytest.raises(UnusableInput, match="nothing was measured; exotic: needs"):
        selection.require_measured(results, "all")
    for fault in FAULTS:
        selection.require_measured(absent(fault), "all")


@pytest.mark.parametrize(
    ("outcome", "message", "status"),
    [
        ("skipped", f"{NO_ANSWER} 30 s and was ended: {STARVED}", 2),
        ("skipped", "would take 3 s: more than the budget has left", 0),
        ("failed", f"{NO_ANSWER} 30 s and was ended", 1),
        ("failed", f"raised Error: {STARVED}", 1),
    ],
)
def test_a_run_in_which_one_had_no_core_has_no_answer(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys, outcome: str, message: str, status: int
) -> None:
    absence = Absence(impl="hungry", outcome=outcome, stage="first call", message=message)
    measured = Measurement(impl="numpy_vectorized", cell=Cell(10, 2), samples_s=[1e-6], calls=1)
    run = Analysis(results_of([measured], [absence]))
    monkeypatch.setattr(run_verb, "_race", lambda *_, **__: (run, None))
    monkeypatch.setattr(run_options, "_warned", list)
    monkeypatch.setattr(sys, "argv", ["gradrace", "run", "--impl", "numpy_vectorized", "--out", str(tmp_path / "run")])
    assert main._status(main.Call(time.perf_counter_ns())) == status
    assert (f"hungry {message}" in " ".join(capsys.readouterr().err.split())) == (status == 2)


def test_a_run_says_and_records_what_disturbs_the_machine_before_it_starts(monkeypatch: pytest.MonkeyPatch) -> None:
    def starts(request: Request, *_: object, **__: object) -> None:
        raise UnusableInput(f"started with {request.warnings}")

    monkeypatch.setattr(doctor, "warnings", lambda: [Finding("one is busy", "warning", about="others")])
    monkeypatch.setattr(bench_run, "run", starts)
    first, second = gradrace("run", "--m", "10", "--nx", "2").stderr.splitlines()
    assert first == "warning: others: one is busy"
    assert second == "gradrace: started with ['others: one is busy']"


def test_one_that_was_named_must_be_available() -> None:
    with pytest.raises(UnusableInput, match="exotic needs the package"):
        selection.require_measured(absent("unavailable"), "exotic,numpy_vectorized")


def test_what_a_source_needs_to_be_told_is_read_or_refused() -> None:
    how = DataOptions(label="ill", examples="rows", size="32x48").read_options()
    assert (how.label, how.examples, how.size) == ("ill", "rows", (32, 48))
    for size in ("64", "0x5", "64x", "axb", "64X64x3", "100000000x5"):
        with pytest.raises(UnusableInput, match=r"--size: .* give them like 64x64"):
            DataOptions(size=size).read_options()
    with pytest.raises(UnusableInput, match="--examples: 'row' is neither"):
        DataOptions(examples="row").read_options()


def test_the_options_about_data_that_were_given_are_named_as_on_the_command_line() -> None:
    assert DataOptions().given() == {}
    some = DataOptions(label="ill", drop=["id", "a,b"], size="8x8", header=False)
    assert some.given() == {"label": "ill", "drop": "id,a,b", "size": "8x8", "no-header": True}
    assert DataOptions(header=True).given() == {"header": True}


def test_a_share_and_a_single_precision_are_read_or_refused() -> None:
    assert options.share("--test-share", 0.25) == 0.25
    for share in (-0.1, 1.0, float("nan")):
        with pytest.raises(UnusableInput, match=r"--test-share: .* is not a share"):
            options.share("--test-share", share)
    assert options.dtype("float32") == "float32"
    with pytest.raises(UnusableInput, match="are two; give one"):
        options.dtype("float64,float32")


@pytest.mark.parametrize(
    ("given", "added"),
    [
        ("run --m 10", " --resume --out runs/1"),
        ("run --m 10 --out ./runs/1", " --resume"),
        ("run --out=./runs/1 --m 10", " --resume"),
        ("run --resume --out runs/1", ""),
    ],
)
def test_an_interrupted_command_is_resumed_by_itself_with_what_it_lacks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, given: str, added: str
) -> None:
    monkeypatch.setattr("sys.argv", ["gradrace", *given.split()])
    (tmp_path / "results.json").write_text("{}")
    call = Call(0)
    with pytest.raises(KeyboardInterrupt), call.resumable(tmp_path / "results.json", out="runs/1"):
        raise KeyboardInterrupt
    assert call.kept.endswith(f"; resume with: gradrace {given}{added}")
    nothing = Call(0)
    with pytest.raises(KeyboardInterrupt), nothing.resumable(tmp_path / "none.json", out="runs/1"):
        raise KeyboardInterrupt
    assert nothing.kept == "nothing is kept"
