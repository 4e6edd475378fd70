"""A whole training: gradient descent from zeros with any implementation, watched every 100 iterations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from gradrace.bench.datasets.formats.stored import BLOCK_BYTES, FirstExamples, is_stored
from gradrace.bench.stepping import AnyImplementation, cost, steps
from gradrace.bench.training.curvature import largest_alpha
from gradrace.bench.training.stream import Blocks, blocks_of
from gradrace.bench.verification.reference import require_right
from gradrace.impls.interface import Float, FloatArray, Problem

EVERY = 100
"""Iterations between two looks at the cost, as in the lecture's exercise; alpha is held as long."""

EVERY_ON_DISK = 10
"""The same where X is on disk: a step may take minutes, and what has not been looked at is lost in an interruption."""

VERIFIED_BLOCKS = 3
"""Blocks on which an implementation that reads from disk itself is verified."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """How long and how fast to descend.

    alpha: the learning rate. decay: it is alpha / (1 + decay·k) from iteration 100·k on. tolerance: stop where the cost
    fell by less than this share of itself within 100 iterations; 0 never does.
    """

    alpha: float
    iterations: int
    decay: float = 0.0
    tolerance: float = 0.0

    def rate(self, iteration: int) -> float:
        """The learning rate of an iteration."""
        return self.alpha / (1 + self.decay * (iteration // EVERY))


class State(NamedTuple):
    """Where a descent stands after so many iterations: w (n_x,), b, and the cost J there."""

    iteration: int
    J: float
    w: FloatArray
    b: Float


class Diverged(Exception):
    """A descent whose cost isn't finite any more. Its text says why, and what would help."""


def train(
    implementation: AnyImplementation, problem: Problem, schedule: Schedule, start: State | None = None
) -> Iterator[State]:
    """The states at iterations 0, 100, 200, ... and at the last; or from a state on that an earlier training reached.

    Where X is on disk, every 10, and the gradient is verified on a few blocks. The same bits follow from that state
    as in a training that was never interrupted.
    Raises WrongGradient before the first if the gradient is wrong at a made-up point; Diverged where they overflow.
    """
    data = implementation.prepare(problem)
    every = EVERY_ON_DISK if is_stored(problem.X) else EVERY
    require_right(implementation, *verified_part(implementation, data, problem))
    if start is None:
        w, b = np.zeros(problem.n_x, dtype=problem.dtype), problem.dtype.type(0)
        start = State(0, cost(implementation, data, w, b), w, b)
        yield start
    iteration, J, w, b = start
    before = J if iteration % EVERY == 0 else math.inf  # of which nothing is a small share
    while iteration < schedule.iterations:
        count = min(every - iteration % every, schedule.iterations - iteration)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is told below, in words
            w, b = steps(implementation, data, w, b, schedule.rate(iteration), count)
            J = cost(implementation, data, w, b)
        iteration += count
        if not (math.isfinite(J) and np.isfinite(w).all() and np.isfinite(b)):
            raise Diverged(f"the numbers overflow by iteration {iteration}; {too_large(problem, schedule.alpha)}")
        yield State(iteration, J, w, b)
        if iteration % EVERY == 0:
            if 0 <= before - J < schedule.tolerance * before:  # a cost that rises has not come to rest
                return
            before = J


def verified_part(implementation: AnyImplementation, data: Any, problem: Problem) -> tuple[Any, Problem]:
    """What is verified, prepared and as a problem: all; of X on disk a few blocks, 1 s each for the oracle.

    Whoever reads from disk itself reads those from there too.
    """
    if not is_stored(problem.X):
        return data, problem
    if isinstance(data, Blocks):
        sample = data.sample()
        return sample, sample.in_memory()
    sample = blocks_of(problem, BLOCK_BYTES).first(VERIFIED_BLOCKS)
    on_disk = replace(problem, X=FirstExamples(sample.X, sample.m).as_array(), Y=problem.Y[:, : sample.m])
    return implementation.prepare(on_disk), sample.in_memory()


def too_large(problem: Problem, alpha: float) -> str:
    """What there is to say of an alpha under which J rises."""
    if is_stored(problem.X):
        part = blocks_of(problem, BLOCK_BYTES).sample().in_memory()
        told = (
            f"the curvature of {part.m} of the examples allows {largest_alpha(part):.2g}, that of others may be larger"
        )
        return f"alpha {alpha:g} is too large: {told}; give a smaller one, or --decay"
    allowed = largest_alpha(problem)
    if alpha < allowed:
        finer = "" if problem.dtype == np.float64 else "; `--dtype float64` rounds less"
        return (
            f"below alpha {allowed:.2g} that comes of rounding alone{finer}; --tolerance stops where nothing is gained"
        )
    return f"alpha {alpha:g} is too large: the curvature here allows {allowed:.2g} for sure; give that, or --decay"
