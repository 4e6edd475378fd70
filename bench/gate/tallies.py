"""Tally of the pairs of one implementation in one cell: of its gradient, or of its descents."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from statistics import median

from gradrace.bench.gate.evidence import Ratio, Verdict, p_above, ratio, verdict
from gradrace.bench.gate.levels import LOOKS, MISSES, SPEED, looks, missing, preparations
from gradrace.bench.gate.limits import USUAL, Limits
from gradrace.bench.gate.pairs.blame import SideOut
from gradrace.bench.gate.pairs.preparations import Prepared
from gradrace.bench.gate.pairs.rounds import Measured
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import Cell

LEAST_PAIRS = 6
"""Minimum number of pairs for an interval with 95 % confidence."""

MOST_FAULTS = 2
"""Number of pairs in which a process crashes, hangs or looks as if it cheated, until that counts: one may be noise."""

SUSPICION = 0.5
"""Share of the threshold above which a slowdown is suspicious and measured first."""


@dataclass(slots=True, eq=False)
class Tally:
    """Results so far of one implementation in one cell: log-ratios of its pairs, or why there are none.

    Attributes:
        impl: Name of the implementation.
        ready: The cell with its saved problem.
        limits: Slowdown and additional memory that pass.
        steps: Number of steps of a descent, if descents are compared; 0 for gradients.
        asked: Requested cells that this one stands for, as in `Finding`.
        pairs: Log-ratios of the pairs.
        old_s: Seconds of a call, or of a step, of OLD in each pair.
        peaks: Peak memory of OLD and NEW in bytes in each pair, where it is known.
        prepares: Seconds of `prepare` of OLD and NEW in each pair.
        new: Whether only NEW has it.
        verified: Whether its gradients have been verified.
        faults: Faults that may be noise.
        out: Why it can't be measured.
        pair_s: Seconds that the last pair took.
        start_s: Seconds that the start of the last pair took.
        rounds_s: Seconds that the rounds of the last pair take at the usual pace.
        others_s: Seconds that all else took in the last pair.
        spent_s: Seconds that all pairs took.
        stopped: Whether no more gradients are measured.
        p: The p-value at the last test.
        slower: Whether the pairs have shown it to be slower.
        together: Whether they have shown it only together with the implementation's other cells.
        screened: Ratio of the descents that passed the screening together, if this one did.
        slower_prepare: Whether the pairs have shown its `prepare` to be slower.
        prepare_is_decided: Whether its `prepare` isn't tested again.
    """

    impl: str
    ready: ReadyCell
    limits: Limits = USUAL
    steps: int = 0
    asked: tuple[Cell, ...] = ()
    pairs: list[float] = field(default_factory=list)
    old_s: list[float] = field(default_factory=list)
    peaks: list[tuple[int, int]] = field(default_factory=list)
    prepares: list[Prepared] = field(default_factory=list)
    new: bool = False
    verified: bool = False
    faults: list[SideOut] = field(default_factory=list)
    out: SideOut | None = None
    pair_s: float = 0.0
    start_s: float = 0.0
    rounds_s: float = 0.0
    others_s: float = 0.0
    spent_s: float = 0.0
    stopped: bool = False
    p: float | None = None
    slower: bool = False
    together: bool = False
    screened: Ratio | None = None
    slower_prepare: bool = False
    prepare_is_decided: bool = False

    @property
    def is_open(self) -> bool:
        """Return whether further pairs may decide it."""
        undecided = not self.stopped or (not self.slower and self.prepare_looks_slower)
        return self.verified and self.out is None and not self.new and undecided

    @property
    def threshold(self) -> float:
        """Return the slowdown that passes, 0.05 for 5 %."""
        return self.limits.slowdown(median(self.old_s)) if self.old_s else self.limits.threshold

    @property
    def begun(self) -> int:
        """Return the number of pairs so far, those that timed only `prepare` included. NEW is first in every second."""
        return max(len(self.pairs), len(self.prepares))

    @property
    def fails(self) -> bool:
        """Return whether the pairs have shown something that fails the check."""
        return self.slower or self.slower_prepare or self.needs_more_memory

    @property
    def needs_more_memory(self) -> bool:
        """Return whether the pairs have shown NEW to need more memory than passes."""
        return len(self.peaks) >= LEAST_PAIRS and self.limits.exceeded(self.peaks)

    @property
    def prepare_looks_slower(self) -> bool:
        """Return whether `prepare` was too slow in most pairs, which are too few to show it."""
        count = len(self.prepares)
        if count < LEAST_PAIRS or self.prepare_is_decided:
            return False
        return self._prepare_misses() <= min(MISSES[-1], count // 4)

    def _prepare_misses(self) -> int:
        return sum(not self.limits.takes_too_long(*one) for one in self.prepares)

    def add_prepared(self, found: Prepared, tallies: int) -> None:
        """Add a pair's preparations. They show a slowdown if enough of a fixed number of pairs are slower."""
        if not self.prepare_is_decided:
            self.prepares.append(found)
            tests, count, misses = preparations(tallies), len(self.prepares), self._prepare_misses()
            self.slower_prepare = any(count == test.pairs and misses <= test.misses for test in tests)
            self.prepare_is_decided = self.slower_prepare or count == tests[-1].pairs

    def add(self, found: Measured, tallies: int) -> None:
        """Add a pair, and test the evidence if it is time. `tallies`: how many share the level."""
        if found.prepared is not None:
            self.add_prepared(found.prepared, tallies)
        self.pairs.append(found.log_ratio)
        self.old_s.append(found.old_s)
        if found.peaks is not None:
            self.peaks.append(found.peaks)
        self.faults = [fault for fault in self.faults if not fault.is_timed]
        if len(self.pairs) in looks(tallies):
            self.look(tallies)
        if len(self.pairs) >= LEAST_PAIRS and passes(verdict(ratio(self.pairs), self.threshold)):
            self.stopped = True

    def look(self, tallies: int, shares: int = 1) -> None:
        """Test whether the pairs show it to be slower. Each tally, and each look, has an equal share of the level.

        shares: number of looks whose shares this one has.
        """
        self.p = p_above(self.pairs, self.threshold)
        self.slower = self.p <= shares * SPEED / LOOKS / tallies
        self.stopped |= self.slower

    def end(self, tallies: int) -> None:
        """Test once more in place of the tests for which the budget didn't suffice."""
        if self.pairs and not self.stopped and (shares := missing(len(self.pairs), looks(tallies))):
            self.look(tallies, shares)

    def fault(self, reason: SideOut) -> None:
        """Note a fault. What may be noise removes the tally when it comes twice; OLD's fault then excuses NEW's."""
        self.faults.append(reason)
        if reason.is_certain:
            self.out = reason
        elif len(self.faults) >= MOST_FAULTS:
            self.out = next((fault for fault in self.faults if not fault.new), reason)

    def looks_slower(self) -> bool:
        """Return whether the pairs so far suggest a slowdown: their interval is above 1, and their ratio suspicious.

        By their ratio alone, noise made the first of three implementations take the others' pairs on a busy machine.
        Of 40 simulated checks with a noise of 0.1, 2 found that the third one was 20 % slower, and now 33 do.
        """
        if self.prepare_looks_slower:
            return True
        if len(self.pairs) < LEAST_PAIRS:
            return False
        found = ratio(self.pairs)
        return found.low > 1 and found.middle > 1 + SUSPICION * self.threshold

    @property
    def only_slower(self) -> bool:
        """Return whether there are pairs, and each is slower than passes: showing that takes more than LEAST_PAIRS."""
        return bool(self.pairs) and min(self.pairs) > math.log1p(self.threshold)

    @property
    def clearly_slower(self) -> bool:
        """Return whether its interval would exceed what passes even with three times the noise: only pairs are missing.

        With twice the noise, shorter pairs found 175 instead of 187 of 200 slowdowns of 5 % (threshold 2 %, noise 0.02,
        70 % of its variance shared by all cells), and as many of three implementations.
        """
        if len(self.pairs) < LEAST_PAIRS or self.stopped:
            return False
        found = ratio(self.pairs)
        return found.low**3 / found.middle**2 > 1 + self.threshold

    def pairs_wanted(self, tallies: int) -> int:
        """Return the number of further pairs that would settle the verdict."""
        if len(self.pairs) < LEAST_PAIRS:
            return (looks(tallies)[0] if self.only_slower else LEAST_PAIRS) - len(self.pairs)
        preparing = self._prepares_wanted(tallies) if self.prepare_looks_slower else 0
        if self.stopped:
            return preparing
        return max(preparing, self._gradients_wanted(tallies))

    def _prepares_wanted(self, tallies: int) -> int:
        """Return the number of further pairs until the next test that `prepare` may fail."""
        count, misses = len(self.prepares), self._prepare_misses()
        return next(one.pairs - count for one in preparations(tallies) if one.pairs > count and misses <= one.misses)

    def _gradients_wanted(self, tallies: int) -> int:
        """Return the number of further pairs that would settle the speed of the gradient.

        Intervals narrow with the square root of the number of pairs.
        """
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
