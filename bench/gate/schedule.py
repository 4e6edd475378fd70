"""Schedule of a check: which implementation's pair is measured next, in which cells, and for how long."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import chain

from gradrace.bench.gate.levels import looks
from gradrace.bench.gate.pace import LEAST_SHARE, pace
from gradrace.bench.gate.screening import Screening, screening
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally
from gradrace.bench.gate.together import Together, by_kind
from gradrace.bench.gate.verdicts import More
from gradrace.bench.timing import Deadline

GUESS_S = 3.0
"""Seconds to start a pair, and for it in its cells, as long as none was measured."""


@dataclass(slots=True)
class Schedule:
    """Schedule of the pairs of all implementations.

    Attributes:
        groups: Tallies of each implementation, by its name.
        until: Deadline of the last pair.
        tallies: Number of tallies that share the level.
        tests: Number of tests of cells together that share theirs.
        screenings: Screening of each implementation's descents.
        together: Gradients, and descents, of each implementation in all cells.
    """

    groups: Mapping[str, Sequence[Tally]]
    until: Deadline
    tallies: int = field(init=False)
    tests: int = field(init=False)
    screenings: Mapping[str, Screening] = field(init=False)
    together: Mapping[str, Sequence[Together]] = field(init=False)

    def __post_init__(self) -> None:
        self.tallies = max(1, sum(not tally.new for tally in chain.from_iterable(self.groups.values())))
        self.screenings = {name: screening(mine) for name, mine in self.groups.items()}
        self.together = by_kind(self.groups)
        self.tests = sum(map(len, self.together.values()))

    def add(self, name: str) -> None:
        """Add the last pair of an implementation to its screening, and to the tests of all its cells together."""
        self.screenings[name].add()
        for one in self.together[name]:
            one.add(self.tests)

    def end(self) -> None:
        """Make the last tests, in place of those for which the budget didn't suffice."""
        for tally in chain.from_iterable(self.groups.values()):
            tally.end(self.tallies)
        for one in chain.from_iterable(self.together.values()):
            one.end(self.tests)

    def next(self) -> str | None:
        """Return the implementation whose pair is measured next; None if all are decided or the time is over.

        Those with a few pairs get LEAST_PAIRS first. Then come, until something is shown to fail, those that look
        slower and aren't too noisy, then those without a pair, as many as fit the time, then those that need the fewest
        further pairs.
        """
        left_s = self.until.left_s()
        due = {name: mine for name in self.groups if (mine := self._due(name))}
        cost_s = {name: self._pair_s(name) for name in due}
        able = [name for name, seconds in cost_s.items() if seconds <= left_s]
        least = {name: self._least(name) for name in able}
        begun = [name for name in able if 0 < least[name] < LEAST_PAIRS]
        fresh = [name for name in able if least[name] == 0 and LEAST_PAIRS * cost_s[name] <= left_s]
        known = [name for name in able if least[name] >= LEAST_PAIRS]
        slow = [name for name in known if any(map(self._may_be_shown, self.cells(name)))]
        alarm = any(tally.fails for tally in chain.from_iterable(self.groups.values()))
        for group in (begun, [] if alarm else slow, fresh, known, able):
            if group:
                return min(group, key=lambda name: min(map(self._wanted, due[name])) * cost_s[name])
        return None

    def cells(self, name: str) -> list[Tally]:
        """Return as many tallies as can be decided in the time that is left, as predicted; the soonest at least.

        If gradients look slower together, they are all measured, if the time suffices for the pairs of their first
        test, or else the suspects whose pairs give the most log-ratios a second.
        """
        due, left_s, chosen = self._due(name), self.until.left_s(), list[Tally]()
        if (slower := self._gradients(name)) and (pairs := slower.missing(self.tests)):
            return due if pairs * _seconds(due) <= left_s else _most_ratios(slower.suspects)
        for tally in sorted(due, key=lambda one: self._wanted(one) * one.pair_s):
            start_s = 0.0 if chosen else tally.start_s
            left_s -= self._wanted(tally) * (start_s + tally.pair_s)
            if left_s < 0 and chosen:
                break
            chosen.append(tally)
        return chosen

    def pace(self) -> float:
        """Return the share of the usual rounds with which the least pairs fit the time, or else those of slowdowns.

        A slowdown is only shown after a fixed number of pairs. The pairs of one that is clear are shortened so that
        they fit. The test isn't exact then; simulated checks keep its level.
        """
        left_s = self.until.left_s()
        due = [self.cells(name) if self._gradients(name) else self._due(name) for name in self._soonest_first()]
        least = [[(tally, self._missing(tally)) for tally in mine] for mine in due]
        if any(number for mine in least for _, number in mine):
            return pace(least, LEAST_SHARE * left_s, left_s)
        clear = [[(tally, tally.pairs_wanted(self.tallies)) for tally in mine if tally.clearly_slower] for mine in due]
        return pace(clear, left_s)

    def more(self, tally: Tally, cost: float = 1.0) -> More:
        """Return the further pairs that would settle a tally; their seconds hold its share of the start.

        cost: seconds of a larger budget that a second of further pairs takes.
        """
        mine, pairs, often = self.groups[tally.impl], tally.pairs_wanted(self.tallies), 1.0
        if self._is_screened(tally):
            screened = self.screenings[tally.impl]
            pairs, often = screened.missing, len(screened.turn) / len(screened.tallies)
        count = max(1, sum(one.is_open for one in mine))
        share_s = often * tally.pair_s + tally.start_s / count if tally.pair_s else GUESS_S * (1 / len(mine) + 1 / 4)
        return More(pairs, cost * pairs * share_s)

    def _soonest_first(self) -> list[str]:
        """Return the implementations in the order of their least pairs: first those that have some of these."""
        due = [name for name in self.groups if self._due(name)]
        return sorted(
            due,
            key=lambda name: (
                self._least(name) in (0, LEAST_PAIRS),
                (LEAST_PAIRS - self._least(name)) * self._pair_s(name),
            ),
        )

    def _least(self, name: str) -> int:
        """Return how many of the least pairs an implementation has in each cell."""
        return LEAST_PAIRS - max(map(self._missing, self._due(name)))

    def _due(self, name: str) -> list[Tally]:
        """Return the tallies that the next pair should measure: of screened descents, those whose turn it is.

        Descents wait as long as the gradients look slower together.
        """
        mine, turn = [tally for tally in self.groups[name] if tally.is_open], self.screenings[name].turn
        if self._gradients(name):
            return [tally for tally in mine if not tally.steps]
        return [tally for tally in mine if not self._is_screened(tally) or tally in turn]

    def _missing(self, tally: Tally) -> int:
        """Return how many of the least pairs are missing."""
        if self._is_screened(tally):
            return self.screenings[tally.impl].missing
        return max(0, LEAST_PAIRS - len(tally.pairs))

    def _gradients(self, name: str) -> Together | None:
        """Return the gradients of an implementation if they look slower together."""
        return next((one for one in self.together[name] if one.suspects and not one.tallies[0].steps), None)

    def _is_screened(self, tally: Tally) -> bool:
        """Return whether it waits for the other cells of a screening."""
        screened = self.screenings[tally.impl]
        return not screened.over and tally in screened.tallies

    def _wanted(self, tally: Tally) -> int:
        """Return the number of further pairs that would settle it."""
        return self._missing(tally) or tally.pairs_wanted(self.tallies)

    def _may_be_shown(self, tally: Tally) -> bool:
        """Return whether a tally looks slower, and isn't so noisy that it would be undecided after its last test."""
        return tally.looks_slower() and tally.pairs_wanted(self.tallies) <= looks(self.tallies)[-1]

    def _pair_s(self, name: str) -> float:
        """Return the predicted seconds of the next pair: as the last one, or its start and the cells of the others.

        Its start is known from the verification. Dask's clusters start in 3 s: of three implementations, it came first,
        and took the others' time.
        """
        wanted = self.cells(name)
        if any(tally.pair_s for tally in wanted):
            return _seconds(wanted)
        known = [_cells_s(mine) for mine in self.groups.values() if any(tally.pair_s for tally in mine)]
        start_s = max(tally.start_s for tally in wanted)
        return start_s + (sum(known) / len(known) if known else GUESS_S)


def _cells_s(mine: Sequence[Tally]) -> float:
    """Return the seconds of a pair in these cells without its start, as the last one in each."""
    return sum(tally.pair_s for tally in mine)


def _seconds(mine: Sequence[Tally]) -> float:
    """Return the seconds of a pair in these cells, as the last one in each."""
    return max(tally.start_s for tally in mine) + _cells_s(mine)


def _most_ratios(mine: Sequence[Tally]) -> list[Tally]:
    """Return the cells whose pairs give the most log-ratios a second: the fastest ones."""
    fastest = sorted(mine, key=lambda one: one.pair_s)
    return max((fastest[:count] for count in range(1, 1 + len(fastest))), key=lambda some: len(some) / _seconds(some))
