"""`gradrace compare`: is NEW slower than OLD? Answered from saved runs, as far as they can tell.

On one machine both seconds and multiples of the limit, which was measured in the same rounds, have to say so: seconds
drift with the machine, and the limit with what its neighbours do to the memory. Of two machines only multiples of the
limit are compared.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from bench.evidence import CONFIDENCE, LEVEL, Ratio, Verdict, rejected, verdict
from bench.findings import Finding, Report
from bench.options import known
from bench.results import FLOOR, Cell, UnusableInput
from bench.run_evidence import least_p, p_above, ratio
from bench.saved import Run, machine, require_distinct, runs
from bench.stats import median_interval, paired_ratio


class Key(NamedTuple):
    """What is compared."""

    cell: Cell
    impl: str


class Logs(NamedTuple):
    """A run's medians, as logarithms. multiple: of the limit, None where that wasn't measured in the same rounds."""

    seconds: float
    multiple: float | None


class Groups(NamedTuple):
    """Logarithms of the same quantity, one of each run."""

    old: list[float]
    new: list[float]


class TooFewRuns(UnusableInput):
    """Whatever these runs said, it couldn't be beyond doubt. report: what they look like."""

    def __init__(self, message: str, report: Report) -> None:
        super().__init__(message)
        self.report = report


def compare(old: Path, new: Path, threshold: float, names: Sequence[str] | None = None) -> Report:
    """A finding for each implementation and cell that both have. old, new: as `bench.saved.runs` takes them.

    Raises UnusableInput if a file can't be read, if they have nothing to compare, or, as TooFewRuns, if they are so few
    that not even a clear slowdown could be established.
    """
    before, after = runs(old), runs(new)
    require_distinct([*before, *after])
    one_machine = len({machine(run.results) for run in (*before, *after)}) == 1
    evidence = comparable(before, after, names, one_machine=one_machine)
    report = Report(
        old=str(old),
        new=str(new),
        threshold=threshold,
        findings=findings(evidence, threshold),
        remarks=list(remarks(before, after, evidence, one_machine=one_machine)),
        machine=after[-1].results.machine,
        commit=after[-1].results.commit,
    )
    if not any(enough(compared, len(evidence)) for compared in evidence.values()):
        raise TooFewRuns(too_few(evidence), report)
    return report


def comparable(
    old: Sequence[Run], new: Sequence[Run], names: Sequence[str] | None, *, one_machine: bool
) -> dict[Key, list[Groups]]:
    """Of each implementation and cell on both sides, the quantities that can be compared: seconds, multiples or both.

    Raises UnusableInput if there are none.
    """
    before, after = logs(old), logs(new)
    shared = sorted(before.keys() & after.keys())
    here = dict.fromkeys(key.impl for key in shared)
    if not shared:
        raise UnusableInput(
            "OLD and NEW have no implementation in the same cell (m, n_x, dtype, threads); race both so"
        )
    for name in names or ():
        known("--impl", name, list(here))
    chosen = [key for key in shared if names is None or key.impl in names]
    told = {key: quantities(before[key], after[key], one_machine=one_machine) for key in chosen}
    if not any(told.values()):
        raise UnusableInput("two machines, and the limit wasn't measured on both; race both sides on one machine")
    return {key: groups for key, groups in told.items() if groups}


def logs(found: Sequence[Run]) -> dict[Key, list[Logs]]:
    """Of each implementation and cell, what each run that has it says."""
    collected: defaultdict[Key, list[Logs]] = defaultdict(list)
    for run in found:
        floors = {one.cell: one for one in run.results.measurements if one.impl == FLOOR}
        for one in run.results.measurements:
            seconds = median_interval(one.samples_s).median
            if one.impl == FLOOR or seconds <= 0:
                continue
            floor = floors.get(one.cell)
            multiple = paired_ratio(one.by_round(), floor.by_round()) if floor else None
            of_limit = math.log(multiple.median) if multiple else None
            collected[Key(one.cell, one.impl)].append(Logs(math.log(seconds), of_limit))
    return dict(collected)


def quantities(old: Sequence[Logs], new: Sequence[Logs], *, one_machine: bool) -> list[Groups]:
    """What of them can be compared."""
    found = []
    if one_machine:
        found.append(Groups([run.seconds for run in old], [run.seconds for run in new]))
    multiples = [[run.multiple for run in side if run.multiple is not None] for side in (old, new)]
    if (len(multiples[0]), len(multiples[1])) == (len(old), len(new)):
        found.append(Groups(*multiples))
    return found


def findings(evidence: Mapping[Key, Sequence[Groups]], threshold: float) -> list[Finding]:
    """A finding for each: slower by an exact test at LEVEL, shared out by Holm's rule; the rest by their intervals."""
    p = [max(p_above(*groups, threshold) for groups in compared) for compared in evidence.values()]
    return [
        finding(key, compared, threshold, chance, slower=slower, of=len(evidence))
        for (key, compared), chance, slower in zip(evidence.items(), p, rejected(p, LEVEL), strict=True)
    ]


def finding(key: Key, compared: Sequence[Groups], threshold: float, p: float, *, slower: bool, of: int) -> Finding:
    """What the runs say of one implementation in one cell, one of so many."""
    found = min((ratio(*groups) for groups in compared), key=lambda one: abs(math.log(one.middle)))
    said = Verdict.SLOWER if slower else verdict(found, threshold)
    if said is Verdict.SLOWER and not slower:
        said = Verdict.UNKNOWN
    unsure = said is Verdict.UNKNOWN
    return Finding(
        impl=key.impl,
        cell=key.cell,
        outcome=said.value,
        ratio=found.middle,
        low=found.low,
        high=found.high,
        confidence=found.confidence,
        runs=sizes(compared),
        p=p,
        reason=what_would_help(compared, found, of) if unsure else None,
    )


def sizes(compared: Sequence[Groups]) -> tuple[int, int]:
    """How many runs of OLD and of NEW there are."""
    return len(compared[0].old), len(compared[0].new)


def enough(compared: Sequence[Groups], of: int) -> bool:
    """Whether the clearest slowdown would be established, one of so many tests."""
    return least_p(*sizes(compared)) <= LEVEL / of


def runs_wanted(of: int) -> int:
    """How many runs a side can establish one of so many."""
    number = 1
    while least_p(number, number) > LEVEL / of:
        number += 1
    return number


def what_would_help(compared: Sequence[Groups], found: Ratio, of: int) -> str:
    """More runs, or a quieter machine."""
    if not enough(compared, of) or found.confidence < CONFIDENCE:
        return f"too few runs: {runs_wanted(of)} a side could tell"
    return "the runs differ too much among themselves: more of them, or a quieter machine, would tell"


def too_few(evidence: Mapping[Key, Sequence[Groups]]) -> str:
    """Why nothing could be established, and what to do."""
    old, new = max(map(sizes, evidence.values()))
    wanted = runs_wanted(len(evidence))
    return (
        f"{old} and {new} runs can't establish a slowdown of anyone in {len(evidence)} cells, whatever they say: "
        f"that takes {wanted} a side; race fewer (--impl, --m, --nx), or use `gradrace check --against REV`"
    )


def remarks(
    old: Sequence[Run], new: Sequence[Run], evidence: Mapping[Key, Sequence[Groups]], *, one_machine: bool
) -> Iterator[str]:
    """What was compared, and what else may have made a difference."""
    if not one_machine:
        yield (
            "measured on different machines: shares of the limit are compared, never seconds; another balance of "
            "memory and arithmetic looks the same as a change of the code"
        )
    elif any(len(compared) == 1 for compared in evidence.values()):
        yield "some have no limit measured beside them: their seconds alone are compared, which drift with the machine"
    if _in_a_row(old, new):
        yield "one side was measured before the other: what else changed meanwhile counts as a difference; take turns"


def _in_a_row(old: Sequence[Run], new: Sequence[Run]) -> bool:
    before, after = ([run.results.datetime for run in side] for side in (old, new))
    return max(before) < min(after) or max(after) < min(before)
