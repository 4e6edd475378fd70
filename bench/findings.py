"""What the pairs of one implementation in one cell come to."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Literal

from msgspec import Struct
from msgspec.structs import replace

from bench import plan
from bench.evidence import Ratio, Verdict, ratio, verdict
from bench.heat import Heat
from bench.pairs import SideOut
from bench.results import Cell

LEAST_PAIRS = 6
"""The fewest whose interval reaches 95 %."""


class Finding(Struct, frozen=True, kw_only=True):
    """What is known of one implementation in one cell.

    ratio, low, high: NEW's time over OLD's, and its interval of at least `confidence`; None if nothing was measured.
    screening, fresh: the ratio of each pair. p: the chance of such evidence if NEW weren't slower than the threshold;
    level: what it is held against. reason: what went wrong, or what would help.
    """

    impl: str
    cell: Cell
    outcome: Literal["faster", "same", "slower", "can't tell", "wrong", "failed", "skipped"]
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    screening: list[float] = []
    fresh: list[float] = []
    p: float | None = None
    level: float | None = None
    reason: str | None = None

    @property
    def alarms(self) -> bool:
        """Whether this fails the check."""
        return self.outcome in ("slower", "wrong", "failed")


@dataclass(slots=True)
class Tally:
    """What the pairs so far say of one implementation in one cell: log-ratios, or why there are none.

    pair_s: seconds that the last pair took. suspicious: the fresh ones are to decide. stopped: no more are wanted.
    slower: the fresh ones have decided.
    """

    impl: str
    heat: Heat
    screening: list[float] = field(default_factory=list)
    fresh: list[float] = field(default_factory=list)
    out: SideOut | None = None
    pair_s: float = 0.0
    suspicious: bool = False
    stopped: bool = False
    p: float | None = None
    level: float | None = None
    slower: bool = False


def finding(tally: Tally, threshold: float, pair_s: float) -> Finding:
    """What the pairs come to. pair_s: what one of them takes, to say how long the others would."""
    blank = Finding(impl=tally.impl, cell=tally.heat.cell, outcome="can't tell")
    if tally.out is not None:
        return _out(blank, tally.out)
    pairs = tally.fresh if tally.suspicious and tally.fresh else tally.screening
    if not pairs:
        return replace(blank, reason="the budget was over before it was measured; give a larger --budget")
    found = ratio(pairs)
    said = Verdict.SLOWER if tally.slower else verdict(found, threshold)
    if said is Verdict.SLOWER and not tally.slower:
        said = Verdict.UNKNOWN
    return replace(
        blank,
        outcome=said.value,
        ratio=found.middle,
        low=found.low,
        high=found.high,
        confidence=found.confidence,
        screening=[math.exp(value) for value in tally.screening],
        fresh=[math.exp(value) for value in tally.fresh],
        p=tally.p,
        level=tally.level,
        reason=_what_would_help(found, len(pairs), threshold, pair_s) if said is Verdict.UNKNOWN else None,
    )


def _out(blank: Finding, out: SideOut) -> Finding:
    """NEW's fault fails the check; OLD's leaves nothing to compare with, and is told."""
    absence = out.absence
    if out.new and absence.outcome in ("wrong", "failed"):
        return replace(blank, outcome=absence.outcome, reason=f"{absence.stage}: {absence.message}")
    side = "" if absence.outcome in ("skipped", "unavailable") else "OLD is at fault itself: "
    return replace(blank, outcome="skipped", reason=f"{side}{absence.stage}: {absence.message}")


def _what_would_help(found: Ratio, pairs: int, threshold: float, pair_s: float) -> str:
    """How many pairs would settle it, and seconds: intervals narrow with the root of the number of pairs."""
    width = math.log(found.high / found.low) / 2
    limit = math.log1p(threshold)
    margin = abs(abs(math.log(found.middle)) - limit)
    needed = max(LEAST_PAIRS, math.ceil(pairs * (width / max(margin, limit / 4)) ** 2))
    return f"about {needed} pairs would tell, {plan.about(needed * pair_s)}: a larger --budget, or a quieter machine"
