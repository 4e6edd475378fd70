"""`gradrace compare` on saved runs whose truth is known, and as a user meets it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path
from xml.etree import ElementTree as ET

import numpy as np
import pytest

from gradrace.bench.gate.findings import Report
from gradrace.bench.gate.runs.compare import compare, measured
from gradrace.bench.gate.runs.medians import Groups, Key
from gradrace.bench.results import FLOOR, Absence, Cell, Extra, Measurement, Results, UnusableInput
from gradrace.bench.results_file import write
from gradrace.reports.text.gate_text import rows
from tests.gradrace.front_door import gradrace, refused

CELLS = [Cell(10, 10), Cell(1000, 100)]


@dataclass(frozen=True)
class Conditions:
    """Conditions of a run. machine, limit: slowdown of everything, and of reading X. node: name of the machine."""

    machine: float = 1.0
    limit: float = 1.0
    node: str | None = "lab-7"
    has_limit: bool = True
    numpy: str = "2.4.0"
    absences: tuple[Absence, ...] = ()
    cells: tuple[Cell, ...] = tuple(CELLS)


class Saver:
    """Saves runs, each with luck of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.rng = np.random.default_rng(1)
        self.saved = 0

    def side(self, name: str, runs: int, slowdowns: dict[str, float], met: Conditions = Conditions()) -> Path:
        for _ in range(runs):
            self.saved += 1
            own = self.folder / name / str(self.saved)
            own.mkdir(parents=True)
            write(own / "results.json", self.run(slowdowns, met))
        return self.folder / name

    def turns(self, runs: int, old: dict[str, float], new: dict[str, float]) -> tuple[Path, Path]:
        for _ in range(runs):
            self.side("old", 1, old)
            self.side("new", 1, new)
        return self.folder / "old", self.folder / "new"

    def run(self, slowdowns: dict[str, float], met: Conditions) -> Results:
        measurements = []
        for cell in met.cells:
            drift = met.machine * self.rng.lognormal(0, 0.1, 15)
            if met.has_limit:
                measurements.append(self._measured(FLOOR, cell, 1e-6 * met.limit * drift))
            measurements += [self._measured(name, cell, 3e-6 * by * drift) for name, by in slowdowns.items()]
        facts = {"cores_allowed": 2, "libraries": {"numpy": met.numpy}}
        return Results(
            measurements=measurements,
            absences=[*met.absences],
            machine={"node": met.node, "cpu": {"brand_raw": "AMD EPYC"}, "gradrace": facts},
            commit={"id": "0" * 40},
            datetime=f"2026-01-31T12:{self.saved:02}:00+00:00",
        )

    def _measured(self, impl: str, cell: Cell, seconds: np.ndarray) -> Measurement:
        luck = self.rng.lognormal(0, 0.01)
        return Measurement(
            impl=impl,
            cell=cell,
            samples_s=[float(s) for s in seconds * luck * self.rng.lognormal(0, 0.02, len(seconds))],
            calls=100,
            extra=Extra(rounds=[*range(len(seconds))]),
        )


@pytest.fixture
def save(tmp_path: Path) -> Saver:
    return Saver(tmp_path)


def outcomes(report: Report) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}
    for finding in report.findings:
        found.setdefault(finding.impl, set()).add(finding.outcome)
    return found


def test_who_became_slower_is_named_and_nobody_else(save):
    old, new = save.side("old", 6, {"a": 1.0, "b": 1.0}), save.side("new", 6, {"a": 1.3, "b": 1.0})
    assert outcomes(compare(old, new, 0.05)) == {"a": {"slower"}, "b": {"same"}}
    assert outcomes(compare(new, old, 0.05)) == {"a": {"faster"}, "b": {"same"}}


def test_a_slowdown_below_the_threshold_is_let_pass(save):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.1})
    assert not compare(old, new, 0.2).alarms


@pytest.mark.parametrize("met", [Conditions(machine=1.5), Conditions(limit=0.7), Conditions(machine=0.7, limit=0.5)])
def test_what_only_seconds_or_only_multiples_say_is_not_held_against_the_code(save, met):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.0}, met)
    report = compare(old, new, 0.05)
    assert outcomes(report) == {"a": {"can't tell"}}
    assert all("the machine or the limit changed" in finding.reason for finding in report.findings)
    assert any("the limit itself" in caveat for caveat in report.caveats)


def test_one_that_is_wrong_or_fails_in_new_fails_however_fast_it_was(save):
    wrong = Absence(impl="a", outcome="wrong", stage="verify", message="dw is off", cell=CELLS[0])
    failed = Absence(impl="b", outcome="failed", stage="import", message="no such thing")
    old = save.side("old", 6, {"a": 1.0, "b": 1.0})
    new = save.side("new", 5, {"a": 1.0, "b": 1.0})
    save.side("new", 1, {"a": 1.0}, Conditions(absences=(wrong, failed)))
    assert outcomes(compare(old, new, 0.05)) == {"a": {"wrong", "same"}, "b": {"failed"}}


def test_one_that_new_gave_up_is_no_silence(save):
    skipped = Absence(impl="a", outcome="skipped", stage="plan", message="one call would take 3 s", cell=CELLS[1])
    old = save.side("old", 6, {"a": 1.0, "b": 1.0})
    new = save.side("new", 6, {"b": 1.0, "c": 1.0}, Conditions(absences=(skipped,)))
    report = compare(old, new, 0.05)
    assert outcomes(report) == {"a": {"skipped"}, "b": {"same"}, "c": {"new"}}
    assert any("one call would take 3 s" in finding.reason for finding in report.findings if finding.impl == "a")


def test_of_two_machines_multiples_of_the_limit_are_compared_and_that_is_said(save):
    elsewhere = Conditions(machine=2.0, node="lab-8")
    old = save.side("old", 6, {"a": 1.0, "b": 1.0})
    report = compare(old, save.side("new", 6, {"a": 1.0, "b": 0.7}, elsewhere), 0.05)
    assert outcomes(report) == {"a": {"same"}, "b": {"faster"}}
    assert any("the machines differ" in caveat for caveat in report.caveats)


def test_of_two_machines_a_slowdown_is_shown_but_not_held_against_the_code(save):
    elsewhere = Conditions(machine=2.0, node="lab-8")
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.3}, elsewhere)
    report = compare(old, new, 0.05)
    assert report.answer == "unknown"
    assert outcomes(report) == {"a": {"can't tell"}}
    assert all("another machine" in finding.reason for finding in report.findings)


def test_machines_that_are_not_told_are_not_the_same(save):
    unknown = Conditions(node=None)
    old, new = save.side("old", 6, {"a": 1.0}, unknown), save.side("new", 6, {"a": 1.3}, unknown)
    report = compare(old, new, 0.05)
    assert report.answer == "unknown"
    assert all("another machine" in finding.reason for finding in report.findings)


def test_of_two_machines_without_a_limit_nothing_is_compared(save):
    old = save.side("old", 6, {"a": 1.0})
    new = save.side("new", 6, {"a": 1.0}, Conditions(node="lab-8", has_limit=False))
    with pytest.raises(UnusableInput, match="two machines"):
        compare(old, new, 0.05)


def test_seconds_alone_are_compared_where_no_limit_was_measured(save):
    bare = Conditions(has_limit=False)
    report = compare(save.side("old", 6, {"a": 1.0}, bare), save.side("new", 6, {"a": 1.3}, bare), 0.05)
    assert outcomes(report) == {"a": {"slower"}}
    assert {*report.findings[0].runs} == {"seconds"}
    assert any("seconds alone" in caveat for caveat in report.caveats)


def test_one_side_after_the_other_is_said(save):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.0})
    assert any("take turns" in caveat for caveat in compare(old, new, 0.05).caveats)
    save.side("old", 1, {"a": 1.0})
    assert any("take turns" in caveat for caveat in compare(old, new, 0.05).caveats)


def test_sides_that_took_turns_need_no_caveat(save):
    assert not compare(*save.turns(6, {"a": 1.0}, {"a": 1.0}), 0.05).caveats


def test_other_versions_are_told(save):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.0}, Conditions(numpy="2.5.1"))
    assert any("numpy differs: 2.4.0 in OLD, 2.5.1 in NEW" in caveat for caveat in compare(old, new, 0.05).caveats)


def test_runs_that_cannot_establish_anything_are_no_answer(save):
    old, new = save.side("old", 1, {"a": 1.0}), save.side("new", 1, {"a": 9.0})
    report = compare(old, new, 0.05)
    assert (report.answer, outcomes(report)) == ("unknown", {"a": {"can't tell"}})
    assert {one.reason for one in report.findings} == {"too few runs: at least 5 per side are needed for 2 comparisons"}
    save.side("old", 4, {"a": 1.0})
    save.side("new", 4, {"a": 9.0})
    assert outcomes(compare(old, new, 0.05)) == {"a": {"slower"}}


def test_fewer_implementations_need_fewer_runs(save):
    """With too few runs for all comparisons, a slower implementation neither fails nor passes."""
    old, new = save.side("old", 5, dict.fromkeys("abcdef", 1.0)), save.side("new", 5, dict.fromkeys("abcdef", 1.3))
    report = compare(old, new, 0.05)
    assert report.answer == "unknown"
    assert all("at least 7 per side are needed for 12" in one.reason for one in report.findings)
    assert outcomes(compare(old, new, 0.05, ["c"])) == {"c": {"slower"}}


def test_noisy_runs_do_not_pass(save):
    """Five runs a side that differ by a factor of two: nothing is known, so that nothing passes."""
    noisy = [Conditions(machine=factor) for factor in (1.0, 1.9, 1.1, 1.7, 1.4)]
    for met in noisy:
        save.side("old", 1, {"a": 1.0, "b": met.machine}, met)
        save.side("new", 1, {"a": 1.0, "b": 2.9 - met.machine}, met)
    words = ("compare", save.folder / "old", save.folder / "new", "--impl", "b")
    told = gradrace(*words)
    refused(told, "2 of 2 cells are undecided: the runs of a side differ too much")
    assert gradrace(*words, "--allow-unknown").returncode == 0


def test_a_cell_that_new_lacks_does_not_pass(save):
    old, new = save.side("old", 6, {"a": 1.0, "b": 1.0}), save.side("new", 6, {"a": 1.0})
    report = compare(old, new, 0.05)
    assert (report.answer, outcomes(report)) == ("unknown", {"a": {"same"}, "b": {"skipped"}})


def test_stray_implementations_cost_the_others_no_power(save):
    old, new = save.side("old", 5, {"a": 1.0}), save.side("new", 5, {"a": 1.3})
    save.side("old", 1, {"orphan": 1.0, "other": 1.0})
    save.side("new", 1, {"orphan": 1.0, "other": 1.0})
    assert outcomes(compare(old, new, 0.05))["a"] == {"slower"}


def test_the_same_run_twice_is_no_further_evidence(save):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.0})
    with pytest.raises(UnusableInput, match="belongs to OLD and to NEW; give two"):
        compare(old, old, 0.05)
    with pytest.raises(UnusableInput, match="belongs to OLD and to NEW; give two"):
        compare(old, old.parent, 0.05)
    copied = json.loads((new / "7" / "results.json").read_text())
    copied["benchmarks"].pop()
    (new / "7" / "results-part.json").write_text(json.dumps(copied))
    with pytest.raises(UnusableInput, match="the same run, or a part of it; delete one"):
        compare(old, new, 0.05)
    (new / "7" / "results-part.json").unlink()
    assert compare(old, new, 0.05).answer == "passed"


def test_one_file_is_one_run(save):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.0})
    stuffed = json.loads((new / "7" / "results.json").read_text())
    stuffed["benchmarks"] *= 5
    (new / "7" / "results.json").write_text(json.dumps(stuffed))
    with pytest.raises(UnusableInput, match="two measurements of one implementation"):
        compare(old, new, 0.05)


def test_runs_that_measured_nothing_are_not_the_same_run(save):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.0})
    save.side("old", 2, {}, Conditions(cells=()))
    assert outcomes(compare(old, new, 0.05)) == {"a": {"same"}}


def test_threads_are_named_where_there_are_several_numbers_of_them(save):
    both = Conditions(cells=(Cell(10, 10, threads=1), Cell(10, 10, threads=2)))
    report = compare(save.side("old", 6, {"a": 1.0}, both), save.side("new", 6, {"a": 1.0}, both), 0.05)
    assert [row[1] for row in rows(report)] == ["10 × 10 1 thread", "10 × 10 2 threads"]


def test_false_alarms_are_as_rare_as_promised():
    """Of 1000 comparisons of equal code in six cells, 7 a side, at most 22 (1 %: mean 10, four standard deviations)."""
    rng = np.random.default_rng(3)
    keys = [Key(Cell(m, 10), "a") for m in range(1, 7)]
    alarms = 0
    for _ in range(1000):
        at_the_threshold = {
            key: {"seconds": Groups([*rng.normal(0, 0.03, 7)], [*rng.normal(math.log1p(0.05), 0.03, 7)])}
            for key in keys
        }
        alarms += any(one.alarms for one in measured(at_the_threshold, 0.05, one_machine=True))
    assert alarms <= 22


def test_at_the_front_door(save, tmp_path):
    old, new = save.side("old", 6, {"a": 1.0, "b": 1.0}), save.side("new", 6, {"a": 1.3, "b": 1.0})
    measured = tmp_path / "compared.json"
    told = gradrace("compare", old, new, "--json", measured)
    assert told.returncode == 1, told.stderr
    assert max(map(len, told.stdout.splitlines())) <= 80
    assert "6 : 6" in told.stdout
    assert "Slower: a at m = 10, n_x = 10" in " ".join(told.stdout.split())
    assert {one["outcome"] for one in json.loads(measured.read_text())["findings"]} == {"slower", "same"}
    passed = gradrace("compare", new, old, "--json", measured)
    assert (passed.returncode, json.loads(measured.read_text())["answer"]) == (0, "passed")


def test_cells_that_one_side_lacks_are_counted_and_listed_only_in_files_and_verbosely(save, tmp_path):
    """Of 10 sizes NEW has the first, and skips five others with predictions in several units."""
    sizes = [Cell(m, 10) for m in range(2, 12)]
    absences = tuple(
        Absence(impl="a", outcome="skipped", stage="plan", message=f"needs about {time}; raise --budget", cell=cell)
        for cell, time in zip(sizes[1:], ("330 µs", "1.2 ms", "98 ms", "2.0 s", "31 s"), strict=False)
    )
    old = save.side("old", 1, {"a": 1.0, "b": 1.0}, Conditions(cells=tuple(sizes)))
    new = save.side("new", 1, {"a": 1.0, "c": 1.0}, Conditions(cells=tuple(sizes[:1]), absences=absences))
    file = tmp_path / "compared.md"
    brief, verbose = gradrace("compare", old, new, "--markdown", file), gradrace("compare", old, new, "--verbose")
    words, lines = " ".join(brief.stdout.split()), brief.stdout.splitlines()
    assert "interval" not in lines[0]  # which one run a side doesn't have
    assert [line.split()[0] for line in lines[2:3]] == ["a"]
    assert len(lines) <= 16
    assert "5 cells (1 implementation, 5 sizes): skipped, such as a at m = 3, n_x = 10: plan: needs" in words
    assert "14 cells (2 implementations, 10 sizes): skipped: no run of NEW has it" in words
    assert "c at m = 2, n_x = 10: new: no run of OLD has it" in words
    assert "--verbose lists the 20 cells that weren't compared." in words
    assert "20 cells are undecided." in words
    assert len(verbose.stdout.splitlines()) > 26
    assert all(f"needs about {time}" in verbose.stdout for time in ("330 µs", "1.2 ms", "98 ms", "2.0 s", "31 s"))
    assert file.read_text().count("| · skipped |") == 19


def test_runs_of_any_name_are_read_as_report_reads_them(save, tmp_path):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.3})
    saved = tmp_path / "project" / ".benchmarks" / "Linux"
    saved.mkdir(parents=True)
    for number, file in enumerate(sorted(new.glob("*/results.json"))):
        file.rename(saved / f"000{number}_commit.json")
    assert outcomes(compare(old, tmp_path / "project", 0.05)) == {"a": {"slower"}}
    assert len(compare(old, saved.parent, 0.05).findings) == len(CELLS)


def test_other_tests_are_refused_alike_by_report_and_compare(save, tmp_path):
    old, other = save.side("old", 1, {"a": 1.0}), tmp_path / "other.json"
    other.write_text('{"benchmarks": [{"name": "test_fib", "params": null, "stats": {}}]}')
    for words in (["report", other], ["compare", old, other], ["compare", other, old]):
        refused(gradrace(*words), "results of other tests, not of gradrace's (test_fib)")


def test_the_limit_is_left_out_of_an_export(save, tmp_path):
    old, file = save.side("old", 1, {"a": 1.0}), tmp_path / "a.json"
    assert gradrace("report", old, "--export", file, "--ops", "min").returncode == 0
    exported = json.loads(file.read_text())["benchmarks"]
    assert [one["name"] for one in exported] == ["a[10-10-float64-1]", "a[1000-100-float64-1]"]
    assert all(one["stats"]["ops"] == pytest.approx(1 / one["stats"]["min"]) for one in exported)
    own = old / "1" / "results.json"
    refused(gradrace("report", own, "--export", own), "is the run itself")
    refused(gradrace("report", old, old, "--export", file), "RUN is 2 runs; name one of them")
    assert len(json.loads(own.read_text())["benchmarks"]) == 4


def test_a_refusal_is_written_as_well(save, tmp_path):
    junit = tmp_path / "compared.xml"
    junit.write_text("of last time")
    old, new = save.side("old", 1, {"a": 1.0}), save.side("new", 1, {"a": 1.0})
    assert gradrace("compare", old, new, "--junit", junit).returncode == 2
    assert ET.parse(junit).getroot().get("skipped") == "2"


def test_what_cannot_be_used_is_one_line(save, tmp_path):
    old, new = save.side("old", 1, {"\x1b]0;aardvark": 1.0}), save.side("new", 1, {"\x1b]0;aardvark": 1.0})
    single = gradrace("compare", old, new)
    refused(single, "2 of 2 cells are undecided: too few runs: at least 5 per side are needed")
    assert "aardvark" in single.stdout
    unknown = gradrace("compare", old, new, "--impl", "zebra")
    refused(unknown, "unknown name 'zebra'")
    assert "\x1b" not in unknown.stderr
    refused(gradrace("compare", old, new, "--impl", "]0;ardvark"), "did you mean ]0;aardvark?")
    refused(gradrace("compare", old, tmp_path / "nowhere"), "nowhere")
    (tmp_path / "empty").mkdir()
    refused(gradrace("compare", old, tmp_path / "empty"), "no results.json in it")
    refused(gradrace("compare", old, save.side("other", 1, {"zebra": 1.0})), "no implementation in the same cell")
    (new / "results-broken.json").write_text("{")
    refused(gradrace("compare", old, new), "broken.json")
