"""`gradrace compare`: is NEW slower than OLD, or wrong? Answered from saved runs, as far as they can tell.

On one machine both seconds and multiples of the limit, which was measured in the same rounds, have to say so: seconds
drift with the machine, and the limit with what its neighbours do to the memory. Of two machines only multiples of the
limit are compared, and that they rose isn't held against the code.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

from gradrace.bench.gate.caveats import caveats
from gradrace.bench.gate.evidence import LEVEL, Ratio, Verdict, rejected, verdict
from gradrace.bench.gate.findings import Finding, Report
from gradrace.bench.gate.medians import Key, Quantities, absences, faults, medians, quantities
from gradrace.bench.gate.run_evidence import least_p, p_above, ratio
from gradrace.bench.gate.saved import machine, require_distinct, runs
from gradrace.bench.results import Absence, Cell, UnusableInput
from gradrace.bench.stats import CONFIDENCE
from gradrace.bench.text import known

ELSEWHERE = "its multiple of the limit rose beyond doubt, but on another machine, which may be the cause as well"
NO_LIMIT = "the limit wasn't measured on both machines, and seconds say nothing of another machine"


class Inconclusive(UnusableInput):
    """Whatever these runs say, it isn't beyond doubt that the code is the cause. report: what they look like."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


def compare(old: Path, new: Path, threshold: float, names: Sequence[str] | None = None) -> Report:
    """A finding for each implementation and cell of either. old, new: as `gradrace.bench.gate.saved.runs` takes them.

    Raises UnusableInput if a file can't be read or they have nothing to compare; Inconclusive if they are so few that
    not even a clear slowdown could be established, or are of two machines and one looks slower.
    """
    before, after = runs(old), runs(new)
    require_distinct([*before, *after])
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
    report = Report(
        old=str(old),
        new=str(new),
        threshold=threshold,
        findings=sorted([*measured(both, threshold, one_machine=one_machine), *others], key=_place),
        caveats=list(caveats(before, after, threshold, one_machine=one_machine)),
        machine=after[-1].results.machine,
        commit=after[-1].results.commit,
    )
    if not report.alarms:
        require_conclusive(report, both, one_machine=one_machine)
    return report


def chosen(keys: Collection[Key], names: Sequence[str] | None) -> list[Key]:
    """Those of the implementations named, in order. Raises UnusableInput for a name that is nowhere."""
    everyone = sorted({key.impl for key in keys})
    for name in names or ():
        known("--impl", name, everyone)
    return sorted(key for key in keys if names is None or key.impl in names)


def measured(both: Mapping[Key, Quantities], threshold: float, *, one_machine: bool) -> list[Finding]:
    """Slower by an exact test at LEVEL, shared out by Holm's rule; the rest by their intervals.

    Where two quantities are compared both have to be slower: the larger p counts. Those with so few runs that they
    could not even be rejected by themselves take no share of the level. Source of the latter: R. E. Tarone, A modified
    Bonferroni method for discrete data, Biometrics 46 (1990).
    """
    p = {key: max(p_above(*groups, threshold) for groups in found.values()) for key, found in both.items() if found}
    able = [key for key in p if enough(both[key], 1)]
    slower = {key for key, yes in zip(able, rejected([p[key] for key in able], LEVEL), strict=True) if yes}
    return [
        finding(key, found, threshold, p[key], slower=key in slower, one_machine=one_machine, of=len(able))
        if found
        else Finding(impl=key.impl, cell=key.cell, outcome="skipped", reason=NO_LIMIT)
        for key, found in both.items()
    ]


def finding(
    key: Key, compared: Quantities, threshold: float, p: float, *, slower: bool, one_machine: bool, of: int
) -> Finding:
    """What the runs say of one implementation in one cell, one of so many that are tested. slower: by the test.

    The ratio shown is the one nearer to 1.
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
    """Faster if every quantity says so; same if one does and the others may be 1. Slower is for the test to say."""
    verdicts = {verdict(one, threshold) for one in ratios}
    if verdicts == {Verdict.FASTER}:
        return Verdict.FASTER
    may_be_1 = all(one.low <= 1 <= one.high for one in ratios if verdict(one, threshold) is not Verdict.SAME)
    return Verdict.SAME if Verdict.SAME in verdicts and may_be_1 else Verdict.UNKNOWN


def what_would_help(compared: Quantities, ratios: Mapping[str, Ratio], of: int) -> str:
    """More runs, a quieter machine, or one and the same limit."""
    if not enough(compared, of) or min(one.confidence for one in ratios.values()) < CONFIDENCE:
        return f"too few runs: {runs_wanted(of)} a side could tell"
    if max(one.low for one in ratios.values()) > min(one.high for one in ratios.values()):
        told = ", ".join(f"{name} {one.middle:.2f}" for name, one in ratios.items())
        return f"NEW / OLD in {told}: not the code, but the machine or the limit changed"
    return "the runs differ too much among themselves: more of them, or a quieter machine, would tell"


def fault(key: Key, absence: Absence) -> Finding:
    """NEW was wrong, failed, or beat the limit in a run: that fails, however fast it was in others."""
    reason = f"{absence.stage}: {absence.message}"
    return Finding(impl=key.impl, cell=key.cell, outcome=absence.outcome, reason=reason)


def alone(key: Key, absence: Absence | None, *, new: bool) -> Finding:
    """On one side only: new, or not measured in NEW for a reason that its runs may tell."""
    if new:
        reason = "no run of OLD has it: there is nothing to compare its speed with"
        return Finding(impl=key.impl, cell=key.cell, outcome="new", reason=reason)
    told = f"{absence.stage}: {absence.message}" if absence else "no run of NEW has it"
    return Finding(impl=key.impl, cell=key.cell, outcome="skipped", reason=told)


def enough(compared: Quantities, of: int) -> bool:
    """Whether the clearest slowdown would be established, one of so many tests."""
    old, new = next(iter(compared.values()))
    return least_p(len(old), len(new)) <= LEVEL / max(of, 1)


def runs_wanted(of: int) -> int:
    """How many runs a side can establish one of so many."""
    number = 1
    while least_p(number, number) > LEVEL / max(of, 1):
        number += 1
    return number


def require_conclusive(report: Report, both: Mapping[Key, Quantities], *, one_machine: bool) -> None:
    """Refuse to pass what could not have failed. Raises Inconclusive."""
    told = [found for found in both.values() if found]
    able = sum(enough(found, 1) for found in told)
    if not any(enough(found, able) for found in told):
        raise Inconclusive(
            f"so few runs can't establish a slowdown of anyone, whatever they say: {len(told)} implementations × cells "
            f"take {runs_wanted(len(told))} a side; race fewer (--impl, --m, --nx), or `gradrace check --against REV`",
            report,
        )
    if not one_machine and any(one.reason == ELSEWHERE for one in report.findings):
        raise Inconclusive(
            "one at least looks slower, but was measured on another machine, which may be the cause as well: race "
            "both sides on one machine, or use `gradrace check --against REV`",
            report,
        )


def _nothing_comparable(*, shared: bool) -> str:
    if shared:
        return "two machines, and the limit wasn't measured on both; race both sides on one machine"
    return "OLD and NEW have no implementation in the same cell (m, n_x, dtype, threads); race the same on both"


def _place(one: Finding) -> tuple[Cell, str]:
    return one.cell, one.impl
