"""The right results of a scene, computed once for any number of implementations, and comparison with them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Any, TypeAlias

import numpy as np

from gradrace.bench.results import ErrorOverBound
from gradrace.bench.text import multiple
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.verification.judge import NO_GRADIENT, Trial, changes_first, trial, worst_of
from gradrace.bench.verification.reference import Point, Reference, References, reference
from gradrace.bench.verification.scenes.play import Ended, Played
from gradrace.bench.verification.scenes.scene import Descent, Long, Scene
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.trajectory import Trajectory


class Truth:
    """The right results of a scene: the reference of each gradient, and the trajectory of each descent.

    m, n_x: size of the first problem.
    problems: {(m, n_x): number of problems of this size}.
    calls: {(m, n_x): number of calls and steps on problems of this size}.
    """

    def __init__(self, scene: Scene) -> None:
        self.references = [*_references(scene)]
        trajectories: dict[Any, Trajectory] = {}
        self.descents = [(one, _trajectory(scene, one, trajectories)) for one in scene.descents]
        self.long = [(one, _trajectory(scene, one, trajectories)) for one in scene.long]
        for descent, trajectory in self.descents:
            trajectory.after(descent.steps + descent.again)
        for long, trajectory in self.long:
            trajectory.after(long.part)
        sizes = [(problem.m, problem.n_x) for problem in scene.problems]
        self.m, self.n_x = sizes[0]
        self.problems, self.calls = Counter(sizes), Counter[tuple[int, int]]()
        for call in scene.calls:
            self.calls[sizes[call.problem]] += 1 if call.in_place else 2
        for one in scene.descents:
            self.calls[sizes[one.problem]] += one.steps + one.again

    @property
    def elements(self) -> int:
        """Return the number of entries of X that all calls and steps read."""
        return sum(m * n_x * count for (m, n_x), count in self.calls.items())

    def judge(self, played: Played) -> tuple[ErrorOverBound, list[str]]:
        """Return the worst error / bound of all gradients, and the faults, a line each; none if all is right."""
        pairs = [*zip(self.references, played.gradients, strict=False)]
        errors = [right.error_over_bound(gradient) for right, gradient in pairs]
        findings = []
        if (first := next((number for number, error in enumerate(errors) if not error.worst <= 1), None)) is not None:
            right, gradient = pairs[first]
            before = f"; {first} before {'is' if first == 1 else 'are'} right" if first else ""
            size = f"m = {right.m}, n_x = {len(right.bound.dw)}"
            findings.append(f"call {first + 1} ({size}{before}): {right.fault(gradient)}")
        findings = changes_first([*findings, *self._descent_faults(played), *played.harm])
        return (worst_of(errors) if errors else NO_GRADIENT if findings else ErrorOverBound(0, 0, 0)), findings

    def _descent_faults(self, played: Played) -> Iterator[str]:
        """Yield the first wrong long descent, and the first wrong one of the others."""
        for (long, trajectory), (whole, in_parts) in zip(self.long, played.lengths, strict=False):
            if fault := _length_fault(long, trajectory, whole, in_parts):
                yield fault
                break
        for (descent, trajectory), ended in zip(self.descents, played.ends, strict=False):
            if fault := _descent_fault(descent, trajectory, ended):
                yield fault
                break


def _descent_fault(descent: Descent, trajectory: Trajectory, ended: Ended) -> str | None:
    """Return what is wrong with the ends of a descent, or with the gradient at the last one."""
    for count, end in zip((descent.steps, descent.steps + descent.again), ended.points, strict=False):
        if fault := trajectory.fault(end, count):
            return fault
    if ended.gradient is None:
        return None
    fault = reference(trajectory.problem, *ended.points[-1]).fault(ended.gradient)
    return f"{fault} where a descent has ended" if fault else None


def _length_fault(long: Long, trajectory: Trajectory, whole: Point, in_parts: Point) -> str | None:
    """Return what is wrong with a long descent: each of the two ends may be off by the limits of all its parts."""
    if malformed := trajectory.malformed(whole) or trajectory.malformed(in_parts):
        return malformed
    _, limit = trajectory.after(long.part)
    ends = [np.append(end.w, end.b).astype(np.float64) for end in (whole, in_parts)]
    with np.errstate(all="ignore"):
        over = np.max(np.abs(ends[0] - ends[1]) / (2 * long.parts * limit))
    if over <= 1:
        return None
    return f"a descent of {long.part * long.parts} steps differs from its parts by {multiple(over)} limits"


def _trajectory(scene: Scene, one: Descent | Long, known: dict[Any, Trajectory]) -> Trajectory:
    """Return the trajectory of a descent; those with the same start share one."""
    key = one.problem, id(one.start), one.alpha
    if key not in known:
        known[key] = Trajectory(scene.problems[one.problem], one.start, one.alpha)
    return known[key]


def _references(scene: Scene) -> Iterator[Reference]:
    """Yield the reference of each gradient of the scene; those of repeated points are computed once."""
    problems = [*map(References, scene.problems)]
    known: dict[Any, Reference] = {}
    for call in scene.calls:
        key = call.problem, call.point.w.tobytes(), float(call.point.b)
        if key not in known:
            known[key] = problems[call.problem].at(*call.point)
        yield from [known[key]] * (1 if call.in_place else 2)


Right: TypeAlias = Truth | Trial


def right_results(exercise: Exercise) -> Right:
    """Return the references of a problem, or the truth of a scene."""
    if exercise.name in SCENES:
        return Truth(SCENES[exercise.name](exercise.dtype))
    return trial(exercise.case())
