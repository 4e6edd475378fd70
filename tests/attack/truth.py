"""Is an implementation wrong on a scene? Held against the oracle here, without the help of `gradrace verify`."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from gradrace.bench.results import Dtype
from gradrace.bench.stepping import steps
from gradrace.bench.verification.reference import STEP_ROUNDINGS, Point, Reference, reference
from gradrace.impls.interface import Gradient, Implementation, Problem
from tests.attack.scenes import SCENES, Scene

AnyImplementation = Implementation[Any, Any, Any]

SLACK = 4
"""A descent is called wrong beyond so many times the sum of its steps' bounds, as steps carry errors on."""


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """Where a right descent is after each number of steps, and how far from there a right one can be."""

    w: list[Any]
    limit: list[Any]


class Truth:
    """A scene with all that is right in it: worked out once, for any number of implementations."""

    def __init__(self, name: str, dtype: Dtype) -> None:
        self.scene: Scene = SCENES[name](dtype)
        known: dict[Any, Reference] = {}
        self.references = []
        for call in self.scene.calls:
            key = call.problem, call.point.w.tobytes(), float(call.point.b)
            if key not in known:
                known[key] = reference(self.scene.problems[call.problem], *call.point)
            self.references.append(known[key])
        longest: dict[Any, int] = {}
        for k, start, alpha, count in self.scene.descents:
            longest[k, id(start), alpha] = max(longest.get((k, id(start), alpha), 0), count)
        starts = {id(start): start for _, start, _, _ in self.scene.descents}
        self.trajectories = {
            key: trajectory(self.scene.problems[key[0]], starts[key[1]], key[2], count)
            for key, count in longest.items()
        }

    def finding(self, implementation: AnyImplementation) -> str | None:
        """Return the first thing that is wrong, in a few words, or None; the scene is left as it was."""
        problems = self.scene.problems
        kept = [(problem.X.copy(), problem.Y.copy()) for problem in problems]
        found = self._found(implementation)
        same = [np.array_equal(p.X, X) and np.array_equal(p.Y, Y) for p, (X, Y) in zip(problems, kept, strict=True)]
        if all(same):
            return found
        for problem, (X, Y) in zip(problems, kept, strict=True):
            for array, copy in ((problem.X, X), (problem.Y, Y)):
                array.flags.writeable = True
                array[...] = copy
        return found or "changes X or Y"

    def _found(self, implementation: AnyImplementation) -> str | None:
        with warnings.catch_warnings(), np.errstate(all="ignore"):
            warnings.simplefilter("ignore")
            try:
                return self._of_calls(implementation) or self._of_descents(implementation)
            except Exception as error:  # an implementation may raise anything
                return f"raises {type(error).__name__}: {error}"

    def _of_calls(self, implementation: AnyImplementation) -> str | None:
        problems = self.scene.problems
        memory = problems[0].X.copy() if self.scene.refilled else None
        data = [] if self.scene.refilled else [implementation.prepare(problem) for problem in problems]
        results, given = [], []
        w = np.empty(0)
        for number, (call, right) in enumerate(zip(self.scene.calls, self.references, strict=True)):
            if call.in_place and w.shape == call.point.w.shape:
                w[:] = call.point.w
            else:
                w = call.point.w.copy()
            if memory is not None:
                np.copyto(memory, problems[call.problem].X)
                data.append(implementation.prepare(replace(problems[call.problem], X=memory)))
            native = implementation.native(w, call.point.b)
            for _ in range(1 if call.in_place else 2):  # the second time with the same native w
                result = implementation.gradient(data[call.problem], *native)
                then = read(implementation, result)
                if fault := right.fault(then):
                    return f"call {number + 1}: {fault}"
                results.append((result, then))
            given.append((w, w.copy()))
            if not np.array_equal(w, call.point.w):
                return f"call {number + 1}: changes w"
        for result, then in results:
            now = read(implementation, result)
            if not (now.J == then.J and np.array_equal(now.dw, then.dw) and now.db == then.db):
                return "a later call changes an earlier result"
        last = {id(array): (array, copy) for array, copy in given}
        if not all(np.array_equal(array, copy) for array, copy in last.values()):
            return "changes an earlier w"
        return None

    def _of_descents(self, implementation: AnyImplementation) -> str | None:
        data = [implementation.prepare(problem) for problem in self.scene.problems]
        ends = []
        for k, start, alpha, count in self.scene.descents:
            w = start.w.copy()
            end, b = steps(implementation, data[k], w, start.b, alpha, count)
            known = self.trajectories[k, id(start), alpha]
            if end.dtype != w.dtype or end.shape != w.shape:
                return f"a descent returns w of {end.dtype} and shape {end.shape}"
            if not np.array_equal(w, start.w):
                return "a descent changes w"
            over = np.max(np.abs(np.append(end, b).astype(float) - known.w[count]) / known.limit[count])
            if not over <= 1:
                return f"descent of {count} steps: off by {over:.2g} times the limit"
            ends.append((end, end.copy()))
        return None if all(np.array_equal(end, copy) for end, copy in ends) else "a later descent changes an earlier w"


def read(implementation: AnyImplementation, result: Any) -> Gradient:
    """Return the result as it is now, in memory of its own."""
    gradient = implementation.read(*result)
    return Gradient(J=float(gradient.J), dw=np.array(gradient.dw), db=float(gradient.db))


def trajectory(problem: Problem, start: Point, alpha: float, count: int) -> Trajectory:
    """Return a descent by the oracle's gradients, in float64, with its limits."""
    u = float(np.finfo(problem.dtype).eps) / 2
    where = np.append(start.w, start.b).astype(np.float64)
    limit = STEP_ROUNDINGS * u * np.abs(where) + np.finfo(problem.dtype).smallest_normal
    ws, limits = [where], [limit]
    for _ in range(count):
        right = reference(problem, where[:-1], where[-1])
        slope = np.append(right.exact.dw.hi, right.exact.db.hi)
        bound = np.append(right.bound.dw, right.bound.db)
        limit = limit + SLACK * (alpha * bound + STEP_ROUNDINGS * u * (np.abs(where) + alpha * np.abs(slope)))
        where = where - alpha * slope
        ws.append(where)
        limits.append(limit)
    return Trajectory(ws, limits)
