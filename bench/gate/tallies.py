"""Tally of the pairs of one implementation in one cell, and the finding that follows from it."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

from msgspec.structs import replace

from gradrace.bench.gate.evidence import Ratio, Verdict, ratio, verdict
from gradrace.bench.gate.findings import Finding
from gradrace.bench.gate.pairs import SideOut
from gradrace.bench.race import plan
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.results import FAULTS

LEAST_PAIRS = 6
"""Minimum number of pairs for an interval with 95 % confidence."""

LOOKS = (12, 19, 31)
"""Numbers of fresh pairs after which the evidence is tested.

Twelve slower pairs out of twelve have p = 0.00024. That is enough for the smallest p of ten cells at a third of 1 %.
"""


@dataclass(slots=True)
class Tally:
    """Results so far of one implementation in one cell: log-ratios of its pairs, or why there are none.

    Attributes:
        impl: Name of the implementation.
        ready: The cell with its saved problem.
        screening: Log-ratios of the screening pairs.
        fresh: Log-ratios of the pairs measured again, which alone decide once it is suspicious.
        new: Whether only NEW has it.
        out: Why it can't be measured.
        pair_s: Seconds that the last pair took.
        start_s: Seconds that the start of the last pair took.
        spent_s: Seconds that all pairs took.
        suspicious: Whether fresh pairs decide.
        stopped: Whether no more pairs are wanted.
        p: The p-value at the last test.
        slower: Whether the fresh pairs have shown it to be slower.
    """

    impl: str
    ready: ReadyCell
    screening: list[float] = field(default_factory=list)
    fresh: list[float] = field(default_factory=list)
    new: bool = False
    out: SideOut | None = None
    pair_s: float = 0.0
    start_s: float = 0.0
    spent_s: float = 0.0
    suspicious: bool = False
    stopped: bool = False
    p: float | None = None
    slower: bool = False

    @property
    def pairs(self) -> int:
        """Return the number of all pairs measured so far."""
        return len(self.screening) + len(self.fresh)


def finding(tally: Tally, threshold: float) -> Finding:
    """Return the finding that the pairs lead to."""
    blank = Finding(impl=tally.impl, cell=tally.ready.cell, outcome="can't tell", seconds=tally.spent_s)
    if tally.out is not None:
        return _out(blank, tally.out)
    if tally.new:
        return replace(blank, outcome="new", reason="right; OLD doesn't have it, so its speed can't be compared")
    pairs = tally.fresh if tally.suspicious and tally.fresh else tally.screening
    if not pairs:
        return replace(blank, reason="the budget ended before it was measured; give a larger --budget")
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
        reason=_what_would_help(tally, found, threshold) if said is Verdict.UNKNOWN else None,
    )


def _out(blank: Finding, out: SideOut) -> Finding:
    """Return the finding for a side that can't be measured.

    A fault of NEW fails the check. With a fault of OLD there is nothing to compare with: the outcome is
    "skipped", with the fault as its reason.
    """
    absence = out.absence
    if out.new and absence.outcome in FAULTS:
        return replace(blank, outcome=absence.outcome, reason=f"{absence.stage}: {absence.message}")
    side = "" if absence.outcome in ("skipped", "unavailable") else "OLD has a fault: "
    return replace(blank, outcome="skipped", reason=f"{side}{absence.stage}: {absence.message}")


def _what_would_help(tally: Tally, found: Ratio, threshold: float) -> str:
    """Return the number of further pairs, and the seconds, that would settle the verdict.

    Intervals narrow with the square root of the number of pairs.
    """
    looks_slower = tally.suspicious or found.low > 1 + threshold
    if looks_slower and (ahead := [look for look in LOOKS if look > len(tally.fresh)]):
        more = ahead[0] - len(tally.fresh)
        return f"looks slower, but the budget ended: at least {more} more fresh pairs are needed, {_more(more, tally)}"
    pairs = len(tally.fresh if tally.suspicious else tally.screening)
    width = math.log(found.high / found.low) / 2
    limit = math.log1p(threshold)
    margin = max(abs(abs(math.log(found.middle)) - limit), limit / 4)
    more = max(LEAST_PAIRS, math.ceil(pairs * (width / margin) ** 2)) - pairs
    return f"too noisy: needs about {max(1, more)} more pairs, {_more(max(1, more), tally)}, or a quieter machine"


def _more(pairs: int, tally: Tally) -> str:
    return f"{plan.about(pairs * tally.pair_s)} more of --budget for this cell alone"
