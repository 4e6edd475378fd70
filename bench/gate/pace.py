"""Pace of a check: how long a pair is measured, so that the pairs that are needed fit the budget."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean

from gradrace.bench.gate.tallies import Tally

LEAST_PACE = 0.3
"""Smallest share of the usual rounds. A pair then has about twice the noise."""

LEAST_SHARE = 0.55
"""Share of the time that the least pairs may take, as a slowdown needs twice as many to be shown.

With 0.85, none of 25 simulated checks found that the third of three implementations was 20 % slower, with descents, on
one core, and a noise of 0.02. With 0.55 all did, and of the checks of identical code 25 passed instead of 20.
"""

GUESS_ROUNDS_S, GUESS_OTHERS_S = 0.7, 0.3
"""Seconds of a pair's usual rounds in a cell, and of all else in it, as long as no pair was measured."""


def pace(groups: Sequence[Sequence[tuple[Tally, int]]], left_s: float) -> float:
    """Return the share of the usual rounds with which further pairs fit the seconds that are left; at most 1.

    groups: tallies of each implementation that its next pair measures, with the number of further pairs.
    """
    rounds_s, others_s = 0.0, 0.0
    known = [tally for mine in groups for tally, _ in mine if tally.rounds_s]
    guess_rounds_s = fmean(tally.rounds_s for tally in known) if known else GUESS_ROUNDS_S
    guess_others_s = fmean(tally.others_s for tally in known) if known else GUESS_OTHERS_S
    for mine in groups:
        missing = max((number for _, number in mine), default=0)
        if missing == 0:
            continue
        others_s += missing * max(tally.start_s for tally, _ in mine)
        for tally, _ in mine:
            rounds_s += missing * (tally.rounds_s or guess_rounds_s)
            others_s += missing * (tally.others_s if tally.rounds_s else guess_others_s)
    return min(1.0, max(LEAST_PACE, (left_s - others_s) / rounds_s)) if rounds_s else 1.0
