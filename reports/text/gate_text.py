"""The result of a check in words: rows of a table, sentences, and the answer."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from pathlib import PurePath

from gradrace.bench.gate.findings import ALL_HARD, DECIDED, Finding, Report
from gradrace.bench.results import FAULTS, Cell
from gradrace.reports.text.gate_numbers import (
    evidence,
    factor,
    interval_of,
    measured_text,
    memory_text,
    prepare_text,
    ratio,
)
from gradrace.reports.words import listing, name_of, number_of, plain, product, sizes, without_figures

MOST_NAMED = 3
"""Largest number of cells listed for one reason, and of rows without figures in a short table; more are counted."""

SHORT = 80
"""Maximum number of letters of a reason that the answer repeats."""

SIGNS = {**dict.fromkeys((*DECIDED, *FAULTS), "✗"), **dict.fromkeys(("faster", "same", "not slower", "new"), "✓")}


def heads(report: Report) -> tuple[str, ...]:
    """Return the heads of the table: a check counts pairs of processes, and a comparison saved runs."""
    counted = "runs" if any(one.runs for one in report.findings) else "pairs"
    return "implementation", "m × n_x", "NEW / OLD", "interval", counted, "verdict"


def rows(report: Report, *, brief: bool = False) -> list[tuple[str, ...]]:
    """Return a row for each finding, in the order of `heads`. brief: whether cells of `left_out` have none."""
    found = [one for one in report.findings if not _is_blank(one)] if brief and left_out(report) else report.findings
    return [
        (name_of(one.impl), cell_size(report, one), ratio(one.ratio), interval_of(one), evidence(one), verdict)
        for one in found
        for verdict in [f"{SIGNS.get(one.outcome, '·')} {one.outcome}"]
    ]


def left_out(report: Report) -> int:
    """Return the number of cells that weren't compared, for reasons in the notes, if it is large; otherwise 0."""
    number = sum(map(_is_blank, report.findings))
    return number if number > MOST_NAMED else 0


def _is_blank(finding: Finding) -> bool:
    return finding.ratio is None and bool(finding.reason) and not finding.alarms


def cell_size(report: Report, finding: Finding) -> str:
    """Return the size of a cell for a table: 100,000 × 100, with the rest of the setting if it isn't the usual one."""
    if finding.problem == ALL_HARD:
        return "hard problems"
    return " ".join([product(finding.cell.m, finding.cell.n_x), *_setting(report, finding.cell), *_descent(finding)])


def cell_name(report: Report, finding: Finding) -> str:
    """Return the name of a cell: m = 1000, n_x = 100, with the rest of the setting if unusual, and `descent`."""
    return ", ".join([_where(report, finding), *_descent(finding)])


def place(report: Report, finding: Finding) -> str:
    """Return what was measured and where, for a sentence: fused at m = 1000, n_x = 100; descent of fused at m = ..."""
    if finding.problem == ALL_HARD:
        return f"{name_of(finding.impl)} on the hard problems"
    what = f"descent of {name_of(finding.impl)}" if finding.steps else name_of(finding.impl)
    return f"{what} at {_where(report, finding)}"


def _where(report: Report, finding: Finding) -> str:
    return ", ".join([sizes(finding.cell), *_setting(report, finding.cell)])


def _descent(finding: Finding) -> list[str]:
    return ["descent"] if finding.steps else []


def _setting(report: Report, cell: Cell) -> list[str]:
    """Return the precision if it isn't float64, pixels, and the threads if a report has several numbers of them."""
    threads = {one.cell.threads for one in report.findings}
    return [
        *([cell.dtype] if cell.dtype != "float64" else []),
        *(["pixels"] if cell.pixels else []),
        *([number_of(cell.threads, "thread")] if len(threads) > 1 else []),
    ]


def alarm_text(report: Report, finding: Finding) -> str:
    """Return an alarm in a sentence: fused at m = 1000, n_x = 100 is slower: 1.16 times the time (1.12–1.19)."""
    where = place(report, finding)
    if finding.outcome == "slower":
        return f"{where} is slower: {measured_text(finding)}"
    if finding.outcome == "slower prepare":
        return f"prepare of {where} is slower: {prepare_text(finding)}"
    if finding.outcome == "more memory":
        return f"{where} needs more memory: {memory_text(finding)}"
    return f"{where}: {plain(finding.reason or finding.outcome)}"


def changed_file(report: Report, impl: str) -> str | None:
    """Return the file in which an implementation changed; None for saved runs, and if only packages changed.

    Its own file comes before one that it imports, such as impls/_simd/fused.py.
    """
    found = next((one for one in report.differences if one.impl == impl), None)
    if found is None or (found.packages and not found.files):
        return None
    files = [plain(file) for file in found.files] or [f"{name_of(impl)}.py"]
    return f"{report.code}{next((file for file in files if PurePath(file).stem == name_of(impl)), files[0])}"


def headline(report: Report) -> str:
    """Return the answer in a sentence or two."""
    alarms = report.alarms
    if alarms:
        parts = [f"{outcome}: {_named(report, outcome)}" for outcome in (*FAULTS, *DECIDED)]
        answer = "; ".join(part for part in parts if not part.endswith(": "))
        return answer[0].upper() + answer[1:] + "."
    if not report.findings:
        return f"No implementation on both sides differs from {plain(report.old)}, so nothing was measured."
    compared = [one for one in report.findings if one.outcome != "new"]
    if not compared:
        names = _names(sorted({one.impl for one in report.findings}))
        return f"Right, and in {plain(report.new)} only, so that no speed was compared: {names}."
    own = any(one.threshold not in (None, report.threshold) for one in compared)
    much = "too much" if own else f"more than {100 * report.threshold:g} %"
    more = f"{much} slower than {plain(report.old)}"
    total, undecided = len(compared), len(report.undecided)
    if not undecided:
        return f"No implementation is {more}."
    if undecided == total:
        return f"Can't tell whether an implementation is {more}: {cells(total)} {are(total)} undecided."
    told = total - undecided
    return f"Can't tell: {told} of {cells(total)} {are(told)} not {more}, {undecided} {are(undecided)} undecided."


def what_would_tell(report: Report) -> str:
    """Return why a check didn't pass though nothing fails, and the next step, for one line on the terminal."""
    undecided = report.undecided
    reasons = {one.reason for one in undecided if one.reason}
    why = f", for the {'reason' if len(reasons) == 1 else 'reasons'} above"
    if len(reasons) == 1 and len(reason := plain(reasons.pop())) <= SHORT:
        why = f": {reason}"
    more_s = sum(one.more_s or 0.0 for one in undecided)
    wanted_s = _rounded_up(max(report.budget_s or 0.0, report.begun_s) + more_s)
    told, them = sum(one.more_s is not None for one in undecided), "it" if len(undecided) == 1 else "them"
    budget = f"`--budget {wanted_s}` may tell {them if told == len(undecided) else f'{told} of them'}; "
    number = f"{len(undecided)} of {cells(len(report.findings))} {are(len(undecided))} undecided"
    return f"{number}{why}; {budget if more_s else ''}`--allow-unknown` lets {them} pass"


def _larger(finding: Finding) -> list[Cell]:
    """Return the requested cells that a smaller one stands for."""
    return [cell for cell in finding.asked if cell != finding.cell]


def cells(number: int) -> str:
    """Return a number of cells as text."""
    return number_of(number, "cell")


def are(number: int) -> str:
    """Return the verb for a number of cells."""
    return "is" if number == 1 else "are"


def _rounded_up(seconds: float) -> int:
    """Return seconds rounded up to two digits."""
    step = int(10 ** max(0, len(str(int(seconds))) - 2))
    return math.ceil(seconds / step) * step


def notes(report: Report, *, brief: bool = False) -> list[str]:
    """Return which implementations differ and in which files, those on one side only, all reasons, and the caveats.

    brief: whether reasons that differ only in figures, such as predicted seconds, are one line.
    """
    changed = [difference for difference in report.differences if difference.differs]
    lines = [f"{name}: {plain(side, 400)}" for name, side in zip(("OLD", "NEW"), report.sides, strict=False)]
    lines += [
        f"{name_of(one.impl)} differs: {listing([plain(file, 80) for file in one.files])}"
        for one in changed
        if one.files
    ]
    if left := sorted({one.impl for one in changed} - {one.impl for one in report.findings}):
        lines.append(f"not measured, as --impl leaves {'it' if len(left) == 1 else 'them'} out: {_names(left)}")
    lines += _packages(report)
    lines += [f"{name_of(one.impl)} was {name_of(one.was)}" for one in report.differences if one.was is not None]
    lines += [
        f"{name_of(one.impl)} isn't measured: only comments, docstrings or annotations differ, in "
        f"{listing([plain(file, 80) for file in one.words])}"
        for one in report.differences
        if one.words and not one.differs
    ]
    lines += [f"{name_of(one.impl)} is in {plain(one.only)} only" for one in report.differences if one.only is not None]
    lines += [
        f"{name_of(one.impl)} is measured at {sizes(one.cell)} instead of {listing([*map(sizes, _larger(one))])}, "
        "where it takes too long"
        for one in report.findings
        if _larger(one) and not one.steps
    ]
    same = [one.impl for one in report.differences if not one.differs and one.only is None and not one.words]
    if same and changed:
        lines.append(f"the same on both sides: {_names(same)}")
    lines += _limits(report)
    lines += _further(report)
    lines += _reasons(report, brief=brief)
    return [*lines, *map(plain, report.caveats)]


def _names(impls: Iterable[str]) -> str:
    return listing([*map(name_of, impls)])


def _packages(report: Report) -> list[str]:
    """Return a line for each set of packages that differ between the environments, with the implementations."""
    users: defaultdict[tuple[str, ...], list[str]] = defaultdict(list)
    for one in report.differences:
        if one.packages:
            users[one.packages].append(name_of(one.impl))
    return [f"{listing([*map(plain, packages)])}: used by {listing(names)}" for packages, names in users.items()]


def _limits(report: Report) -> list[str]:
    """Return a line for each cell in which another slowdown passes than the usual one."""
    return [
        f"{place(report, one)}: a slowdown of {100 * one.threshold:.3g} % passes"
        for one in report.findings
        if one.threshold is not None and one.threshold != report.threshold
    ]


def _further(report: Report) -> list[str]:
    """Return a line for each cell that fails in more than one way, or with others, and for the largest increases."""
    lines = []
    for one in report.findings:
        if one.slower_prepare and one.outcome != "slower prepare":
            lines.append(f"prepare of {place(report, one)} is slower, too: {prepare_text(one)}")
        if one.more_memory and one.outcome != "more memory":
            lines.append(f"{place(report, one)} also needs {memory_text(one)}")
    lines += _together(report)
    if screened := sorted({one.impl for one in report.findings if one.screened}):
        lines.append(f"descents of {_names(screened)}: sizes that were timed in turns share their ratio and interval")
    return [*lines, *_most(report)]


def _together(report: Report) -> Iterator[str]:
    """Yield a line for the gradients, and the descents, of an implementation that all cells together show slower."""
    slower: defaultdict[tuple[str, str], list[bool]] = defaultdict(list)
    for one in report.findings:
        if one.outcome == "slower":
            slower[name_of(one.impl), "descents" if one.steps else "gradients"].append(one.together)
    for (name, kind), shown in sorted(slower.items()):
        if any(shown):
            some = "" if all(shown) else "some cells "
            yield f"{kind} of {name}: {some}shown by all cells together, which takes fewer pairs than each cell alone"


def _most(report: Report) -> Iterator[str]:
    """Yield a line for the largest increase of the peak memory, and one for that of `prepare`, if none fails."""
    known = [one for one in report.findings if one.peak is not None]
    if known and not any(one.more_memory for one in known):
        most = max(known, key=lambda one: _increase(one.peak))
        yield f"peak memory: at most {memory_text(most)}, of {place(report, most)}"
    known = [one for one in report.findings if one.prepare_s is not None]
    if known and not any(one.slower_prepare for one in known):
        most = max(known, key=lambda one: _increase(one.prepare_s))
        yield f"prepare: at most {prepare_text(most)}, of {place(report, most)}"


def _increase(sides: tuple[float, float] | None) -> float:
    return sides[1] / sides[0] if sides and sides[0] else 0.0


def _reasons(report: Report, *, brief: bool) -> Iterator[str]:
    """Yield each reason once, with all cells that it applies to; briefly, one of those that differ only in figures."""
    by_reason: defaultdict[tuple[str, str], list[Finding]] = defaultdict(list)
    for one in report.findings:
        if one.reason:
            by_reason[one.outcome, without_figures(one.reason) if brief else one.reason].append(one)
    for (outcome, _), found in by_reason.items():
        such = "" if len({one.reason for one in found}) == 1 else f", such as {place(report, found[0])}"
        yield f"{_who(report, found)}: {outcome}{such}: {plain(found[0].reason or '')}"


def _who(report: Report, found: Sequence[Finding]) -> str:
    """Return the cells of findings; of many, the numbers of cells, implementations and sizes."""
    if len(found) <= MOST_NAMED:
        return listing([place(report, one) for one in found])
    impls = number_of(len({one.impl for one in found}), "implementation")
    return f"{cells(len(found))} ({impls}, {number_of(len({(one.cell.m, one.cell.n_x) for one in found}), 'size')})"


def _named(report: Report, outcome: str) -> str:
    """Return all implementations with this outcome: numba_fused at m = 1000, n_x = 100 (1.16 times the time)."""
    found = [one for one in report.alarms if one.outcome == outcome]
    times = [factor(one) for one in found]
    return listing([f"{place(report, one)}{time}" for one, time in zip(found, times, strict=True)])
