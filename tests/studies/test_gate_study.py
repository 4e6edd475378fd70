"""The study of gates: the sides that it makes, what it keeps, and what it tells."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import psutil
import pytest

from gradrace.bench.gate.check import Request, check_sides
from gradrace.bench.paths import ROOT
from gradrace.bench.results import Cell, UnusableInput
from gradrace.impls.discovery import Source, load
from gradrace.impls.interface import Implementation, Technique
from studies.gate import study, usual_gates
from studies.gate.figure import each, figure, grouped, table
from studies.gate.slowed import FUNCTIONS, SLOWED, sides
from studies.gate.study import Asked, Said, Trial, read

CELLS = [Cell(10, 10), Cell(20, 5)]


class Clock:
    """Each reading takes 1 ns, each gradient 1000 ns."""

    def __init__(self) -> None:
        self.now_ns = 0

    def __call__(self) -> int:
        self.now_ns += 1
        return self.now_ns

    def gradient(self, *_arguments) -> str:
        self.now_ns += 1000
        return "right"


@pytest.mark.parametrize("what", ["gradient", "descent", "prepare"])
@pytest.mark.parametrize("slowdown", [0.0, 0.1, 0.5])
def test_calls_of_the_slowed_side_take_as_much_longer(slowdown, what, monkeypatch, tmp_path):
    clock = Clock()
    unslowed = Implementation(technique=Technique.LOOP, prepare=clock.gradient, gradient=clock.gradient)
    unslowed = replace(unslowed, descend=clock.gradient)
    monkeypatch.setattr("gradrace.impls._unslowed_any", SimpleNamespace(IMPLEMENTATION=unslowed), raising=False)
    file = tmp_path / "any.py"
    file.write_text(SLOWED.format(impl="any", what=FUNCTIONS[what], slowdown=slowdown, least_ns=20_000))
    gradient = getattr(load(Source("any", file)), FUNCTIONS[what])
    monkeypatch.setitem(gradient.__globals__, "perf_counter_ns", clock)
    assert {gradient() for _ in range(1000)} == {"right"}
    assert clock.now_ns == pytest.approx(1000 * (1002 + 1000 * slowdown), rel=0.02)


@pytest.mark.slow
def test_both_sides_are_right_and_differ_by_the_factor_alone(tmp_path):
    old, new = sides(tmp_path, ["numpy_columns"], 0.25)
    texts = [(side.impls / "numpy_columns.py").read_text() for side in (old, new)]
    assert texts[0].replace("owed_ns += 0.0 *", "owed_ns += 0.25 *") == texts[1] != texts[0]
    request = Request("", CELLS, 0.05, 1.0, 1, 0, names=["numpy_columns"])
    report = check_sides(old, new, request, lambda *_: None)
    assert {finding.outcome for finding in report.findings} <= {"slower", "can't tell", "same", "faster"}


def test_several_implementations_are_slowed_and_one_without_a_descend_is_refused(tmp_path):
    _, new = sides(tmp_path / "a", ["numba_loop", "numba_parallel"], 0.2, "descent")
    for name in ("numba_loop", "numba_parallel"):
        assert f"_unslowed_{name}" in (new.impls / f"{name}.py").read_text()
    with pytest.raises(UnusableInput, match="numpy_columns has no `descend` of its own"):
        sides(tmp_path / "b", ["numpy_columns"], 0.2, "descent")


def test_without_a_slowdown_the_sides_are_this_checkout_twice(tmp_path):
    for side in sides(tmp_path, ["numpy_columns"], 0.0):
        assert (side.impls / "numpy_columns.py").read_bytes() == (ROOT / "impls" / "numpy_columns.py").read_bytes()


def test_an_interrupted_study_goes_on_where_it_was(tmp_path, monkeypatch):
    asked: list[int] = []

    def gate(old, new, run):
        asked.append(run)
        if len(asked) == 3:
            raise KeyboardInterrupt
        return Said(alarms={"rule": run == 0})

    monkeypatch.setattr(study, "gate_named", lambda *_: gate)
    file = tmp_path / "study.jsonl"
    with pytest.raises(KeyboardInterrupt):
        study.main(file, slowdown="0,0.1", runs=2, gate="gradrace", impl="numpy_columns", budget=9, load=False)
    with file.open("ab") as stream:
        stream.write(b'{"asked": {"gate"')  # a line that was cut off
    study.main(file, slowdown="0,0.1", runs=2, gate="gradrace", impl="numpy_columns", budget=9, load=False)
    assert asked == [0, 0, 1, 1, 1]
    assert [(trial.asked.slowdown, trial.said.alarms["rule"]) for trial in read(file)] == [
        *((0.0, True), (0.1, True)),
        *((0.0, False), (0.1, False)),
    ]


@pytest.mark.parametrize("more", [{"what": "descent"}, {"at_once": True}])
def test_other_gates_compare_gradients_of_one_implementation_only(tmp_path, more):
    with pytest.raises(UnusableInput, match="only gradrace takes"):
        study.main(tmp_path / "a", "0", 1, "asv", "numpy_columns", 9, load=False, **more)


def test_load_is_a_process_that_is_gone_afterwards():
    with study.loaded(True) as process:
        assert psutil.pid_exists(process.pid)
    assert not psutil.pid_exists(process.pid)


def test_an_unknown_gate_is_named():
    with pytest.raises(UnusableInput, match="did you mean gradrace"):
        study.gate_named("gradace", "numpy_columns", 10.0)


def trial(alarm: bool, **asked) -> Trial:
    about = Asked(**{"gate": "gradrace", "impl": "fused", "slowdown": 0.1, "load": False, "budget_s": 20.0, **asked})
    return Trial(asked=about, said=Said(alarms={"exact test": alarm}, ratios={"10 × 10": [1.1, 1.2]}), seconds=30)


def test_the_table_counts_alike_checks_and_gives_exact_intervals():
    trials = [trial(True), trial(False), *[trial(False, slowdown=0.0)] * 3, trial(True, load=True)]
    rows = table(trials).splitlines()[2:]
    assert rows[0].startswith("| nothing | none | gradrace, 20 s | 0 of 3 | 0 % (0.0 to 70.8 %)")
    assert rows[1].startswith("| 10 % | none | gradrace, 20 s | 1 of 2 | 50 % (1.3 to 98.7 %)")
    assert rows[2].startswith("| 10 % | a core, half | gradrace, 20 s | 1 of 1 |")


def test_thresholds_and_what_is_slower_are_rows_of_their_own():
    trials = [trial(True), trial(True, threshold=0.02), trial(False, what="descent")]
    rows = table(trials).splitlines()[2:]
    assert [row.split("|")[1:4:2] for row in rows] == [
        [" 10 % ", " gradrace, 20 s, threshold 2 % "],
        [" 10 % (descent) ", " gradrace, 20 s "],
        [" 10 % ", " gradrace, 20 s "],
    ]


def test_all_at_once_are_one_check(tmp_path, monkeypatch):
    monkeypatch.setattr(study, "gate_named", lambda *_: lambda *_: Said(alarms={"rule": False}, answer="passed"))
    monkeypatch.setattr(study, "sides", lambda *_: (None, None))
    file, names = tmp_path / "study.jsonl", "numpy_columns,numpy_vectorized"
    study.main(file, slowdown="0", runs=1, gate="gradrace", impl=names, budget=9, load=False, at_once=True)
    assert [one.asked.impl for one in read(file)] == [names]


def test_each_rule_of_a_gate_is_a_row_of_its_own():
    said = Said(alarms={"min": False, "mean": True})
    asked = Asked(gate="pytest-benchmark", impl="fused", slowdown=0.0, load=False, budget_s=None)
    groups = grouped([Trial(asked=asked, said=said, seconds=40)])
    assert [str(group) for group in groups] == ["pytest-benchmark, mean", "pytest-benchmark, min"]


def answered(impl: str, slowdown: float, answer: study.Answer, seconds: float) -> Trial:
    about = Asked(gate="gradrace", impl=impl, slowdown=slowdown, load=False, budget_s=60.0)
    said = Said(alarms={"exact test": answer == "failed"}, answer=answer)
    return Trial(asked=about, said=said, seconds=seconds, load_average=2.0)


def test_the_answers_are_counted_for_each_implementation():
    trials = [
        answered("numba_loop", 0.0, "passed", 20.0),
        answered("numba_loop", 0.0, "passed", 30.0),
        answered("numba_loop", 0.1, "failed", 40.0),
        answered("python_loop", 0.0, "unknown", 60.0),
        answered("python_loop", 0.1, "failed", 50.0),
        trial(True),  # of an earlier study, which kept no answers
    ]
    head, _, *rows = each(trials).splitlines()
    assert head.startswith("| implementation | identical: fails | identical: passes | identical: can't tell |")
    assert rows == [
        "| numba_loop | 0 | 2 | 0 | 25 s | 1 | 0 | 0 | 40 s | 2 |",
        "| python_loop | 0 | 0 | 1 | 60 s | 1 | 0 | 0 | 50 s | 2 |",
        "| all | 0 | 2 | 1 | 30 s | 2 | 0 | 0 | 45 s | 2 |",
    ]


def test_all_are_those_that_can_run_in_turn(tmp_path, monkeypatch):
    def load(source):
        if source.name == "triton_fused":
            raise study.Unavailable("needs an NVIDIA GPU")
        return source

    monkeypatch.setattr(study, "load", load)
    there = {source.name for source in study.sources()} - {"triton_fused"}
    monkeypatch.setattr(study, "gate_named", lambda *_: lambda *_: Said(alarms={"rule": False}, answer="passed"))
    monkeypatch.setattr(study, "sides", lambda *_: (None, None))
    file = tmp_path / "study.jsonl"
    study.main(file, slowdown="0,0.1", runs=2, gate="gradrace", impl="all", budget=9, load=False)
    names = [trial.asked.impl for trial in read(file)]
    assert set(names) == there
    assert names[: len(names) // 2] == names[len(names) // 2 :]


def test_the_figure_has_a_strip_for_each_slowdown_load_and_cell():
    drawn = figure([trial(True), trial(False), trial(True, load=True)])
    labels = [label.get_text() for label in drawn.axes[0].get_yticklabels()]
    assert labels == ["10 × 10, 10 %", "10 × 10, 10 %, load"]


@pytest.mark.slow
def test_pytest_benchmark_as_a_gate_fails_what_became_much_slower(tmp_path):
    """Fifty times as slow: whatever else the machine does meanwhile."""
    old, new = sides(tmp_path, ["numpy_columns"], 50.0)
    said = usual_gates.pytest_benchmark(old, new, "numpy_columns", CELLS[:1], 0.05)
    assert said == {"min": True, "median": True, "mean": True}
