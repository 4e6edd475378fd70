"""`gradrace compare` on saved runs whose truth is known, and as a user meets it."""

from __future__ import annotations

import json
import math
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

from bench.compare import Groups, Key, TooFewRuns, compare, findings
from bench.findings import Report
from bench.results import FLOOR, Cell, Extra, Measurement, Results, UnusableInput, write
from tests.test_cli import gradrace, refused

CELLS = [Cell(10, 10), Cell(1000, 100)]


@dataclass(frozen=True)
class Conditions:
    """What a run meets. machine, limit: how many times as slow all is, and reading X alone. node: which machine."""

    machine: float = 1.0
    limit: float = 1.0
    node: str = "lab-7"
    has_limit: bool = True


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

    def run(self, slowdowns: dict[str, float], met: Conditions) -> Results:
        measurements = []
        for cell in CELLS:
            drift = met.machine * self.rng.lognormal(0, 0.1, 15)
            if met.has_limit:
                measurements.append(self._measured(FLOOR, cell, 1e-6 * met.limit * drift))
            measurements += [self._measured(name, cell, 3e-6 * by * drift) for name, by in slowdowns.items()]
        return Results(
            measurements=measurements,
            absences=[],
            machine={"node": met.node, "cpu": {"brand_raw": "AMD EPYC"}, "gradrace": {"cores_allowed": 2}},
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


@pytest.mark.parametrize("met", [Conditions(machine=1.5), Conditions(limit=0.7)])
def test_a_slower_machine_or_a_faster_memory_is_no_slowdown(save, met):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.0}, met)
    assert not compare(old, new, 0.05).alarms


def test_of_two_machines_shares_of_the_limit_are_compared_and_that_is_said(save):
    elsewhere = Conditions(machine=2.0, node="lab-8")
    old = save.side("old", 6, {"a": 1.0, "b": 1.0})
    report = compare(old, save.side("new", 6, {"a": 1.0, "b": 1.3}, elsewhere), 0.05)
    assert outcomes(report) == {"a": {"same"}, "b": {"slower"}}
    assert any("different machines" in remark for remark in report.remarks)


def test_of_two_machines_without_a_limit_nothing_is(save):
    old = save.side("old", 6, {"a": 1.0})
    new = save.side("new", 6, {"a": 1.0}, Conditions(node="lab-8", has_limit=False))
    with pytest.raises(UnusableInput, match="two machines"):
        compare(old, new, 0.05)


def test_seconds_alone_are_compared_where_no_limit_was_measured_and_that_is_said(save):
    bare = Conditions(has_limit=False)
    report = compare(save.side("old", 6, {"a": 1.0}, bare), save.side("new", 6, {"a": 1.3}, bare), 0.05)
    assert outcomes(report) == {"a": {"slower"}}
    assert any("seconds alone" in remark for remark in report.remarks)


def test_one_side_after_the_other_is_said(save):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.0})
    assert any("take turns" in remark for remark in compare(old, new, 0.05).remarks)
    save.side("old", 1, {"a": 1.0})
    assert not compare(old, new, 0.05).remarks


def test_runs_that_cannot_establish_anything_are_refused_but_shown(save):
    old, new = save.side("old", 1, {"a": 1.0}), save.side("new", 1, {"a": 9.0})
    with pytest.raises(TooFewRuns, match="takes 5 a side") as refusal:
        compare(old, new, 0.05)
    assert outcomes(refusal.value.report) == {"a": {"can't tell"}}
    save.side("old", 4, {"a": 1.0})
    save.side("new", 4, {"a": 9.0})
    assert outcomes(compare(old, new, 0.05)) == {"a": {"slower"}}


def test_fewer_implementations_need_fewer_runs(save):
    old, new = (save.side(name, 5, dict.fromkeys("abcdef", 1.0)) for name in ("old", "new"))
    with pytest.raises(TooFewRuns):
        compare(old, new, 0.05)
    assert outcomes(compare(old, new, 0.05, ["c"])) == {"c": {"same"}}


def test_the_same_run_twice_is_no_further_evidence(save):
    old, new = save.side("old", 6, {"a": 1.0}), save.side("new", 6, {"a": 1.0})
    with pytest.raises(UnusableInput, match="the same run"):
        compare(old, old, 0.05)
    (new / "copy.json").write_bytes((new / "7" / "results.json").read_bytes())
    with pytest.raises(UnusableInput, match="the same run"):
        compare(old, new, 0.05)


def test_false_alarms_are_as_rare_as_promised():
    """Of 1000 comparisons of equal code in six cells, 7 a side, at most 22 (1 %: mean 10, four standard deviations)."""
    rng = np.random.default_rng(3)
    keys = [Key(Cell(m, 10), "a") for m in range(1, 7)]
    alarms = 0
    for _ in range(1000):
        at_the_threshold = {
            key: [Groups([*rng.normal(0, 0.03, 7)], [*rng.normal(math.log1p(0.05), 0.03, 7)])] for key in keys
        }
        alarms += any(one.alarms for one in findings(at_the_threshold, 0.05))
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
    assert gradrace("compare", new, old).returncode == 0


def test_what_cannot_be_used_is_one_line(save, tmp_path):
    old, new = save.side("old", 1, {"aardvark": 1.0}), save.side("new", 1, {"aardvark": 1.0})
    single = gradrace("compare", old, new)
    refused(single, "can't establish a slowdown")
    assert "aardvark" in single.stdout
    refused(gradrace("compare", old, new, "--impl", "ardvark"), "did you mean aardvark?")
    refused(gradrace("compare", old, tmp_path / "nowhere"), "nowhere")
    (tmp_path / "empty").mkdir()
    refused(gradrace("compare", old, tmp_path / "empty"), "no results.json in it")
    refused(gradrace("compare", old, save.side("other", 1, {"zebra": 1.0})), "no implementation in the same cell")
    (new / "broken.json").write_text("{")
    refused(gradrace("compare", old, new), "broken.json")
