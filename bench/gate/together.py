"""Test of an implementation in all cells together, as a slowdown usually shows in several: gradients, or descents."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from statistics import median

from gradrace.bench.gate.evidence import p_above
from gradrace.bench.gate.levels import LOOKS, TOGETHER, looks, missing
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally

SUSPICIOUS = 1 / 4
"""Largest p-value of cells that look slower together. They do after two pairs if both are slower than passes."""

NAMED = 0.05
"""Largest p-value of a cell that is called slower because all are together; the one with the smallest p always is."""


@dataclass(slots=True)
class Together:
    """Pairs of one implementation in all cells: of its gradients, or of its descents.

    The median of a pair's log-ratios over cells has less noise than a single one, and one disturbed cell doesn't change
    its sign. It is that of the cells that looked slower in earlier pairs, as others would hide a slowdown of a few.
    Which cells count, and which are measured, depends on earlier pairs only, so the median is still symmetric if a
    pair's processes are exchangeable.

    Attributes:
        tallies: The tallies of the cells.
        medians: Median excess of each pair: log-ratio minus the logarithm of the ratio that passes, over its cells.
        seen: Number of pairs of each tally so far.
        slower: Whether the pairs have shown them to be slower.
    """

    tallies: Sequence[Tally]
    medians: list[float] = field(default_factory=list)
    seen: list[int] = field(default_factory=list)
    slower: bool = False

    def add(self, tests: int) -> None:
        """Add the last pair, and test the evidence if it is time. `tests`: how many such tests share the level."""
        before = self.seen or [0] * len(self.tallies)
        self.seen = [len(tally.pairs) for tally in self.tallies]
        fresh = [tally for tally, least, now in zip(self.tallies, before, self.seen, strict=True) if now > least]
        if fresh:
            slower = [tally for tally in fresh if tally.pairs[1:] and _excess(tally, median(tally.pairs[:-1])) > 0]
            self.medians.append(median(_excess(tally, tally.pairs[-1]) for tally in slower or fresh))
            if len(self.medians) in looks(tests, TOGETHER):
                self.look(tests)

    @property
    def suspects(self) -> list[Tally]:
        """Return the open cells that look slower, if they do so together and none is shown to be; else none."""
        if not self.medians or p_above(self.medians, 0.0) > SUSPICIOUS or any(tally.slower for tally in self.tallies):
            return []
        mine = [tally for tally in self.tallies if tally.is_open and tally.pairs]
        return [tally for tally in mine if _excess(tally, median(tally.pairs)) > 0] or mine

    def missing(self, tests: int) -> int:
        """Return the number of further pairs until the first test."""
        return max(0, looks(tests, TOGETHER)[0] - len(self.medians))

    def look(self, tests: int, shares: int = 1) -> None:
        """Test whether the cells together are slower, and call those slower that look it most.

        shares: number of tests whose shares of the level this one has.
        """
        measured = [tally for tally in self.tallies if tally.pairs]
        p = p_above(self.medians, 0.0)
        if self.slower or len(measured) <= 1 or len(self.medians) < LEAST_PAIRS:
            return
        if p > shares * TOGETHER / LOOKS / tests:
            return
        self.slower = True
        alone = [p_above(tally.pairs, tally.threshold) for tally in measured]
        for tally, own in zip(measured, alone, strict=True):
            if own <= max(NAMED, min(alone)) and not tally.slower:
                tally.slower, tally.together, tally.stopped, tally.p = True, True, True, p

    def end(self, tests: int) -> None:
        """Test once more in place of the tests for which the budget didn't suffice."""
        if self.medians and (shares := missing(len(self.medians), looks(tests, TOGETHER))):
            self.look(tests, shares)


def _excess(tally: Tally, log_ratio: float) -> float:
    """Return by how much a log-ratio exceeds that which passes."""
    return log_ratio - math.log1p(tally.threshold)


def by_kind(groups: Mapping[str, Sequence[Tally]]) -> dict[str, list[Together]]:
    """Return the gradients, and the descents, of each implementation that are in several cells."""
    kinds = {
        name: [
            [tally for tally in mine if bool(tally.steps) == descents and not tally.new] for descents in (False, True)
        ]
        for name, mine in groups.items()
    }
    return {name: [Together(mine) for mine in both if len(mine) > 1] for name, both in kinds.items()}
