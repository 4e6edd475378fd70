"""JUnit XML of a check or a comparison, valid by the schemas of Jenkins' xUnit plug-in and of Apache Ant.

The names of the test cases don't depend on the outcome, so that services can follow each case over time. An
implementation has one case for its gradient on the hard problems, and one for its speed at each size.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple
from xml.etree import ElementTree as ET

from msgspec.structs import replace

from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.results import FAULTS
from gradrace.reports.text.gate_numbers import measured_text
from gradrace.reports.text.gate_text import alarm_text, cell_name, headline, notes
from gradrace.reports.words import plain

GRADIENT = "gradient"
"""Name of the test case that fails if a gradient is wrong on a hard problem."""

UNMEASURED = frozenset({"skipped", "unavailable"})
"""Outcomes of an implementation that wasn't verified either."""

UNDECIDED = frozenset({*UNMEASURED, "can't tell", "new"})
"""Outcomes with which a cell's test case is skipped, as nothing was compared; it passes with others, except alarms."""

CRASHED = "failed"
"""Outcome that is an error of the test case; all other alarms are failures."""

_NOT_XML = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


class Case(NamedTuple):
    """A test case.

    Attributes:
        child: Element that holds the message: failure, error or skipped; empty if the case passed.
        type: Kind of a failure or an error; Ant's schema doesn't allow one of a skipped case.
    """

    impl: str
    name: str
    seconds: float = 0.0
    child: str = ""
    message: str = ""
    type: str | None = None


def junit(report: Report) -> bytes:
    """Return the report as JUnit XML, with at least one test case, as Jenkins rejects files without any."""
    found = [*_cases(report)] or [Case("gradrace", "findings", child="skipped", message=headline(report))]
    suite = ET.Element("testsuite", name="gradrace", tests=str(len(found)))
    for attribute, child in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(attribute, str(sum(one.child == child for one in found)))
    suite.set("time", f"{sum(one.seconds for one in found):.3f}")
    suite.set("timestamp", f"{datetime.now(UTC):%Y-%m-%dT%H:%M:%S}")
    suite.set("hostname", _xml(str(report.machine.get("node") or "localhost")))
    _properties(suite, report)
    for one in found:
        case = ET.SubElement(suite, "testcase", classname=_xml(one.impl), name=_xml(one.name))
        case.set("time", f"{one.seconds:.3f}")
        if one.child:
            more = {"type": one.type} if one.type else {}
            ET.SubElement(case, one.child, more, message=_xml(one.message)).text = _xml(one.message)
    ET.SubElement(suite, "system-out").text = _xml("\n".join([headline(report), *_ratios(report), *notes(report)]))
    ET.SubElement(suite, "system-err")
    ET.indent(suite)
    return bytes(ET.tostring(suite, encoding="utf-8", xml_declaration=True))


def _properties(suite: ET.Element, report: Report) -> None:
    """Add what was compared, and with which options."""
    properties = ET.SubElement(suite, "properties")
    known = {"old": report.old, "new": report.new, "threshold": f"{100 * report.threshold:g} %"}
    known |= {} if report.budget_s is None else {"budget": f"{report.budget_s:g} s"}
    known |= {} if report.seed is None else {"seed": str(report.seed)}
    for name, value in known.items():
        ET.SubElement(properties, "property", name=name, value=_xml(value))


def _cases(report: Report) -> Iterator[Case]:
    """Yield the cases of each implementation: of those that are on both sides and unchanged, one that is skipped."""
    by_impl: dict[str, list[Finding]] = {}
    for one in report.findings:
        by_impl.setdefault(one.impl, []).append(one)
    for name in sorted({*by_impl, *(one.impl for one in report.differences)}):
        its = by_impl.get(name, [])
        if report.differences:  # only code is verified on the hard problems, not saved runs
            yield _gradient(report, name, its)
        in_cells = [replace(one, cell=cell) for one in its if one.problem is None for cell in one.asked or [one.cell]]
        yield from (_cell(report, one) for one in in_cells)
        if its and not in_cells:
            blank = [Finding(impl=name, cell=cell, outcome="skipped") for cell in report.cells]
            yield from (_cell(report, one, "not measured, as its gradient isn't known to be right") for one in blank)


def _gradient(report: Report, name: str, its: list[Finding]) -> Case:
    """Return the case of an implementation's gradient on the hard problems."""
    for one in its:
        if one.problem is not None:
            return _cell(report, one)
    measured = [one for one in its if one.ratio is not None or one.outcome == "new"]
    if any(one.outcome not in {*UNMEASURED, *FAULTS} for one in measured):
        return Case(name, GRADIENT)
    reasons = [one.reason for one in its if one.reason]
    only = next((one.only for one in report.differences if one.impl == name and one.only), None)
    unchanged = f"it is in {only} only" if only else "the same on both sides"
    return Case(name, GRADIENT, child="skipped", message=plain(next(iter(reasons), unchanged)))


def _cell(report: Report, one: Finding, reason: str | None = None) -> Case:
    name = GRADIENT if one.problem is not None else cell_name(report, one)
    case = Case(one.impl, name, one.seconds)
    if one.alarms:
        child = "error" if one.outcome == CRASHED else "failure"
        return case._replace(child=child, type=one.outcome, message=alarm_text(report, one))
    if one.outcome not in UNDECIDED:
        return case
    return case._replace(child="skipped", message=f"{one.outcome}: {reason or one.reason or ''}")


def _ratios(report: Report) -> list[str]:
    """Return a line for each ratio, as the schema of Ant allows no output of single test cases."""
    measured = [one for one in report.findings if one.ratio is not None]
    return [f"{one.impl} at {cell_name(report, one)}: {measured_text(one)}: {one.outcome}" for one in measured]


def _xml(words: str) -> str:
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", words)
