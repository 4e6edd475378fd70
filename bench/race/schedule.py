"""The rounds of a cell: further ones are for candidates whose ratios, as reports print them, are uncertain."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.rounds import FEWEST_SLOW_ROUNDS, LEAST_ROUNDS, MOST_ROUNDS, SLOW_ROUNDS
from gradrace.bench.results import BASELINE, FLOORS, floor_of
from gradrace.bench.stats import median_interval, paired_ratio, relative

PRECISION = 0.05
"""Half-width of a ratio's interval, as a share of the ratio, at which it is narrow enough."""

STOPPING_CONFIDENCE = 0.98
"""Confidence of the intervals that must be narrow. A race that ends as soon as its 95 % intervals are narrow ends where
they are too narrow by chance: in simulated rounds they held the true ratio in 92 %, with 98 % in 94 to 95 %.
"""

SLOW_PLACES = range(0, LEAST_ROUNDS, LEAST_ROUNDS // SLOW_ROUNDS)
"""The rounds in which slow calls are samples."""

FAIR = 2.0
"""Multiple of the candidates' mean time in the rounds, beyond which one waits for the others."""


@dataclass(slots=True)
class Schedule:
    """The rounds of a cell. taking_part: names of the candidates in the present round."""

    racing: Sequence[Candidate]
    precision: float
    taking_part: set[str] = field(default_factory=set)

    def rounds(self, time_left: Callable[[], bool]) -> Iterator[int]:
        """Yield the numbers of rounds: LEAST_ROUNDS in any case, then while there is time and a ratio is uncertain."""
        for number in range(MOST_ROUNDS):
            if number < LEAST_ROUNDS:
                slow_too = number in SLOW_PLACES[: SLOW_ROUNDS if time_left() else FEWEST_SLOW_ROUNDS]
                self.taking_part = {one.worker.name for one in self.racing if slow_too or not one.is_slow}
            elif not time_left() or not (uncertain := self._uncertain()):
                return
            else:
                self.taking_part = uncertain
            yield number

    def _uncertain(self) -> set[str]:
        """Return the candidates with an uncertain ratio, and those that these are compared with.

        One that has taken far more time than the others waits.
        """
        racing = [one for one in self.racing if not one.is_out]
        mean_s = sum(one.timed_s for one in racing) / max(1, len(racing))
        able = [one for one in racing if one.timed_s <= FAIR * mean_s]
        partners = [one for one in references(able) if not one.is_slow]
        uncertain = {one.worker.name for one in able if half_width(one, partners) > self.precision}
        return uncertain | ({one.worker.name for one in partners} if uncertain else set())


def references(racing: Sequence[Candidate]) -> list[Candidate]:
    """Return what the others are compared with: the limits, the baseline, and the fastest."""
    fastest = min((one for one in racing if one.worker.name not in FLOORS), key=_least_s, default=None)
    return [one for one in racing if one.worker.name in (*FLOORS, BASELINE) or one is fastest]


def half_width(candidate: Candidate, partners: Sequence[Candidate]) -> float:
    """Return the largest half-width of its ratios to the partners, as shares of the ratios, at STOPPING_CONFIDENCE.

    Where it has no partner, that of its own median counts. The limit of another device is no partner.
    """
    own = candidate.worker.name
    others = [one for one in partners if one is not candidate]
    others = [one for one in others if one.worker.name not in FLOORS or one.worker.name == floor_of(own)]
    if not others:
        return 0.0 if own in FLOORS else relative(median_interval(candidate.samples_s, STOPPING_CONFIDENCE))
    if candidate.is_slow:
        return 0.0
    ratios = [paired_ratio(candidate.by_round(), one.by_round(), STOPPING_CONFIDENCE) for one in others]
    return max((relative(ratio) for ratio in ratios if ratio is not None), default=0.0)


def _least_s(candidate: Candidate) -> float:
    return min(candidate.samples_s, default=float("inf"))
