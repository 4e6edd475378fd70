"""Pace of a check: how long a pair is measured, so that the pairs that are needed fit the budget."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import NamedTuple

from gradrace.bench.gate.tallies import Tally

LEAST_PACE = 0.3
"""Smallest share of the usual rounds. A pair then has about twice the noise."""

LEAST_SHARE = 0.55
"""Share of the time that the least pairs may take, as a slowdown needs twice as many to be shown.

With 0.85, none of 25 simulated checks found that the third of three implementations was 20 % slower, with descents, on
one core, and a noise of 0.02. With 0.55 all did, and of the checks of identical code 25 passed instead of 20.
"""


class Need(NamedTuple):
    """Seconds that further pairs need: in their rounds at the usual pace, and besides."""

    rounds_s: float
    others_s: float

    def at(self, pace: float) -> float:
        """Return the seconds at a pace."""
        return pace * self.rounds_s + self.others_s


GUESS = Need(0.7, 0.3)
"""Need of a pair in a cell, as long as none was measured."""


def pace(groups: Sequence[Sequence[tuple[Tally, int]]], wanted_s: float, left_s: float = math.inf) -> float:
    """Return the share of the usual rounds with which further pairs fit the wanted seconds; at most 1.

    An implementation is left out if its pairs don't fit the time that is left, after those before it. They would
    shorten those of the others in vain.

    Args:
        groups: Tallies of each implementation that its next pair measures, with the number of further pairs, in the
            order in which they are measured.
        wanted_s: Seconds that they should take.
        left_s: Seconds that they can take.
    """
    known = [tally for mine in groups for tally, _ in mine if tally.rounds_s]
    guess = Need(fmean(one.rounds_s for one in known), fmean(one.others_s for one in known)) if known else GUESS
    rounds_s, others_s = 0.0, 0.0
    for need in (_need(mine, guess) for mine in groups):
        if rounds_s == 0.0 or need.at(LEAST_PACE) <= left_s:
            left_s -= need.at(LEAST_PACE)
            rounds_s, others_s = rounds_s + need.rounds_s, others_s + need.others_s
    return min(1.0, max(LEAST_PACE, (wanted_s - others_s) / rounds_s)) if rounds_s else 1.0


def _need(mine: Sequence[tuple[Tally, int]], guess: Need) -> Need:
    """Return what an implementation's further pairs need. guess: what one needs in a cell, if it isn't known."""
    missing = max((number for _, number in mine), default=0)
    if missing == 0:
        return Need(0.0, 0.0)
    each = [Need(tally.rounds_s, tally.others_s) if tally.rounds_s else guess for tally, _ in mine]
    start_s = max(tally.start_s for tally, _ in mine)
    return Need(missing * sum(one.rounds_s for one in each), missing * (start_s + sum(one.others_s for one in each)))
