"""What a check came to, in words: rows of a table, sentences, and the answer."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from bench.findings import Finding, Report
from bench.sides import Difference
from reports.words import count, listing, plain, significant, sizes

HEADS = ("implementation", "m × n_x", "NEW / OLD", "interval", "evidence", "verdict")

MOST_NAMED = 3
"""Of those that share a reason; more are counted."""

SIGNS = {"slower": "✗", "wrong": "✗", "failed": "✗", "faster": "✓", "same": "✓", "new": "✓"}


def rows(findings: Sequence[Finding]) -> list[tuple[str, ...]]:
    """A row for each finding, in the order of HEADS."""
    return [
        (plain(one.impl, 80), cell_size(one), ratio(one.ratio), interval(one), evidence(one), said(one))
        for one in findings
    ]


def cell_size(finding: Finding) -> str:
    """100,000 × 100; and the precision where it isn't float64."""
    cell = finding.cell
    return f"{count(cell.m)} × {count(cell.n_x)}" + ("" if cell.dtype == "float64" else f" {cell.dtype}")


def cell_name(finding: Finding) -> str:
    """m = 1000, n_x = 100; and the precision where it isn't float64."""
    cell = finding.cell
    precision = "" if cell.dtype == "float64" else f", {cell.dtype}"
    return sizes(cell) + precision


def ratio(value: float | None) -> str:
    """1.12, or nothing."""
    return "" if value is None else significant(value)


def interval(finding: Finding) -> str:
    """1.08–1.17, with its confidence where that is less than 95 %."""
    if finding.low is None or finding.high is None or not finding.confidence:
        return ""
    sure = "" if finding.confidence >= 0.95 else f" ({100 * finding.confidence:.0f} %)"
    return f"{significant(finding.low)}–{significant(finding.high)}{sure}"


def evidence(finding: Finding) -> str:
    """How many pairs of processes: 6, or 6 + 10 where it was measured again; or the runs a side: 5 : 5."""
    if finding.runs is not None:
        return " : ".join(map(str, finding.runs))
    first = str(len(finding.screening)) if finding.screening else ""
    return f"{first} + {len(finding.fresh)}" if finding.fresh else first


def said(finding: Finding) -> str:
    """✗ slower."""
    return f"{SIGNS.get(finding.outcome, '·')} {finding.outcome}"


def headline(report: Report) -> str:
    """The answer in a sentence or two."""
    alarms = report.alarms
    if alarms:
        parts = [f"{outcome}: {_named(alarms, outcome)}" for outcome in ("wrong", "failed", "slower")]
        told = "; ".join(part for part in parts if not part.endswith(": "))
        return told[0].upper() + told[1:] + "."
    if not report.findings:
        return f"No implementation on both sides differs from {plain(report.old)}: `--all` measures them anyway."
    unsure = [finding for finding in report.findings if finding.outcome in ("can't tell", "skipped")]
    told = f"Nothing is found slower than {plain(report.old)} by more than {100 * report.threshold:g} %"
    if not unsure:
        return f"{told}."
    return f"{told}, but {len(unsure)} of {len(report.findings)} cells can't be told."


def notes(report: Report) -> list[str]:
    """Which implementations differ and why, those on one side only, and every reason there is."""
    changed = [difference for difference in report.differences if difference.differs]
    lines = [f"{plain(one.impl, 80)} differs: {listing([plain(file, 80) for file in one.files])}" for one in changed]
    lines += [f"{plain(one.impl, 80)} is in {plain(one.only or '')} only" for one in _alone(report)]
    same = [one.impl for one in report.differences if not one.differs and one.only is None]
    if same and changed:
        lines.append(f"the same on both sides: {listing([plain(name, 80) for name in same])}")
    lines += _reasons(report.findings)
    return [*lines, *map(plain, report.remarks)]


def _reasons(findings: Sequence[Finding]) -> list[str]:
    """Each reason once, with all that it is given for."""
    by_reason: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in findings:
        if one.reason:
            by_reason[one.outcome, one.reason].append(f"{plain(one.impl, 80)} at {cell_name(one)}")
    return [
        f"{listing(who) if len(who) <= MOST_NAMED else f'{len(who)} cells'}: {outcome}: {plain(reason)}"
        for (outcome, reason), who in by_reason.items()
    ]


def _alone(report: Report) -> list[Difference]:
    return [difference for difference in report.differences if difference.only is not None]


def _named(alarms: Sequence[Finding], outcome: str) -> str:
    """numba_fused at m = 1000, n_x = 100 (1.16×)."""
    found = [one for one in alarms if one.outcome == outcome]
    return listing([f"{plain(one.impl, 80)} at {cell_name(one)}{_times(one)}" for one in found])


def _times(finding: Finding) -> str:
    return "" if finding.ratio is None else f" ({ratio(finding.ratio)} times the time)"
