"""The one rule for which implementation is fastest in a cell. Headline, tables, figures and page all read it here."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from gradrace.bench.plausible import time_ratio
from gradrace.bench.results import LEAST_S, Measurement
from gradrace.bench.stats import CONFIDENCE
from gradrace.reports.words import listing

TIE = 1.05
"""Ratio of two times up to which the implementations are tied: a gate doesn't see less."""

CLEAR = 1.5
"""The same ratio where fewer than 6 rounds are shared: their interval has less than 95 % confidence."""

MOST_NAMED = 3
"""Names that a sentence or a tile shows of a tie."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Order of the implementations of one cell, the fastest first, and which of them are tied.

    The order is that of ratios within rounds to the implementation with the smallest median, so that drift of the
    machine counts for nobody.
    """

    order: tuple[str, ...]
    measured: Mapping[str, Measurement]

    def tied(self, name: str) -> tuple[str, ...]:
        """Return the implementations behind NAME that are not shown to be slower, in their order."""
        behind = self.order[self.order.index(name) + 1 :]
        return tuple(other for other in behind if not slower(self.measured[other], self.measured[name]))

    def fastest(self, among: Collection[str] | None = None) -> tuple[str, ...]:
        """Return the fastest implementation and those tied with it; among: the names to choose from, all by default."""
        shown = [name for name in self.order if among is None or name in among]
        return (shown[0], *(name for name in self.tied(shown[0]) if name in shown)) if shown else ()


def standing(measured: Mapping[str, Measurement]) -> Standing:
    """Rank the implementations of one cell, without those that the clock can't see."""
    seen = {impl: one for impl, one in measured.items() if one.samples_s and _median(one) >= LEAST_S}
    if not seen:
        return Standing((), {})
    least = seen[min(seen, key=lambda impl: (_median(seen[impl]), impl))]
    return Standing(tuple(sorted(seen, key=lambda impl: (time_ratio(seen[impl], least).median, impl))), seen)


def slower(one: Measurement, other: Measurement) -> bool:
    """Return whether the whole interval of the ratio of two times lies above TIE; above CLEAR where it is less sure."""
    ratio = time_ratio(one, other)
    return ratio.low > (TIE if ratio.confidence >= CONFIDENCE else CLEAR)


def named(words: Sequence[str]) -> str:
    """Return the members of a tie as text, MOST_NAMED at most: a, b, c and 2 more."""
    more = len(words) - MOST_NAMED
    return listing([*words[:MOST_NAMED], *([f"{more} more"] if more > 0 else [])])


def _median(measurement: Measurement) -> float:
    return median(measurement.samples_s)
