"""Pace of a check: how long a pair is measured, so that every implementation gets its first pairs within the budget."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from statistics import fmean

from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally

LEAST_PACE = 0.3
"""Smallest share of the usual rounds. A pair then has about twice the noise."""

LEAST_SHARE = 0.55
"""Share of the time that the least pairs may take, as a slowdown needs twice as many to be shown.

With 0.85, none of 25 simulated checks found that the third of three implementations was 20 % slower, with descents, on
one core, and a noise of 0.02. With 0.55 all did, and of the checks of identical code 25 passed instead of 20.
"""

GUESS_ROUNDS_S, GUESS_OTHERS_S = 0.7, 0.3
"""Seconds of a pair's usual rounds in a cell, and of all else in it, as long as no pair was measured."""


def pace(groups: Iterable[Sequence[Tally]], left_s: float) -> float:
    """Return the share of the usual rounds with which the least pairs that are missing fit the seconds that are left.

    It depends on times only, not on which side is faster. It is 1 if they fit, and once all have their least pairs.
    """
    rounds_s, others_s = 0.0, 0.0
    open_ones = [[tally for tally in mine if tally.is_open] for mine in groups]
    known = [tally for mine in open_ones for tally in mine if tally.rounds_s]
    guess_rounds_s = fmean(tally.rounds_s for tally in known) if known else GUESS_ROUNDS_S
    guess_others_s = fmean(tally.others_s for tally in known) if known else GUESS_OTHERS_S
    for mine in open_ones:
        missing = max((LEAST_PAIRS - len(tally.pairs) for tally in mine), default=0)
        if missing <= 0:
            continue
        others_s += missing * max(tally.start_s for tally in mine)
        for tally in mine:
            rounds_s += missing * (tally.rounds_s or guess_rounds_s)
            others_s += missing * (tally.others_s if tally.rounds_s else guess_others_s)
    return min(1.0, max(LEAST_PACE, (LEAST_SHARE * left_s - others_s) / rounds_s)) if rounds_s else 1.0
