"""Rounds: every candidate once a round, in balanced random order, so that drift of the machine affects all alike."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol, TypeVar

import numpy as np

LEAST_ROUNDS = 6
"""Fewest samples whose range contains the median with 95 % confidence (2 · ½⁶ = 3 %)."""

SLOW_ROUNDS = 3
"""Samples of a slow call, which averages out its own noise. Their range contains the median with 75 % confidence."""

FEWEST_SLOW_ROUNDS = 2
"""Fewest samples of a slow call if there is no time for more."""

MOST_ROUNDS = 200
"""Largest number of rounds. The interval then runs from the 87th to the 114th sample, and more would enlarge files
rather than narrow it.
"""


class Turning(Protocol):
    """An object that takes turns in rounds."""

    @property
    def is_out(self) -> bool:
        """Return whether it takes no further turns."""


AnyTurning = TypeVar("AnyTurning", bound=Turning)
Round = TypeVar("Round")


def turns(
    candidates: Sequence[AnyTurning], rng: np.random.Generator, rounds: Iterable[Round]
) -> Iterator[tuple[Round, AnyTurning]]:
    """Yield (round, candidate) for each turn: every candidate that isn't out once a round, in balanced random order."""
    if not candidates:
        return
    orders = latin_orders(len(candidates), rng)
    for number in rounds:
        for place in next(orders):
            if not candidates[place].is_out:
                yield number, candidates[place]


def latin_orders(count: int, rng: np.random.Generator) -> Iterator[list[int]]:
    """Yield orders of 0..count-1 without end. In `count` successive ones, each number is once in every place.

    Each block is a cyclic Latin square with its rows, columns and symbols shuffled.
    """
    while True:
        rows, columns, symbols = (rng.permutation(count) for _ in range(3))
        for row in rows:
            yield [int(symbols[(row + column) % count]) for column in columns]
