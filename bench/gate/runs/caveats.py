"""Caveats of a comparison: what was compared, and other causes that may explain a difference."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime

from gradrace.bench.gate.runs.medians import Key
from gradrace.bench.gate.runs.run_evidence import p_above, ratio
from gradrace.bench.gate.runs.saved import Run
from gradrace.bench.results import FLOOR_CUDA, FLOORS, LEAST_S, Limiting, limited_by
from gradrace.bench.stats import median_interval

UNLIKELY = 0.025
"""Probability in each direction below which the order of dates is a caveat.

Sides measured alternately at random reach it by chance in one of twenty comparisons.
"""


def caveats(old: Sequence[Run], new: Sequence[Run], threshold: float, *, one_machine: bool) -> Iterator[str]:
    """Yield the caveats that apply to this comparison."""
    if not one_machine:
        yield (
            "the machines differ or are unknown: only multiples of the limit are compared, not seconds; a machine with "
            "another ratio of memory to arithmetic speed looks the same as a change of the code"
        )
    else:
        yield from _limit(old, new, threshold)
    yield from _order(old, new)
    yield from _software(old, new)


def _limit(old: Sequence[Run], new: Sequence[Run], threshold: float) -> Iterator[str]:
    """Yield a caveat if the limit wasn't measured, or differs between the sides although the machine is the same."""
    before, after = _floors(old), _floors(new)
    if not before or not after:
        yield "the limit wasn't measured on both sides: seconds alone are compared, which drift with the machine"
    changed = {}
    for key, kind in before.keys() & after.keys():
        found = ratio(before[key, kind], after[key, kind])
        if found.low > 1 + threshold or found.high < 1 / (1 + threshold):
            changed[key] = found.middle
    if changed:
        (cell, limit), factor = max(changed.items(), key=lambda item: abs(math.log(item[1])))
        whose = "the GPU's limit" if limit == FLOOR_CUDA else "the limit"
        yield (
            f"{whose} itself took {factor:.2f} times as long in NEW at m = {cell.m}, n_x = {cell.n_x}: "
            "the machine was busier or quieter, or one side reads X in another way"
        )


def _floors(runs: Sequence[Run]) -> dict[tuple[Key, Limiting], list[float]]:
    """Return the logarithms of the limit's seconds, one per run, for each cell, device and kind of limit."""
    found: dict[tuple[Key, Limiting], list[float]] = {}
    for run in runs:
        for one in run.results.measurements:
            if one.impl in FLOORS and (seconds := median_interval(one.samples_s).median) >= LEAST_S:
                found.setdefault((Key(one.cell, one.impl), limited_by(one)), []).append(math.log(seconds))
    return found


def _order(old: Sequence[Run], new: Sequence[Run]) -> Iterator[str]:
    """Yield a caveat if the runs of one side are mostly later than the other's, or their dates are unknown."""
    dates = [[_date(run.results.datetime) for run in side] for side in (old, new)]
    before, after = ([date for date in side if date is not None] for side in dates)
    if (len(before), len(after)) != (len(old), len(new)):
        yield "some runs have no date: other changes between the sides can't be excluded"
    elif min(p_above(before, after, 0.0), p_above(after, before, 0.0)) < UNLIKELY or _apart(before, after):
        yield "one side was measured before the other: other changes in between count as a difference; take turns"


def _apart(before: Sequence[float], after: Sequence[float]) -> bool:
    return max(before) < min(after) or max(after) < min(before)


def _date(text: str) -> float | None:
    try:
        return datetime.fromisoformat(text).timestamp()
    except (ValueError, OverflowError, OSError):
        return None


def _software(old: Sequence[Run], new: Sequence[Run]) -> Iterator[str]:
    """Yield a caveat for each version that differs between the sides, and for a side with runs of several commits."""
    before, after = ([_versions(run) for run in side] for side in (old, new))
    for name in sorted({name for versions in (*before, *after) for name in versions}):
        found = [sorted({versions.get(name, "none") for versions in side}) for side in (before, after)]
        if found[0] != found[1]:
            yield f"{name} differs: {' or '.join(found[0])} in OLD, {' or '.join(found[1])} in NEW"
    for side, runs in (("OLD", old), ("NEW", new)):
        commits = {str(run.results.commit.get("id")) for run in runs}
        if len(commits) > 1:
            yield f"the runs of {side} come from {len(commits)} commits"


def _versions(run: Run) -> dict[str, str]:
    """Return the versions of Python and the libraries."""
    facts = run.results.machine.get("gradrace")
    libraries = facts.get("libraries") if isinstance(facts, Mapping) else None
    named = libraries if isinstance(libraries, Mapping) else {}
    python = run.results.machine.get("python_version")
    return {"Python": str(python), **{name: str(version) for name, version in named.items()}}
