"""Rounds: every candidate once a round, in balanced random order, so that drift of the machine falls on all alike."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from gradrace.bench.results import ErrorOverBound
from gradrace.bench.workers.client import Worker
from gradrace.bench.workers.process import WorkerFailed

LEAST_ROUNDS = 6
"""The fewest samples whose range holds the median with 95 % (2 · ½⁶ = 3 %)."""

MOST_ROUNDS = 31
"""Then the interval runs from the 10th to the 22nd sample; it would narrow further only with the root of the time."""


@dataclass(slots=True)
class Candidate:
    """A worker that is right in a cell, and what it does in the rounds.

    call_s: about what one call takes. calls: how many make a sample. descends: whether its descents are timed.
    enter_s: seconds until here: load, prepare, verify, calibrate. cores: how many it keeps busy.
    """

    worker: Worker
    prepare_s: float
    first_call_s: float
    call_s: float
    calls: int
    descends: bool
    enter_s: float
    cores: float
    error_over_bound: ErrorOverBound | None
    samples_s: list[float] = field(default_factory=list)
    rounds: list[int] = field(default_factory=list)
    descent_step_s: list[float] = field(default_factory=list)
    failure: str | None = None

    @property
    def sample_s(self) -> float:
        """About what one sample takes."""
        return self.calls * self.call_s


def latin_orders(count: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Orders of 0..count-1 without end. In each `count` successive ones, everyone stands once in every place.

    Each block is a cyclic Latin square with its rows, columns and symbols shuffled.
    """
    while True:
        rows, columns, symbols = (rng.permutation(count) for _ in range(3))
        for row in rows:
            yield [int(symbols[(row + column) % count]) for column in columns]


def run_rounds(
    candidates: list[Candidate],
    rng: np.random.Generator,
    time_left: Callable[[], bool],
    take: Callable[[Candidate, int], None],
) -> None:
    """Let every candidate take its turn once a round until the time or the rounds are over; LEAST_ROUNDS in any case.

    take: one turn of an candidate in the round of that number. One that fails is marked and takes no further part.
    """
    orders = latin_orders(len(candidates), rng)
    for number in range(MOST_ROUNDS if candidates else 0):
        if number >= LEAST_ROUNDS and not time_left():
            break
        for index in next(orders):
            if candidates[index].failure is None:
                try:
                    take(candidates[index], number)
                except WorkerFailed as error:
                    candidates[index].failure = str(error)
