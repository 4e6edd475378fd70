"""A history in words: its steps as sentences and as a table."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from statistics import median

from gradrace.bench.results import FAULTS, by_elements
from gradrace.reports.analysis.grids import share_of_limit
from gradrace.reports.grid import Grid
from gradrace.reports.history.series import LEAST_RUNS, Run, Series, Step, least_visible, steps
from gradrace.reports.words import count, listing, name_of, number_of, percent, product, setting, sizes, times

FAULT_WORDS = {"wrong": "had a wrong gradient", "failed": "failed", "implausible": "was faster than the limit"}
"""Faults as verbs: {outcome: words}."""

MOST_NAMED = 3
"""Maximum number of sizes that a sentence names."""


def changes(several: Sequence[Series]) -> list[Step]:
    """Return all steps, the latest first."""
    found = [step for one in several for step in steps(one, len(several))]
    return sorted(found, key=lambda step: (step.run.date, step.series.impl, step.series.cell), reverse=True)


def sentences(found: Sequence[Step]) -> list[str]:
    """Return a sentence for each implementation, commit and direction of change, the latest first.

    A sentence covers all sizes at which the implementation changed.
    """
    grouped: defaultdict[tuple[str, str, str, bool], list[Step]] = defaultdict(list)
    for step in found:
        grouped[step.run.date, step.run.commit, step.series.impl, step.ratio > 1].append(step)
    return [_sentence(*key, its) for key, its in grouped.items()]


def headline(several: Sequence[Run], found: Sequence[Step], few: str = "") -> str:
    """Return the number of runs and of changes as text. few: `too_few` of the series."""
    slower = {(step.run.commit, step.series.impl) for step in found if step.ratio > 1}
    faster = {(step.run.commit, step.series.impl) for step in found if step.ratio < 1}
    runs = f"In {count(len(several))} runs from {several[0].date[:10]} to {several[-1].date[:10]}"
    if not slower and not faster:
        return f"{runs} no change {'can be' if few else 'is'} shown."
    kinds = ((slower, "slowdown"), (faster, "improvement"))
    parts = [number_of(len(ones), word) for ones, word in kinds if ones]
    return f"{runs}: {listing(parts)}."


def too_few(found: Sequence[Series]) -> str:
    """Return why the runs can't show any change, and the next step; "" if they can."""
    most, needed = max(len(one.points) for one in found), 2 * LEAST_RUNS
    if most >= needed:
        return ""
    told = f"too few runs to show a change: {needed} of one size are needed, and at most {most} exist"
    return f"{told}; make {needed - most} more of the same size"


def sensitivity(found: Sequence[Series]) -> str:
    """Return the smallest change that the runs would show, as a sentence. They can show one."""
    visible = [size for one in found if not math.isnan(size := least_visible(one, len(found)))]
    some = "" if len(visible) == len(found) else f"{len(visible)} of {len(found)} series are long enough: in these, a"
    return (
        f"{some or 'A'} change of {percent(median(visible), 1)} is detected once it has lasted {LEAST_RUNS} runs "
        f"(median; from {percent(min(visible), 1)} to {percent(max(visible), 1)})."
    )


def faults(several: Sequence[Run]) -> list[str]:
    """Return a sentence for each implementation and kind of fault, with the latest run that had it."""
    found: defaultdict[tuple[str, str], dict[int, Run]] = defaultdict(dict)
    for number, run in enumerate(several):
        for absence in run.results.absences:
            if absence.outcome in FAULTS:
                found[absence.impl, absence.outcome][number] = run
    return [
        f"{name_of(impl)} {FAULT_WORDS[outcome]} in {number_of(len(its), 'run')}, most recently at commit "
        f"{[*its.values()][-1].commit} ({[*its.values()][-1].date[:10]})."
        for (impl, outcome), its in sorted(found.items())
    ]


def table(found: Sequence[Step]) -> Grid:
    """Return a table with a row for each step."""
    rows = [
        [
            name_of(step.series.impl),
            f"{product(step.series.cell.m, step.series.cell.n_x)}, {setting(step.series.cell)}",
            step.run.commit,
            step.run.date[:10],
            share_of_limit(step.before),
            share_of_limit(step.after),
            _became(step.ratio),
        ]
        for step in found
    ]
    return Grid(
        title="Steps",
        heads=["implementation", "m × n_x", "from\ncommit", "date", "share of\nlimit before", "after", "change"],
        rows=rows,
        footnote="Steps are found in the logarithms of the shares of the limit. The commit is the first at the new "
        "level; libraries or the machine may have changed at the same time.",
    )


def _sentence(date: str, commit: str, impl: str, slower: bool, its: Sequence[Step]) -> str:
    ratios = sorted(step.ratio if slower else 1 / step.ratio for step in its)
    range_ = " to ".join(dict.fromkeys([times(ratios[0], 2), times(ratios[-1], 2)]))
    smallest_first = sorted((step.series.cell for step in its), key=by_elements)
    named = [sizes(cell) for cell in smallest_first[:MOST_NAMED]]
    more = f" and {len(its) - MOST_NAMED} more sizes" if len(its) > MOST_NAMED else ""
    word = "slower" if slower else "faster"
    return f"{name_of(impl)} became {range_} {word} from commit {commit} on ({date[:10]}), at {'; '.join(named)}{more}."


def _became(ratio: float) -> str:
    return f"{times(ratio, 2)} slower" if ratio > 1 else f"{times(1 / ratio, 2)} faster"
