"""The right results of a scene, computed once for any number of implementations, and comparison with them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np

from gradrace.bench.results import Dtype, ErrorOverBound
from gradrace.bench.text import multiple
from gradrace.bench.verification.judge import NO_GRADIENT, worst_of
from gradrace.bench.verification.reference import Point, Reference, reference
from gradrace.bench.verification.scenes.play import Ended, Played
from gradrace.bench.verification.scenes.scene import Descent, Long, Scene
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.trajectory import Trajectory


class Truth:
    """A scene, the reference of each of its calls, and the trajectory of each descent."""

    def __init__(self, name: str, dtype: Dtype) -> None:
        self.name, self.scene = name, SCENES[name](dtype)
        self.references = [*_references(self.scene)]
        self.trajectories: dict[Any, Trajectory] = {}
        for one in self.scene.descents:
            self._trajectory(one).after(one.steps + one.again)
        for long in self.scene.long:
            self._trajectory(long).after(long.part)

    @property
    def calls(self) -> int:
        """Return the number of calls and steps of the scene."""
        return max(1, len(self.references) + sum(one.steps + one.again for one in self.scene.descents))

    @property
    def elements(self) -> int:
        """Return the number of entries of X that all calls and steps of the scene read."""
        calls = [call.problem for call in self.scene.calls for _ in range(1 if call.in_place else 2)]
        steps = [one.problem for one in self.scene.descents for _ in range(one.steps + one.again)]
        return sum(self.scene.problems[number].X.size for number in [*calls, *steps])

    def judge(self, played: Played) -> tuple[ErrorOverBound, list[str]]:
        """Return the worst error / bound of all gradients, and the faults, a line each; none if all is right."""
        pairs = [*zip(self.references, played.gradients, strict=False)]
        errors = [right.error_over_bound(gradient) for right, gradient in pairs]
        findings = []
        if (first := next((number for number, error in enumerate(errors) if not error.worst <= 1), None)) is not None:
            right, gradient = pairs[first]
            before = f", {first} calls before it are right" if first else ""
            findings.append(f"{right.fault(gradient)} in call {first + 1}{before}")
        findings += [*self._descent_faults(played), *played.harm]
        return (worst_of(errors) if errors else NO_GRADIENT if findings else ErrorOverBound(0, 0, 0)), findings

    def _descent_faults(self, played: Played) -> Iterator[str]:
        """Yield the first wrong long descent, and the first wrong one of the others."""
        for long, (whole, in_parts) in zip(self.scene.long, played.lengths, strict=False):
            if fault := self._length_fault(long, whole, in_parts):
                yield fault
                break
        for descent, ended in zip(self.scene.descents, played.ends, strict=False):
            if fault := self._descent_fault(descent, ended):
                yield fault
                break

    def _descent_fault(self, descent: Descent, ended: Ended) -> str | None:
        """Return what is wrong with the ends of a descent, or with the gradient at the last one."""
        trajectory = self._trajectory(descent)
        for count, end in zip((descent.steps, descent.steps + descent.again), ended.points, strict=False):
            if fault := trajectory.fault(end, count):
                return fault
        if ended.gradient is None:
            return None
        fault = reference(trajectory.problem, *ended.points[-1]).fault(ended.gradient)
        return f"{fault} where a descent has ended" if fault else None

    def _length_fault(self, long: Long, whole: Point, in_parts: Point) -> str | None:
        """Return what is wrong with a long descent: each of the two ends may be off by the limits of all its parts."""
        trajectory = self._trajectory(long)
        if malformed := trajectory.malformed(whole) or trajectory.malformed(in_parts):
            return malformed
        _, limit = trajectory.after(long.part)
        ends = [np.append(end.w, end.b).astype(np.float64) for end in (whole, in_parts)]
        with np.errstate(all="ignore"):
            over = np.max(np.abs(ends[0] - ends[1]) / (2 * long.parts * limit))
        if over <= 1:
            return None
        return f"a descent of {long.part * long.parts} steps differs from its parts by {multiple(over)} limits"

    def _trajectory(self, descent: Descent | Long) -> Trajectory:
        key = descent.problem, id(descent.start), descent.alpha
        if key not in self.trajectories:
            self.trajectories[key] = Trajectory(self.scene.problems[descent.problem], descent.start, descent.alpha)
        return self.trajectories[key]


def _references(scene: Scene) -> Iterator[Reference]:
    """Yield the reference of each gradient of the scene; those of repeated points are computed once."""
    known: dict[Any, Reference] = {}
    for call in scene.calls:
        key = call.problem, call.point.w.tobytes(), float(call.point.b)
        if key not in known:
            known[key] = reference(scene.problems[call.problem], *call.point)
        yield from [known[key]] * (1 if call.in_place else 2)
