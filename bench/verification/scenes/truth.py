"""What is right in a scene, worked out once for any number of implementations, and what is wrong with one of them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from gradrace.bench.results import Dtype, ErrorOverBound
from gradrace.bench.verification.judge import NO_GRADIENT, worst_of
from gradrace.bench.verification.reference import Reference, reference
from gradrace.bench.verification.scenes.play import Played
from gradrace.bench.verification.scenes.scene import Scene
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.trajectory import Trajectory


class Truth:
    """A scene, the right gradient of each of its calls, and the right end of each descent."""

    def __init__(self, name: str, dtype: Dtype) -> None:
        self.name, self.scene = name, SCENES[name](dtype)
        self.references = [*_references(self.scene)]
        self.trajectories = {
            (problem, id(start), alpha): Trajectory(self.scene.problems[problem], start, alpha)
            for problem, start, alpha, _ in self.scene.descents
        }
        for problem, start, alpha, count in self.scene.descents:
            self.trajectories[problem, id(start), alpha].after(count)

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
            if fault := self.trajectories[problem, id(start), alpha].fault(end, count):
                yield fault
                break


def _references(scene: Scene) -> Iterator[Reference]:
    """Yield what is right at each gradient that the scene asks for; points that come again are worked out once."""
    known: dict[Any, Reference] = {}
    for call in scene.calls:
        key = call.problem, call.point.w.tobytes(), float(call.point.b)
        if key not in known:
            known[key] = reference(scene.problems[call.problem], *call.point)
        yield from [known[key]] * (1 if call.in_place else 2)
