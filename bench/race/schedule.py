"""The rounds of a cell. Further rounds are for candidates whose ratios, as printed in reports, are uncertain."""

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
"""Confidence of the intervals that must be narrow. A race that stops when its 95 % intervals are narrow often stops
when they are too narrow by chance. In simulated rounds such intervals contained the true ratio in 92 %, and in 94 to
95 % when the race stopped by 98 % intervals.
"""

SLOW_PLACES = range(0, LEAST_ROUNDS, LEAST_ROUNDS // SLOW_ROUNDS)
"""Rounds in which slow candidates take a sample."""

FAIR = 2.0
"""Multiple of the candidates' mean time in the rounds, beyond which a candidate pauses."""


@dataclass(slots=True)
class Schedule:
    """Rounds of a cell.

    taking_part: names of the candidates in the current round.
    """

    racing: Sequence[Candidate]
    precision: float
    taking_part: set[str] = field(default_factory=set)

    def rounds(self, time_left: Callable[[], bool]) -> Iterator[int]:
        """Yield the numbers of rounds: at least LEAST_ROUNDS, more while there is time and a ratio is uncertain."""
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
        """Return the names of the candidates with an uncertain ratio, and of those that these are compared with.

        A candidate that has taken more than FAIR times the mean time is left out.
        """
        racing = [one for one in self.racing if not one.is_out]
        mean_s = sum(one.timed_s for one in racing) / max(1, len(racing))
        able = [one for one in racing if one.timed_s <= FAIR * mean_s]
        partners = [one for one in references(able) if not one.is_slow]
        uncertain = {one.worker.name for one in able if half_width(one, partners) > self.precision}
        return uncertain | ({one.worker.name for one in partners} if uncertain else set())


def references(racing: Sequence[Candidate]) -> list[Candidate]:
    """Return the candidates that the others are compared with: the limits, the baseline, and the fastest."""
    fastest = min((one for one in racing if one.worker.name not in FLOORS), key=_least_s, default=None)
    return [one for one in racing if one.worker.name in (*FLOORS, BASELINE) or one is fastest]


def half_width(candidate: Candidate, partners: Sequence[Candidate]) -> float:
    """Return the largest half-width of its ratios to the partners, as shares of the ratios, at STOPPING_CONFIDENCE.

    Without a partner, the half-width of its own median is returned; 0 for a limit. The limit of another device is no
    partner.
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
