"""The result of a check in words: rows of a table, sentences, and the answer."""

from __future__ import annotations

from collections import defaultdict

from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.results import FAULTS, Cell
from gradrace.bench.text import significant
from gradrace.reports.words import interval, listing, name_of, number_of, plain, product, sizes

HEADS = ("implementation", "m × n_x", "NEW / OLD", "interval", "evidence", "verdict")

MOST_NAMED = 3
"""Largest number of cells listed for one reason; more are counted."""

SIGNS = {**dict.fromkeys(("slower", *FAULTS), "✗"), "faster": "✓", "same": "✓", "new": "✓"}


def rows(report: Report) -> list[tuple[str, ...]]:
    """Return a row for each finding, in the order of HEADS."""
    return [
        (name_of(one.impl), cell_size(report, one), ratio(one.ratio), interval_of(one), evidence(one), verdict)
        for one in report.findings
        for verdict in [f"{SIGNS.get(one.outcome, '·')} {one.outcome}"]
    ]


def cell_size(report: Report, finding: Finding) -> str:
    """Return the size of a cell for a table: 100,000 × 100, with the rest of the setting if it isn't the usual one."""
    return " ".join([product(finding.cell.m, finding.cell.n_x), *_setting(report, finding.cell)])


def cell_name(report: Report, finding: Finding) -> str:
    """Return the size of a cell for a sentence: m = 1000, n_x = 100, with the rest of the setting if unusual."""
    return ", ".join([sizes(finding.cell), *_setting(report, finding.cell)])


def _setting(report: Report, cell: Cell) -> list[str]:
    """Return the precision if it isn't float64, pixels, and the threads if a report has several numbers of them."""
    threads = {one.cell.threads for one in report.findings}
    return [
        *([cell.dtype] if cell.dtype != "float64" else []),
        *(["pixels"] if cell.pixels else []),
        *([number_of(cell.threads, "thread")] if len(threads) > 1 else []),
    ]


def ratio(value: float | None) -> str:
    """Return a ratio as text: 1.12; empty for None."""
    return "" if value is None else significant(value)


def interval_of(finding: Finding) -> str:
    """Return the interval of NEW / OLD, with its confidence if that is below 95 %: 1.08–1.17."""
    if finding.low is None or finding.high is None or not finding.confidence:
        return ""
    return interval(finding.low, finding.high, significant, finding.confidence)


def evidence(finding: Finding) -> str:
    """Return the number of pairs of processes: 6, or 6 + 10 after a second measurement; or the runs a side: 5 : 5."""
    if finding.runs:
        return " : ".join(str(len(side)) for side in next(iter(finding.runs.values())))
    first = str(len(finding.screening)) if finding.screening else ""
    return f"{first} + {len(finding.fresh)}" if finding.fresh else first


def alarm_text(report: Report, finding: Finding) -> str:
    """Return an alarm in a sentence: fused at m = 1000, n_x = 100 is slower: 1.16 times the time (1.12–1.19)."""
    where = f"{name_of(finding.impl)} at {cell_name(report, finding)}"
    if finding.outcome == "slower":
        return f"{where} is slower: {measured_text(finding)}"
    return f"{where}: {plain(finding.reason or finding.outcome)}"


def measured_text(finding: Finding) -> str:
    """Return the ratio and its interval in words: 1.16 times the time (1.12–1.19)."""
    return f"{ratio(finding.ratio)} times the time ({interval_of(finding)})"


def changed_file(report: Report, impl: str) -> str | None:
    """Return the file in which an implementation changed, from the checkout's root; None for saved runs.

    Its own file comes before one that it imports, such as impls/_simd/fused.py.
    """
    found = next((one for one in report.differences if one.impl == impl), None)
    if found is None:
        return None
    own = f"{name_of(impl)}.py"
    return f"impls/{own if own in found.files or not found.files else plain(found.files[0])}"


def headline(report: Report) -> str:
    """Return the answer in a sentence or two."""
    alarms = report.alarms
    if alarms:
        parts = [f"{outcome}: {_named(report, outcome)}" for outcome in (*FAULTS, "slower")]
        answer = "; ".join(part for part in parts if not part.endswith(": "))
        return answer[0].upper() + answer[1:] + "."
    if not report.findings:
        return f"No implementation on both sides differs from {plain(report.old)}; `--all` measures them anyway."
    unsure = [finding for finding in report.findings if finding.outcome in ("can't tell", "skipped")]
    answer = f"No implementation is shown to be more than {100 * report.threshold:g} % slower than {plain(report.old)}"
    if not unsure:
        return f"{answer}."
    return f"{answer}, but {len(unsure)} of {len(report.findings)} cells are undecided."


def notes(report: Report) -> list[str]:
    """Return which implementations differ and in which files, those on one side only, all reasons, and the caveats."""
    changed = [difference for difference in report.differences if difference.differs]
    lines = [f"{name_of(one.impl)} differs: {listing([plain(file, 80) for file in one.files])}" for one in changed]
    lines += [f"{name_of(one.impl)} is in {plain(one.only)} only" for one in report.differences if one.only is not None]
    same = [one.impl for one in report.differences if not one.differs and one.only is None]
    if same and changed:
        lines.append(f"the same on both sides: {listing([*map(name_of, same)])}")
    lines += _reasons(report)
    return [*lines, *map(plain, report.caveats)]


def _reasons(report: Report) -> list[str]:
    """Return each reason once, with all cells that it applies to."""
    by_reason: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for one in report.findings:
        if one.reason:
            by_reason[one.outcome, one.reason].append(f"{name_of(one.impl)} at {cell_name(report, one)}")
    return [
        f"{listing(who) if len(who) <= MOST_NAMED else f'{len(who)} cells'}: {outcome}: {plain(reason)}"
        for (outcome, reason), who in by_reason.items()
    ]


def _named(report: Report, outcome: str) -> str:
    """Return all implementations with this outcome: numba_fused at m = 1000, n_x = 100 (1.16 times the time)."""
    found = [one for one in report.alarms if one.outcome == outcome]
    times = ["" if one.ratio is None else f" ({ratio(one.ratio)} times the time)" for one in found]
    return listing(
        [f"{name_of(one.impl)} at {cell_name(report, one)}{time}" for one, time in zip(found, times, strict=True)]
    )
