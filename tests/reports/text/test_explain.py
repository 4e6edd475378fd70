"""An implementation's lines beside the formulas: the lines that compute them are found, wherever they stand."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from rich.console import Console

from gradrace.bench.race.sizes import cells
from gradrace.bench.results import Cell, Extra, Measurement, Results
from gradrace.impls.discovery import Source, sources
from gradrace.reports.text.explain import FORMULAS, Line, explain, overview
from gradrace.reports.text.explain_text import HANGING, MOST_MEASURED, beside, show
from tests.results import results_of

OURS = {source.name: source for source in sources()}


def told(name: str) -> dict[str, str]:
    """{line without blanks at its ends: formula}, of the lines that are one."""
    return {line.code.strip(): line.formula for part in explain(OURS[name]) for line in part.lines if line.formula}


def test_numpys_lines_are_the_slides() -> None:
    assert told("numpy_vectorized") == {
        "z = w @ data.X + b": FORMULAS["z"],
        "e = np.exp(-np.abs(z))": FORMULAS["e"],
        "a = np.where(z >= 0, 1, e) / (1 + e)": FORMULAS["a"],
        "J = np.sum(np.maximum(z, 0) - z * data.Y + np.log1p(e)) / m": FORMULAS["J"],
        "dz = a - data.Y": FORMULAS["dz"],
        "return J, data.X @ dz / m, np.sum(dz) / m": f"{FORMULAS['dw']}; {FORMULAS['db']}",
    }


@pytest.mark.parametrize("name", ["python_loop", "numba_loop"])
def test_a_loop_is_followed_to_the_file_that_it_stands_in(name: str) -> None:
    lines = told(name)
    assert lines["z += w[j] * x[j]"] == FORMULAS["z"]
    assert lines["dw[j] += x[j] * dz"] == FORMULAS["dw"]
    assert {part.file for part in explain(OURS[name])} == {f"{name}.py", "_shared/loop.py"}


@pytest.mark.parametrize("name", [*OURS])
def test_every_implementation_of_ours_can_be_explained(name: str) -> None:
    parts = explain(OURS[name])
    assert parts[0].name == "gradient"
    assert all(line.code for part in parts for line in part.lines)


@pytest.mark.parametrize("name", ["numba_fused", "numba_parallel", "numpy_blocked", "numba_pixels"])
def test_a_kernel_is_followed_to_z_and_dw(name: str) -> None:
    formulas = "; ".join(told(name).values())
    assert FORMULAS["z"] in formulas
    assert FORMULAS["dz"] in formulas
    assert FORMULAS["dw"] in formulas


def test_methods_of_what_is_annotated_are_followed_to_the_kernel() -> None:
    """`data: Examples`: data.computing is a property of that class, which launches what another file defines."""
    lines = told("triton_fused")
    assert lines["db += dz"] == FORMULAS["db"]
    assert lines["dw = more"] == FORMULAS["dw"]
    assert "b = tl.load(b)" not in lines  # no step: it is merely read
    assert "_triton/rows.py" in {part.file for part in explain(OURS["triton_fused"])}


def test_a_gradient_of_any_name_is_found(tmp_path: Path) -> None:
    file = tmp_path / "mine.py"
    text = (
        "def ours(data, w, b):\n    w = w - 0.1 * data\n    z = w @ data + b\n{}IMPLEMENTATION = Implementation({})\n"
    )
    file.write_text(text.format("", "gradient=ours"))
    assert [line.formula for part in explain(Source("mine", file)) for line in part.lines] == [
        *("", FORMULAS["w"], FORMULAS["z"]),
    ]
    file.write_text(text.format("def gradient(data, w, b):\n    return ours(data, w, b)\n", "gradient=lambda *a: a"))
    assert [part.name for part in explain(Source("mine", file))] == ["gradient", "ours"]


def test_three_returned_values_are_the_gradient_only_where_it_returns_them(tmp_path: Path) -> None:
    """A helper that returned loss, e and dz of some examples was said to return J, dw and db."""
    file = tmp_path / "mine.py"
    triple = "    z = data @ w + b\n    return sum(z), sum(w), sum(data)\n"
    for body, formula in (
        ("return helper(data, w, b)", f"{FORMULAS['J']}; {FORMULAS['dw']}; {FORMULAS['db']}"),
        ("J, dw, db = helper(data, w, b)\n    return J, dw, db", ""),
    ):
        file.write_text(f"def gradient(data, w, b):\n    {body}\ndef helper(data, w, b):\n{triple}")
        *_, helper = explain(Source("mine", file))
        assert (helper.name, helper.lines[-1].formula) == ("helper", formula)
    assert not any(line.startswith("return first_of_two") for line in told("numba_fused"))


def test_what_runs_nothing_runs_nothing(tmp_path: Path) -> None:
    file = tmp_path / "bad.py"
    file.write_text("raise SystemExit(9)\ndef gradient(data, w, b):\n    z = w @ data + b\n")
    (part,) = explain(Source("bad", file))
    assert [line.formula for line in part.lines] == ["", FORMULAS["z"]]


def shown(name: str, results: Results | None = None, width: int = 80) -> str:
    console = Console(file=io.StringIO(), width=width)
    show(OURS[name], results, console)
    return console.file.getvalue()


def test_the_overview_names_the_functions_that_compute_a_formula_and_not_those_that_leave_it_to_others() -> None:
    found = overview(parts := explain(OURS["numba_fused"]))
    names = {formula: [one.name for one in its] for formula, its in found.items()}
    assert [*names] == [formula for formula in FORMULAS.values() if formula in names]
    assert names[FORMULAS["z"]] == ["z_of_tiles", "z_of_rows"]
    assert names[FORMULAS["J"]] == ["add_four", "add_block", "accumulate_rows"]
    assert {*map(id, (one for its in found.values() for one in its))} < {*map(id, parts)}


def test_what_fills_several_screens_begins_with_an_overview() -> None:
    text = shown("numba_fused")
    begin = text.partition("\n\n_simd/fused.py\ndef gradient(")[0]
    assert f"\n{text.count('def ')} functions follow, in the order of the calls." in begin
    assert "z_of_tiles (_simd/tiles.py), z_of_rows (_simd/rows.py)" in " ".join(begin.split())
    assert max(map(len, begin.splitlines())) <= 80
    assert begin.count("\n") < 24
    assert "functions follow" not in shown("numba_parallel")


def test_it_fits_80_columns_and_long_lines_have_their_formula_below() -> None:
    text = shown("numpy_vectorized")
    assert "z = w @ data.X + b" in text
    assert any(line.endswith(FORMULAS["z"]) and "w @ data.X" in line for line in text.splitlines())
    assert FORMULAS["J"] in text
    assert all(len(line) <= 80 for line in text.splitlines())


def test_with_results_its_cost_model_is_told() -> None:
    def seconds(cell: Cell) -> float:
        return 1e-6 + 1e-9 * cell.m * cell.n_x

    measured = [
        Measurement(impl="numpy_vectorized", cell=cell, samples_s=[seconds(cell)], calls=1, extra=Extra())
        for cell in cells([(m, n_x) for m in (1, 10, 100, 1000) for n_x in (1, 30, 1000)], ["float64"], threads=1)
    ]
    results = results_of(measured)
    text = shown("numpy_vectorized", results)
    assert "The cost model" in text
    assert "Where the time goes, by the model (float64, 1 thread)" in text
    assert "≈: predicted, not measured." in text
    assert "Measured times " in text
    assert text.count("float64, 1 thread ") == 12
    assert "This run has no times of numpy_columns; it measured numpy_vectorized." in shown("numpy_columns", results)


def test_with_results_of_few_sizes_their_times_are_told_and_why_there_is_no_model() -> None:
    cell = Cell(1000, 100)
    measured = [
        Measurement(impl=name, cell=cell, samples_s=[seconds] * 6, calls=1, extra=Extra(rounds=[*range(6)]))
        for name, seconds in (("python_loop", 0.012), ("numba_fused", 1.7e-5), ("floor", 1e-5))
    ]
    words = " ".join(shown("numba_fused", results_of(measured)).split())
    assert "1000 × 100, float64, 1 thread 17.0 µs 17.0–17.0 µs 706× 59 %" in words
    assert words.endswith("Too few sizes for a cost model; `gradrace run --grid full` measures enough.")


def test_many_sizes_are_told_in_part() -> None:
    measured = [
        Measurement(impl="numba_fused", cell=Cell(m, 1), samples_s=[1e-6], calls=1, extra=Extra()) for m in range(1, 41)
    ]
    text = shown("numba_fused", results_of(measured))
    assert f"Measured times at {MOST_MEASURED} of 40 sizes" in text
    assert "\n1 × 1, " in text
    assert "\n40 × 1, " in text


@pytest.mark.parametrize(
    "begins",
    [
        *("J = 0", "J = 0.0", "J = -0.0", "J = []", "J = ()", "J = np.zeros(3)", "J = empty_like(w)", "J = [0.0] * 3"),
        *("J = zero", "J = data.zero", "J = float(0)", "J = w.dtype.type(0)", "J = db = b * 0", "J, dw, db = 0, [], 0"),
        *("J, other = 0.0, w @ w", "J: float = 0.0", "J = load(data, 3)", "J = tl.load_four(data)"),
    ],
)
def test_what_begins_a_sum_is_no_formula(tmp_path: Path, begins: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"def gradient(data, w, b):\n    {begins}\n    J += data\n    return J, dw, db\n")
    (part,) = explain(Source("mine", file))
    assert [line.formula for line in part.lines] == ["", "", FORMULAS["J"], ""]


@pytest.mark.parametrize(
    ("computes", "names"),
    [
        ("J = b * 2", "J"),
        ("J, dw = f(w), w @ data", "J dw"),
        ("J, dw = both(w)", "J dw"),
        ("J, dw = 0, w @ data", "dw"),
    ],
)
def test_what_computes_is(tmp_path: Path, computes: str, names: str) -> None:
    file = tmp_path / "mine.py"
    file.write_text(f"def gradient(data, w, b):\n    {computes}\n    return J, dw, db\n")
    (part,) = explain(Source("mine", file))
    assert part.lines[1].formula == "; ".join(FORMULAS[name] for name in names.split())


@pytest.mark.parametrize("name", ["numba_fused", "python_loop", "dask_blocks"])
def test_a_long_line_of_code_is_broken_between_words_and_stays_indented(name: str) -> None:
    long = [line for part in explain(OURS[name]) for line in part.lines if len(line.code) > 80]
    assert long
    for line in long:
        indent = " " * (len(line.code) - len(line.code.lstrip()))
        first, *more = [text.plain for text in beside(Line(line.code, ""), 80)]
        assert max(map(len, [first, *more])) <= 80
        assert " ".join([first, *(one.removeprefix(indent + " " * HANGING) for one in more)]) == line.code
    assert max(map(len, shown(name).splitlines())) <= 80
