"""Preparations of a pair in a cell: the seconds of `prepare` on each side, as little disturbed as possible."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from gradrace.bench.gate.pairs.blame import SideOut
from gradrace.bench.gate.pairs.sides import Pair
from gradrace.bench.race import entering
from gradrace.bench.race.checks import Out
from gradrace.bench.race.ready import ReadyCell

TIMES, ENOUGH_S = 3, 0.15
"""Number of alternating preparations of each side, unless they have taken ENOUGH_S seconds together before.

The first preparation of a size meets cold caches and memory that the system hasn't mapped yet, and any one may be
interrupted. The fastest of three is neither. Longer ones are hardly affected, and would cost too much.
"""

ALONE_TIMES, ALONE_S = 9, 1.0
"""Number of preparations if a pair times nothing else, as it has been started for this, which takes a second."""


class Prepared(NamedTuple):
    """Seconds of the fastest preparation of OLD and NEW."""

    old_s: float
    new_s: float


def fastest(found: Sequence[Prepared]) -> Prepared:
    """Return the fastest preparations of each side."""
    return Prepared(min(one.old_s for one in found), min(one.new_s for one in found))


def prepared(pair: Pair, ready: ReadyCell, *, alone: bool = False, again: bool = False) -> Prepared:
    """Prepare the cell's problem on both sides, several times if that is short; return the seconds.

    alone: whether the pair times nothing else.
    again: whether the pair has done so before in this cell; it then prepares once, for a further measurement.

    Raises:
        SideOut: If one of them fails. Its side is the one that did.
    """
    found, times, enough_s = [_once(pair, ready)], ALONE_TIMES if alone else TIMES, ALONE_S if alone else ENOUGH_S
    while not again and sum(map(sum, found)) < enough_s and len(found) < times:
        found.append(_once(pair._replace(new_first=pair.new_first == (len(found) % 2 == 0)), ready))
    return fastest(found)


def _once(pair: Pair, ready: ReadyCell) -> Prepared:
    seconds = {}
    for new, worker in pair.in_turn():
        try:
            seconds[new] = entering.prepare(ready, worker, lambda: 0.0).prepare_s
        except Out as out:
            raise SideOut(new, out.absence) from out
    return Prepared(seconds[False], seconds[True])
