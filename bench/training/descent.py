"""A whole training: gradient descent from zeros with any implementation, watched every 100 iterations."""

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


class OutOfTime(Exception):
    """A descent whose next steps don't fit the time that is left."""


def train(
    implementation: AnyImplementation,
    problem: Problem,
    schedule: Schedule,
    start: State | None = None,
    until: Deadline = NEVER,
) -> Iterator[State]:
    """The states at iterations 0, 100, 200, ... and at the last; or from a state on that an earlier training reached.

    Where X is on disk, every 10, and the gradient is verified on a few blocks. The same bits follow from that state
    as in a training that was never interrupted. What compiles has compiled before the first state.
    Raises WrongGradient before the first if the gradient is wrong at a made-up point; Diverged where they overflow;
    OutOfTime after the last that could be reached in time.
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
    before = J if iteration % EVERY == 0 else math.inf  # of which nothing is a small share
    while iteration < schedule.iterations:
        wanted = min(every - iteration % every, schedule.iterations - iteration)
        with np.errstate(over="ignore", invalid="ignore"):  # what overflows is told below, in words
            count, w, b = pace.steps(w, b, schedule.rate(iteration), wanted)
            J = cost(implementation, data, w, b)
        iteration += count
        if not (math.isfinite(J) and np.isfinite(w).all() and np.isfinite(b)):
            raise Diverged(f"the numbers overflow by iteration {iteration}; {too_large(problem, schedule.alpha)}")
        yield State(iteration, J, w, b)
        if iteration % EVERY == 0:
            if 0 <= before - J < schedule.tolerance * before:  # a cost that rises has not come to rest
                return
            before = J


@dataclass(slots=True)
class Pace:
    """The steps of a descent, and how many of them fit the time. step_s: what one of the last ones took."""

    implementation: AnyImplementation
    data: Any
    until: Deadline
    step_s: float = 0.0

    def first_cost(self, w: FloatArray, b: Float) -> float:
        """Return J at w (n_x,), b; a step takes about as long."""
        self.step_s, J = timed(partial(cost, self.implementation, self.data, w, b), self.until.clock)
        return J

    def warm_up(self, start: State, every: int, schedule: Schedule) -> None:
        """Make descents of as many steps as there will be between looks, if that is not most of what time allows."""
        ahead = max(0, schedule.iterations - start.iteration)
        for count in {min(every - start.iteration % every, ahead), min(every, ahead), schedule.iterations % every}:
            if 2 * count * self.step_s < self.until.left_s():
                warm_up(self.implementation, self.data, start.w, start.b, schedule.rate(start.iteration), count)

    def steps(self, w: FloatArray, b: Float, alpha: float, wanted: int) -> tuple[int, FloatArray, Float]:
        """Make the wanted steps; return how many, and w and b after them. Raises OutOfTime if not one fits the time.

        An implementation without a `descend` of its own may stop after any step, to the same bits; others make all.
        """
        at_once = wanted if self.implementation.descend is not None or self.until is NEVER else 1
        made = 0
        while made < wanted:
            if (at_once + 1) * self.step_s > self.until.left_s():  # with a look at the cost
                if not made:
                    raise OutOfTime
                break
            take = partial(steps, self.implementation, self.data, w, b, alpha, at_once)
            seconds, (w, b) = timed(take, self.until.clock)
            self.step_s, made = seconds / at_once, made + at_once
        return made, w, b


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
