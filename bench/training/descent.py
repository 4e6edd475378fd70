"""Gradient descent from zeros with any implementation, with a look at the cost every 100 iterations."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from gradrace.bench.datasets.formats.stored import BLOCK_BYTES, FirstExamples, is_stored
from gradrace.bench.stepping import AnyImplementation, cost, steps, warm_up
from gradrace.bench.timing import NEVER, Deadline, timed
from gradrace.bench.training.curvature import too_large
from gradrace.bench.training.stream import Blocks, blocks_of
from gradrace.bench.verification.reference import require_right
from gradrace.impls.interface import Float, FloatArray, Problem

EVERY = 100
"""Iterations between two looks at the cost, as in the lecture's exercise. The learning rate is constant in between."""

EVERY_ON_DISK = 10
"""Iterations between two looks if X is on disk.

A step may then take minutes, and an interruption loses the steps since the last look.
"""

VERIFIED_BLOCKS = 3
"""Number of blocks used to verify an implementation that reads from disk itself."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Length and learning rate of a descent.

    Attributes:
        alpha: initial learning rate.
        iterations: maximum number of iterations.
        decay: the learning rate is alpha / (1 + decay·k) from iteration 100·k on.
        tolerance: stop if the cost fell by less than this share of itself within 100 iterations. 0 never stops.
    """

    alpha: float
    iterations: int
    decay: float = 0.0
    tolerance: float = 0.0

    def rate(self, iteration: int) -> float:
        """Return the learning rate of an iteration."""
        return self.alpha / (1 + self.decay * (iteration // EVERY))


class State(NamedTuple):
    """State of a descent after some iterations: w (n_x,), b, and the cost J there."""

    iteration: int
    J: float
    w: FloatArray
    b: Float


class Diverged(Exception):
    """Error if the cost, w or b isn't finite any more. Its text gives the reason and a remedy."""


class OutOfTime(Exception):
    """Error if the next steps of a descent don't fit the time that is left."""


def train(
    implementation: AnyImplementation,
    problem: Problem,
    schedule: Schedule,
    start: State | None = None,
    until: Deadline = NEVER,
) -> Iterator[State]:
    """Yield the states at iterations 0, 100, 200, ... and at the last; after a given start, only later ones.

    If X is on disk, the states are 10 iterations apart, and the gradient is verified on a few blocks. A resumed
    training yields the same bits as one that was never interrupted. Everything is compiled before the first state, if
    the time allows the warm-up.

    Raises:
        WrongGradient: before the first state, if the gradient is wrong at a made-up point.
        Diverged: if the numbers overflow.
        OutOfTime: after the last state that could be reached in time.
    """
    data = implementation.prepare(problem)
    every = EVERY_ON_DISK if is_stored(problem.X) else EVERY
    require_right(implementation, *verified_part(implementation, data, problem))
    pace, begun = Pace(implementation, data, until), start
    if begun is None:
        w, b = np.zeros(problem.n_x, dtype=problem.dtype), problem.dtype.type(0)
        begun = State(0, pace.first_cost(w, b), w, b)
    pace.warm_up(begun, every, schedule)
    if start is None:
        yield begun
    iteration, J, w, b = begun
    before = J if iteration % EVERY == 0 else math.inf  # no fall is a small share of infinity
    while iteration < schedule.iterations:
        wanted = min(every - iteration % every, schedule.iterations - iteration)
        with np.errstate(over="ignore", invalid="ignore"):  # overflow is reported below
            count, w, b = pace.steps(w, b, schedule.rate(iteration), wanted)
            J = cost(implementation, data, w, b)
        iteration += count
        if not (math.isfinite(J) and np.isfinite(w).all() and np.isfinite(b)):
            raise Diverged(f"the numbers overflow by iteration {iteration}; {too_large(problem, schedule.alpha)}")
        yield State(iteration, J, w, b)
        if iteration % EVERY == 0:
            if 0 <= before - J < schedule.tolerance * before:  # a rising cost isn't convergence
                return
            before = J


@dataclass(slots=True)
class Pace:
    """Steps of a descent, limited by the time that is left. step_s: seconds of one of the latest steps."""

    implementation: AnyImplementation
    data: Any
    until: Deadline
    step_s: float = 0.0

    def first_cost(self, w: FloatArray, b: Float) -> float:
        """Return J at w (n_x,), b, and take its time as that of a step, which is about the same."""
        self.step_s, J = timed(partial(cost, self.implementation, self.data, w, b), self.until.clock)
        return J

    def warm_up(self, start: State, every: int, schedule: Schedule) -> None:
        """Make warm-up descents of each length between looks, unless one would take half of the time that is left."""
        ahead = max(0, schedule.iterations - start.iteration)
        for count in {min(every - start.iteration % every, ahead), min(every, ahead), schedule.iterations % every}:
            if 2 * count * self.step_s < self.until.left_s():
                warm_up(self.implementation, self.data, start.w, start.b, schedule.rate(start.iteration), count)

    def steps(self, w: FloatArray, b: Float, alpha: float, wanted: int) -> tuple[int, FloatArray, Float]:
        """Make up to `wanted` steps; return their number, and w (n_x,) and b after them.

        Implementations without a `descend` of their own may stop after any step, with the same bits. Others make all
        steps.
        Raises OutOfTime if not one fits the time.
        """
        at_once = wanted if self.implementation.descend is not None or self.until is NEVER else 1
        made = 0
        while made < wanted:
            if (at_once + 1) * self.step_s > self.until.left_s():  # + 1: the look at the cost
                if not made:
                    raise OutOfTime
                break
            take = partial(steps, self.implementation, self.data, w, b, alpha, at_once)
            seconds, (w, b) = timed(take, self.until.clock)
            self.step_s, made = seconds / at_once, made + at_once
        return made, w, b


def verified_part(implementation: AnyImplementation, data: Any, problem: Problem) -> tuple[Any, Problem]:
    """Return the prepared data and the problem to verify with: all of it, or a few blocks of X on disk.

    A block costs the oracle 1 s. An implementation that reads from disk itself reads these blocks from there too.
    """
    if not is_stored(problem.X):
        return data, problem
    if isinstance(data, Blocks):
        sample = data.sample()
        return sample, sample.in_memory()
    sample = blocks_of(problem, BLOCK_BYTES).first(VERIFIED_BLOCKS)
    on_disk = replace(problem, X=FirstExamples(sample.X, sample.m).as_array(), Y=problem.Y[:, : sample.m])
    return implementation.prepare(on_disk), sample.in_memory()
