"""`gradrace compare`: decide from saved runs whether NEW is slower than OLD, or wrong.

On one machine, seconds and multiples of the limit are both tested, and NEW fails only if both are slower. Seconds drift
with the machine. The limit, measured in the same rounds, drifts with memory traffic of neighbouring processes. Across
two machines only multiples of the limit are compared, and a rise isn't attributed to the code.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from gradrace.bench.gate.evidence import LEVEL, Ratio, Verdict, rejected, verdict
from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.gate.runs.caveats import caveats
from gradrace.bench.gate.runs.medians import Key, Quantities, absences, faults, medians, quantities
from gradrace.bench.gate.runs.run_evidence import least_p, p_above, ratio
from gradrace.bench.gate.runs.saved import machine, require_distinct, runs
from gradrace.bench.results import Absence, Cell, UnusableInput
from gradrace.bench.stats import CONFIDENCE
from gradrace.bench.text import known

ELSEWHERE = (
    "its multiple of the limit has risen, but on another machine, which may be the cause: race both sides on one "
    "machine, or use `gradrace check --against REV`"
)
NO_LIMIT = "the limit wasn't measured on both machines, and seconds can't be compared between machines"


class Tested(NamedTuple):
    """Number of keys tested, of those compared, and of the runs per side with which all of these could be tested."""

    keys: int
    compared: int
    wanted: int


def compare(old: Path, new: Path, threshold: float, names: Sequence[str] | None = None) -> Report:
    """Return a report with a finding for each implementation and cell of either side.

    Args:
        old: File or folder of OLD's runs, as for `gradrace.bench.gate.runs.saved.runs`.
        new: File or folder of NEW's runs.
        threshold: Slowdown that is tolerated, 0.05 for 5 %.
        names: Implementations to compare; all by default.

    Raises:
        UnusableInput: If a file can't be read or nothing can be compared.
    """
    before, after = runs(old), runs(new)
    require_distinct(before, after)
    machines = {machine(run.results) for run in (*before, *after)}
    one_machine = len(machines) == 1 and None not in machines
    was, now, wrong = medians(before), medians(after), faults(after)
    keys = chosen({*was, *now, *wrong}, names)
    both = {
        key: quantities(was[key], now[key], one_machine=one_machine)
        for key in keys
        if key in was and key in now and key not in wrong
    }
    if not any(both.values()) and not any(key in wrong for key in keys):
        raise UnusableInput(_nothing_comparable(shared=bool(both)))
    gone = absences(after, keys)
    others = [
        fault(key, wrong[key]) if key in wrong else alone(key, gone.get(key), new=key in now)
        for key in keys
        if key not in both
    ]
    return Report(
        old=str(old),
        new=str(new),
        threshold=threshold,
        findings=sorted([*measured(both, threshold, one_machine=one_machine), *others], key=_place),
        caveats=list(caveats(before, after, threshold, one_machine=one_machine)),
        machine=after[-1].results.machine,
        commit=after[-1].results.commit,
    )


def chosen(keys: Collection[Key], names: Sequence[str] | None) -> list[Key]:
    """Return the keys of the named implementations, in order. Raises UnusableInput for a name that no run has."""
    everyone = sorted({key.impl for key in keys})
    for name in names or ():
        known("--impl", name, everyone)
    return sorted(key for key in keys if names is None or key.impl in names)


def measured(both: Mapping[Key, Quantities], threshold: float, *, one_machine: bool) -> list[Finding]:
    """Return a finding for each key: slower by an exact test at LEVEL with Holm's correction, otherwise by intervals.

    Where two quantities are compared, both have to be slower: the larger p counts. Keys whose runs are too few to be
    rejected even in a single test take no share of the level. Source of that exclusion: R. E. Tarone, A modified
    Bonferroni method for discrete data, Biometrics 46 (1990).
    """
    p = {key: max(p_above(*groups, threshold) for groups in found.values()) for key, found in both.items() if found}
    able = [key for key in p if enough(both[key], 1)]
    of = Tested(len(able), len(p), runs_wanted(len(p)))
    slower = {key for key, yes in zip(able, rejected([p[key] for key in able], LEVEL), strict=True) if yes}
    return [
        finding(key, found, threshold, p[key], slower=key in slower, one_machine=one_machine, of=of)
        if found
        else Finding(impl=key.impl, cell=key.cell, outcome="skipped", reason=NO_LIMIT)
        for key, found in both.items()
    ]


def finding(
    key: Key, compared: Quantities, threshold: float, p: float, *, slower: bool, one_machine: bool, of: Tested
) -> Finding:
    """Return the finding for one implementation in one cell. The ratio shown is the one nearer to 1.

    Args:
        key: Cell and implementation.
        compared: Logarithms of both sides' runs, by quantity.
        threshold: Slowdown that is tolerated, 0.05 for 5 %.
        p: The p-value of the test.
        slower: Whether the test rejected "not slower".
        one_machine: Whether all runs come from one machine.
        of: Number of keys tested, and of the runs per side that all keys need.
    """
    ratios = {name: ratio(*groups) for name, groups in compared.items()}
    shown = min(ratios.values(), key=lambda one: max(one.middle, 1 / one.middle))
    said = Verdict.SLOWER if slower and one_machine else agreed([*ratios.values()], threshold)
    reason = ELSEWHERE if slower else what_would_help(compared, ratios, of)
    return Finding(
        impl=key.impl,
        cell=key.cell,
        outcome=said.value,
        ratio=shown.middle,
        low=shown.low,
        high=shown.high,
        confidence=shown.confidence,
        runs={
            name: ([math.exp(log) for log in groups.old], [math.exp(log) for log in groups.new])
            for name, groups in compared.items()
        },
        p=p,
        reason=reason if said is Verdict.UNKNOWN else None,
    )


def agreed(ratios: Sequence[Ratio], threshold: float) -> Verdict:
    """Return the verdict on which all quantities agree. The test decides what is slower.

    The verdict is FASTER if every quantity is faster. It is SAME if one quantity is the same and the intervals of the
    others include 1. It is NOT_SLOWER if none is slower and all intervals overlap. Otherwise it is UNKNOWN.
    """
    verdicts = {verdict(one, threshold) for one in ratios}
    if verdicts == {Verdict.FASTER}:
        return Verdict.FASTER
    if Verdict.SAME in verdicts and all(
        one.low <= 1 <= one.high for one in ratios if verdict(one, threshold) is not Verdict.SAME
    ):
        return Verdict.SAME
    overlap = max(one.low for one in ratios) <= min(one.high for one in ratios)
    return Verdict.NOT_SLOWER if overlap and not verdicts & {Verdict.UNKNOWN, Verdict.SLOWER} else Verdict.UNKNOWN


def what_would_help(compared: Quantities, ratios: Mapping[str, Ratio], of: Tested) -> str:
    """Return advice for an unclear result: more runs, a quieter machine, or the same limit on both sides."""
    if not enough(compared, of.keys) or min(one.confidence for one in ratios.values()) < CONFIDENCE:
        several = f"{of.compared} comparison{'' if of.compared == 1 else 's'}"
        return f"too few runs: at least {of.wanted} per side are needed for {several}"
    if max(one.low for one in ratios.values()) > min(one.high for one in ratios.values()):
        told = ", ".join(f"{name} {one.middle:.2f}" for name, one in ratios.items())
        return f"NEW / OLD in {told}: the machine or the limit changed, not the code"
    return "the runs of a side differ too much: make more runs, or use a quieter machine"


def fault(key: Key, absence: Absence) -> Finding:
    """Return the finding for an implementation that was wrong, failed or beat the limit in a run of NEW.

    Such a finding fails the comparison, however fast the other runs were.
    """
    reason = f"{absence.stage}: {absence.message}"
    return Finding(impl=key.impl, cell=key.cell, outcome=absence.outcome, reason=reason)


def alone(key: Key, absence: Absence | None, *, new: bool) -> Finding:
    """Return the finding for an implementation on one side only: new, or skipped with the reason in NEW's runs."""
    if new:
        reason = "no run of OLD has it, so its speed can't be compared"
        return Finding(impl=key.impl, cell=key.cell, outcome="new", reason=reason)
    told = f"{absence.stage}: {absence.message}" if absence else "no run of NEW has it"
    return Finding(impl=key.impl, cell=key.cell, outcome="skipped", reason=told)


def enough(compared: Quantities, of: int) -> bool:
    """Return whether the clearest possible slowdown would be significant among `of` tests."""
    old, new = next(iter(compared.values()))
    return least_p(len(old), len(new)) <= LEVEL / max(of, 1)


def runs_wanted(of: int) -> int:
    """Return the number of runs per side with which one of `of` tests can establish a slowdown."""
    number = 1
    while least_p(number, number) > LEVEL / max(of, 1):
        number += 1
    return number


def _nothing_comparable(*, shared: bool) -> str:
    if shared:
        return "the sides are from two machines, and the limit wasn't measured on both; race both sides on one machine"
    return "OLD and NEW have no implementation in the same cell (m, n_x, dtype, threads); race the same on both"


def _place(one: Finding) -> tuple[Cell, str]:
    return one.cell, one.impl
