"""The one rule for which implementation is fastest in a cell; headline, tables, figures and page all use it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from gradrace.bench.plausible import time_ratio
from gradrace.bench.results import LEAST_S, Measurement
from gradrace.bench.stats import CONFIDENCE
from gradrace.reports.words import listing

TIE = 1.05
"""Ratio of two times up to which implementations are tied; it is also the smallest slowdown that a gate detects."""

CLEAR = 1.5
"""Ratio of two times up to which implementations are tied with fewer than 6 shared rounds.

Their intervals have less than 95 % confidence.
"""

MOST_NAMED = 3
"""Maximum number of names that a sentence or a tile shows for a tie."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Order of the implementations of one cell, the fastest first, and which of them are tied.

    They are ordered by the ratio, within rounds, to the implementation with the smallest median, so that drift of the
    machine cancels.
    """

    order: tuple[str, ...]
    measured: Mapping[str, Measurement]

    def tied(self, name: str) -> tuple[str, ...]:
        """Return the implementations behind NAME that are not shown to be slower, in their order."""
        behind = self.order[self.order.index(name) + 1 :]
        return tuple(other for other in behind if not slower(self.measured[other], self.measured[name]))

    def fastest(self, among: Collection[str] | None = None) -> tuple[str, ...]:
        """Return the fastest implementation and those tied with it.

        `among` limits the choice, which is all by default.
        """
        shown = [name for name in self.order if among is None or name in among]
        return (shown[0], *(name for name in self.tied(shown[0]) if name in shown)) if shown else ()


def standing(measured: Mapping[str, Measurement]) -> Standing:
    """Rank the implementations of one cell, without those whose times the clock can't resolve."""
    seen = {impl: one for impl, one in measured.items() if one.samples_s and _median(one) >= LEAST_S}
    if not seen:
        return Standing((), {})
    least = seen[min(seen, key=lambda impl: (_median(seen[impl]), impl))]
    return Standing(tuple(sorted(seen, key=lambda impl: (time_ratio(seen[impl], least).median, impl))), seen)


def slower(one: Measurement, other: Measurement) -> bool:
    """Return whether the interval of one / other lies above TIE, or above CLEAR if its confidence is too low."""
    ratio = time_ratio(one, other)
    return ratio.low > (TIE if ratio.confidence >= CONFIDENCE else CLEAR)


def named(words: Sequence[str]) -> str:
    """Return the members of a tie as text, MOST_NAMED at most: a, b, c and 2 more."""
    more = len(words) - MOST_NAMED
    return listing([*words[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def _median(measurement: Measurement) -> float:
    return median(measurement.samples_s)
