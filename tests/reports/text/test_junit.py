"""JUnit files that CI services read: valid by two schemas, never empty, with names that outlive an outcome."""

from __future__ import annotations

import re
from datetime import datetime
from xml.etree import ElementTree as ET

import msgspec
import pytest

from gradrace.bench.gate.code.changes import Difference
from gradrace.bench.gate.findings import ALL_HARD, Finding, Report
from gradrace.bench.results import Cell
from gradrace.reports.text.junit import junit

CELLS = [Cell(10, 10), Cell(1000, 100)]
CHANGED = [Difference("fused", ("_tiles.py",)), Difference("loop"), Difference("gone", only="main")]
EMPTY = Report(old="main", new="this checkout", threshold=0.05, findings=[], cells=CELLS, differences=CHANGED)

REQUIRED = {"name", "tests", "failures", "errors", "skipped", "time", "timestamp", "hostname"}
SECONDS = re.compile(r"\d+\.\d{3}")


def report(*outcomes: str, **more: object) -> Report:
    findings = [
        Finding(impl="fused", cell=cell, outcome=outcome, ratio=1.2, low=1.1, high=1.3, confidence=0.97, seconds=1.5)
        for cell, outcome in zip(CELLS, outcomes, strict=True)
    ]
    return msgspec.structs.replace(EMPTY, findings=findings, **more)


WRONG = msgspec.structs.replace(
    EMPTY,
    findings=[Finding(impl="fused", cell=Cell(1, 3), outcome="wrong", problem="one example", reason="dw is off")],
)
UNVERIFIED = Finding(impl="fused", cell=CELLS[0], outcome="can't tell", problem=ALL_HARD, reason="10 of 91")
PARTLY = report("same", "faster")
PARTLY = msgspec.structs.replace(PARTLY, findings=[*PARTLY.findings, UNVERIFIED])
SAVED = msgspec.structs.replace(report("same", "wrong"), differences=[], cells=[])
HOSTILE = msgspec.structs.replace(
    report("failed", "skipped", machine={"node": "\x1b<&>"}), old="</a>\x00\ud800", differences=[]
)
ALL = {
    "nothing": msgspec.structs.replace(EMPTY, differences=[]),
    "no difference": EMPTY,
    "same": report("same", "faster"),
    "slower": report("slower", "can't tell"),
    "crashed": report("failed", "implausible"),
    "new": report("new", "new"),
    "wrong": WRONG,
    "not verified on all": PARTLY,
    "saved runs": SAVED,
    "hostile": HOSTILE,
}


def require_valid(suite: ET.Element) -> None:
    """The rules that Jenkins' xUnit schema (junit-10) and Ant's share, as far as this file has to do with them."""
    assert suite.tag == "testsuite"
    assert {*suite.attrib} == REQUIRED
    assert SECONDS.fullmatch(suite.attrib["time"])
    datetime.strptime(suite.attrib["timestamp"], "%Y-%m-%dT%H:%M:%S")  # Ant's schema forbids a time zone
    assert suite.attrib["hostname"].strip()
    tags = [child.tag for child in suite]
    cases = suite.findall("testcase")
    assert cases, "Jenkins fails on a file without a test case"
    assert tags == ["properties", *["testcase"] * len(cases), "system-out", "system-err"]
    assert all({*one.attrib} == {"name", "value"} and one.get("name") for one in suite.iterfind("properties/property"))
    for case in cases:
        assert {*case.attrib} == {"classname", "name", "time"}
        assert SECONDS.fullmatch(case.attrib["time"])
        assert len(case) <= 1
        assert all(child.tag in ("failure", "error", "skipped") for child in case)
        kind = set() if case.find("skipped") is not None else {"type"}
        assert all({*child.attrib} == {"message", *kind} and len(child) == 0 for child in case)
    for attribute, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        assert suite.get(attribute) == str(len(suite.findall(f"testcase/{tag}")))
    assert suite.get("tests") == str(len(cases))


def names(told: Report) -> list[tuple[str | None, str | None]]:
    return [(case.get("classname"), case.get("name")) for case in ET.fromstring(junit(told)).iter("testcase")]


def states(told: Report) -> list[str]:
    cases = ET.fromstring(junit(told)).iter("testcase")
    return [f"{case.get('classname')} {[child.tag for child in case]}" for case in cases]


@pytest.mark.parametrize("name", ALL)
def test_a_file_is_valid_by_the_rules_of_both_schemas(name: str) -> None:
    require_valid(ET.fromstring(junit(ALL[name])))


@pytest.mark.parametrize("name", ["same", "slower", "crashed", "new", "wrong", "not verified on all"])
def test_the_names_are_the_same_whatever_the_outcome(name: str) -> None:
    assert names(ALL[name]) == [
        ("fused", "gradient"),
        ("fused", "m = 10, n_x = 10"),
        ("fused", "m = 1000, n_x = 100"),
        ("gone", "gradient"),
        ("loop", "gradient"),
    ]


def test_a_wrong_gradient_fails_its_own_case_and_no_size_passes() -> None:
    first, *others = ET.fromstring(junit(WRONG)).iter("testcase")
    failure = first.find("failure")
    assert failure is not None
    assert failure.get("type") == "wrong"
    assert "fused at m = 1, n_x = 3: dw is off" in (failure.text or "")
    assert all(case.find("skipped") is not None for case in others)


def test_only_what_was_measured_passes() -> None:
    """A case without a child has passed. What is unchanged, undecided or new was not compared."""
    unmeasured = ["gone ['skipped']", "loop ['skipped']"]
    assert states(EMPTY) == ["fused ['skipped']", *unmeasured]
    assert states(report("same", "faster")) == ["fused []"] * 3 + unmeasured
    assert states(report("new", "can't tell")) == ["fused []", "fused ['skipped']", "fused ['skipped']", *unmeasured]
    assert states(PARTLY) == ["fused ['skipped']", "fused []", "fused []", *unmeasured]
    assert states(report("skipped", "unavailable")) == ["fused ['skipped']"] * 3 + unmeasured


def test_a_crash_is_an_error_and_a_slowdown_a_failure() -> None:
    assert states(report("slower", "failed"))[:3] == ["fused []", "fused ['failure']", "fused ['error']"]


def test_times_are_those_of_the_measurement() -> None:
    suite = ET.fromstring(junit(report("same", "slower")))
    assert [case.get("time") for case in suite.iter("testcase")] == ["0.000", "1.500", "1.500", "0.000", "0.000"]
    assert suite.get("time") == "3.000"


def test_the_ratios_are_told_as_output() -> None:
    told = ET.fromstring(junit(report("same", "slower"))).findtext("system-out") or ""
    assert "fused at m = 10, n_x = 10: 1.20 times the time (1.10–1.30): same" in told


def test_a_cell_that_stands_for_larger_ones_has_their_names() -> None:
    """The smaller size depends on the machine's speed, and the names of test cases must not."""
    small = Finding(impl="fused", cell=Cell(100, 10), asked=CELLS, outcome="same")
    report = Report(old="a", new="b", threshold=0.05, findings=[small])
    names = [case.get("name") for case in ET.fromstring(junit(report)).iter("testcase")]
    assert names == ["m = 10, n_x = 10", "m = 1000, n_x = 100"]
