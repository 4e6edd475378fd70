"""Tally of the pairs of one implementation in one cell, and the finding that follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median

from msgspec.structs import replace

from gradrace.bench.gate.evidence import LEVEL, Ratio, Verdict, p_above, ratio, verdict
from gradrace.bench.gate.findings import Finding
from gradrace.bench.gate.limits import USUAL, Limits
from gradrace.bench.gate.pairs import Measured, SideOut
from gradrace.bench.race import plan
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import FAULTS, Cell

LEAST_PAIRS = 6
"""Minimum number of pairs for an interval with 95 % confidence."""

LOOKS = 3
"""Number of tests of a tally, each with an equal share of its level."""

MOST_FAULTS = 2
"""Number of pairs in which a process crashes, hangs or looks as if it cheated, until that counts: one may be noise."""

SUSPICION = 0.5
"""Share of the threshold above which a slowdown is suspicious and measured first."""


def looks(tallies: int) -> tuple[int, ...]:
    """Return the numbers of pairs after which each of so many tallies is tested; they don't depend on the data.

    At the first, all pairs but the least clear one have to be slower.
    """
    first = 1 + math.ceil(math.log2(LOOKS * max(tallies, 1) / LEVEL))
    return tuple(math.ceil(first * 1.6**number) for number in range(LOOKS))


@dataclass(slots=True)
class Tally:
    """Results so far of one implementation in one cell: log-ratios of its pairs, or why there are none.

    Attributes:
        impl: Name of the implementation.
        ready: The cell with its saved problem.
        limits: Slowdown and additional memory that pass.
        asked: Requested cells that this one stands for, as in `Finding`.
        pairs: Log-ratios of the pairs.
        old_s: Seconds of a call of OLD in each pair.
        peaks: Peak memory of OLD and NEW in bytes in each pair, where it is known.
        new: Whether only NEW has it.
        verified: Whether its gradients have been verified.
        faults: Faults that may be noise.
        out: Why it can't be measured.
        pair_s: Seconds that the last pair took.
        start_s: Seconds that the start of the last pair took.
        spent_s: Seconds that all pairs took.
        stopped: Whether no more pairs are wanted.
        p: The p-value at the last test.
        slower: Whether the pairs have shown it to be slower.
    """

    impl: str
    ready: ReadyCell
    limits: Limits = USUAL
    asked: tuple[Cell, ...] = ()
    pairs: list[float] = field(default_factory=list)
    old_s: list[float] = field(default_factory=list)
    peaks: list[tuple[int, int]] = field(default_factory=list)
    new: bool = False
    verified: bool = False
    faults: list[SideOut] = field(default_factory=list)
    out: SideOut | None = None
    pair_s: float = 0.0
    start_s: float = 0.0
    spent_s: float = 0.0
    stopped: bool = False
    p: float | None = None
    slower: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether further pairs may decide it."""
        return self.verified and self.out is None and not self.new and not self.stopped

    @property
    def threshold(self) -> float:
        """Return the slowdown that passes, 0.05 for 5 %."""
        return self.limits.slowdown(median(self.old_s)) if self.old_s else self.limits.threshold

    @property
    def needs_more_memory(self) -> bool:
        """Return whether the pairs have shown NEW to need more memory than passes."""
        return len(self.peaks) >= LEAST_PAIRS and self.limits.exceeded(self.peaks)

    def add(self, found: Measured, tallies: int) -> None:
        """Add a pair, and test the evidence if it is time. `tallies`: how many share the level."""
        self.pairs.append(found.log_ratio)
        self.old_s.append(found.old_s)
        if found.peaks is not None:
            self.peaks.append(found.peaks)
        self.faults = [fault for fault in self.faults if not fault.is_timed]
        if len(self.pairs) in looks(tallies):
            self.look(tallies)
        if len(self.pairs) >= LEAST_PAIRS and passes(verdict(ratio(self.pairs), self.threshold)):
            self.stopped = True

    def look(self, tallies: int) -> None:
        """Test whether the pairs show it to be slower. Each tally, and each look, has an equal share of the level."""
        self.p = p_above(self.pairs, self.threshold)
        self.slower = self.p <= LEVEL / LOOKS / tallies
        self.stopped |= self.slower

    def fault(self, reason: SideOut) -> None:
        """Note a fault. What may be noise removes the tally when it comes twice; OLD's fault then excuses NEW's."""
        self.faults.append(reason)
        if reason.is_certain:
            self.out = reason
        elif len(self.faults) >= MOST_FAULTS:
            self.out = next((fault for fault in self.faults if not fault.new), reason)

    def looks_slower(self) -> bool:
        """Return whether the pairs so far suggest a slowdown."""
        return len(self.pairs) >= LEAST_PAIRS and ratio(self.pairs).middle > 1 + SUSPICION * self.threshold

    def pairs_wanted(self, tallies: int) -> int:
        """Return the number of further pairs that would settle the verdict.

        Intervals narrow with the square root of the number of pairs.
        """
        if len(self.pairs) < LEAST_PAIRS:
            return LEAST_PAIRS - len(self.pairs)
        found, threshold = ratio(self.pairs), self.threshold
        ahead = [look for look in looks(tallies) if look > len(self.pairs)]
        if found.low > 1 + threshold and ahead:
            return ahead[0] - len(self.pairs)
        width, limit = math.log(found.high / found.low) / 2, math.log1p(threshold)
        margin = max(abs(math.log(found.middle) - limit), limit / 4)
        return max(1, math.ceil(len(self.pairs) * (width / margin) ** 2) - len(self.pairs))


def passes(said: Verdict) -> bool:
    """Return whether a verdict excludes a slowdown."""
    return said in (Verdict.FASTER, Verdict.SAME, Verdict.NOT_SLOWER)


def finding(tally: Tally, tallies: int, pair_s: float) -> Finding:
    """Return the finding that the pairs lead to. `pair_s`: seconds that another pair of it takes."""
    blank = Finding(
        impl=tally.impl,
        cell=tally.ready.cell,
        asked=list(tally.asked),
        outcome="can't tell",
        seconds=tally.spent_s,
        threshold=tally.threshold,
        peaks=tally.peaks,
        more_memory=tally.needs_more_memory,
    )
    if tally.out is not None:
        return _out(blank, tally.out)
    if not tally.verified:
        return replace(
            blank, more_s=LEAST_PAIRS * pair_s, reason="the budget ended before it was verified; give a larger --budget"
        )
    if tally.new:
        return replace(blank, outcome="new", reason="right; OLD doesn't have it, so its speed can't be compared")
    more_s = tally.pairs_wanted(tallies) * pair_s
    if not tally.pairs:
        reason = "the budget ended before it was measured; give a larger --budget"
        return replace(blank, more_s=more_s, reason=reason)
    found = ratio(tally.pairs)
    said = Verdict.SLOWER if tally.slower else verdict(found, tally.threshold)
    if said is Verdict.SLOWER and not tally.slower:
        said = Verdict.UNKNOWN
    larger = tally.needs_more_memory and not tally.slower
    unknown = said is Verdict.UNKNOWN and not larger
    return replace(
        blank,
        outcome="more memory" if larger else said.value,
        ratio=found.middle,
        low=found.low,
        high=found.high,
        confidence=found.confidence,
        pairs=[math.exp(value) for value in tally.pairs],
        p=tally.p,
        more_s=more_s if unknown else None,
        reason=_what_would_help(tally, found, tallies, more_s) if unknown else None,
    )


def _out(blank: Finding, out: SideOut) -> Finding:
    """Return the finding for a side that can't be measured.

    A fault of NEW fails the check. With a fault of OLD, or a missing library, there is nothing to compare with.
    """
    absence = out.absence
    if out.new and absence.outcome in FAULTS:
        return replace(blank, outcome=absence.outcome, reason=f"{absence.stage}: {absence.message}")
    side = "" if out.new or absence.outcome in ("skipped", "unavailable") else "OLD has a fault: "
    return replace(blank, outcome="skipped", reason=f"{side}{absence.stage}: {absence.message}")


def _what_would_help(tally: Tally, found: Ratio, tallies: int, more_s: float) -> str:
    """Return the number of further pairs, and the seconds, that would settle the verdict."""
    more = tally.pairs_wanted(tallies)
    if len(tally.pairs) < LEAST_PAIRS:
        why = f"the budget ended after {len(tally.pairs)} of {LEAST_PAIRS} pairs"
    elif found.low > 1 + tally.threshold or tally.looks_slower():
        why = "looks slower, but the budget ended"
    else:
        why = "too noisy"
    pairs = "1 more pair is" if more == 1 else f"{more} more pairs are"
    return f"{why}: about {pairs} needed, {plan.about(more_s)} more of --budget, or a quieter machine"
