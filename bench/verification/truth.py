"""What is right in a scene, worked out once for any number of implementations, and what is wrong with one of them."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias

import numpy as np

from gradrace.bench.results import Dtype, ErrorOverBound
from gradrace.bench.verification.bound import step_rounding
from gradrace.bench.verification.judge import NO_GRADIENT, worst_of
from gradrace.bench.verification.play import Played
from gradrace.bench.verification.reference import Point, Reference, reference
from gradrace.bench.verification.scenes import SCENES, Scene
from gradrace.impls.interface import Problem

SLACK = 4
"""A descent is wrong beyond so many times the sum of its steps' bounds: each step carries on the errors before it."""

Start: TypeAlias = tuple[int, int, float]
"""A problem's number, the identity of a point, and alpha: what descents of several lengths have in common."""


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Where a right descent is after each number of steps, (n_x + 1,), and how far from there a right one can be."""

    at: list[Any]
    limit: list[Any]


class Truth:
    """A scene, the right gradient of each of its calls, and the right end of each descent."""

    def __init__(self, name: str, dtype: Dtype) -> None:
        self.name, self.scene = name, SCENES[name](dtype)
        self.references = [*_references(self.scene)]
        longest: dict[Start, int] = {}
        for problem, start, alpha, count in self.scene.descents:
            key = (problem, id(start), alpha)
            longest[key] = max(longest.get(key, 0), count)
        starts = {id(start): start for _, start, _, _ in self.scene.descents}
        self.trajectories = {
            key: trajectory(self.scene.problems[key[0]], starts[key[1]], key[2], count)
            for key, count in longest.items()
        }

    @property
    def elements(self) -> int:
        """Entries of X that all calls and steps of the scene go through."""
        calls = [call.problem for call in self.scene.calls for _ in range(1 if call.in_place else 2)]
        steps = [problem for problem, _, _, count in self.scene.descents for _ in range(count)]
        return sum(self.scene.problems[number].X.size for number in [*calls, *steps])

    def judge(self, played: Played) -> tuple[ErrorOverBound, list[str]]:
        """Return the worst error / bound of all gradients, and what is wrong, a line each; none if all is right."""
        findings = [*self._faults(played), *played.harm]
        errors = [
            right.error_over_bound(gradient) for right, gradient in zip(self.references, played.gradients, strict=False)
        ]
        return (worst_of(errors) if errors else NO_GRADIENT if findings else ErrorOverBound(0, 0, 0)), findings

    def _faults(self, played: Played) -> Iterator[str]:
        """Yield the first wrong gradient, and the first wrong descent."""
        pairs = zip(self.references, played.gradients, strict=False)
        for number, (right, gradient) in enumerate(pairs):
            if fault := right.fault(gradient):
                before = f", {number} calls before it are right" if number else ""
                yield f"{fault} in call {number + 1}{before}"
                break
        for (problem, start, alpha, count), end in zip(self.scene.descents, played.ends, strict=False):
            known = self.trajectories[problem, id(start), alpha]
            if end.w.dtype != start.w.dtype or end.w.shape != start.w.shape:
                yield f"a descent returns w of {end.w.dtype} and shape {end.w.shape}"
                break
            with np.errstate(all="ignore"):
                found = np.append(end.w, end.b).astype(np.float64)
                over = np.max(np.abs(found - known.at[count]) / known.limit[count])
            if not over <= 1:
                yield f"a descent of {count} steps with alpha {alpha:.3g} is off by {over:.2g} times its limit"
                break


def _references(scene: Scene) -> Iterator[Reference]:
    """Yield what is right at each gradient that the scene asks for; points that come again are worked out once."""
    known: dict[Any, Reference] = {}
    for call in scene.calls:
        key = call.problem, call.point.w.tobytes(), float(call.point.b)
        if key not in known:
            known[key] = reference(scene.problems[call.problem], *call.point)
        yield from [known[key]] * (1 if call.in_place else 2)


def trajectory(problem: Problem, start: Point, alpha: float, count: int) -> Trajectory:
    """Return a descent by the oracle's gradients, in float64, with its limits."""
    dtype = problem.dtype
    at = np.append(start.w, start.b).astype(np.float64)
    limit = step_rounding(dtype, at, 0.0)
    points, limits = [at], [limit]
    for _ in range(count):
        right = reference(problem, at[:-1], at[-1])
        step = alpha * np.append(right.exact.dw.hi, right.exact.db.hi)
        bound = alpha * np.append(right.bound.dw, right.bound.db)
        limit = limit + SLACK * (bound + step_rounding(dtype, at, step))
        at = at - step
        points.append(at)
        limits.append(limit)
    return Trajectory(points, limits)
