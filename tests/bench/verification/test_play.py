"""Tests of the records of an implementation in a scene, from the first call to the last."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from gradrace.bench.verification.hard_problems import case
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.play import play
from gradrace.bench.verification.scenes.scene import Call, Descent, Scene
from gradrace.impls import numpy_vectorized
from gradrace.impls.interface import Implementation, Problem, Technique

PLAIN = numpy_vectorized.IMPLEMENTATION
ONE = case(7, 3, "float64")
POINTS = [Point(ONE.w * k, ONE.b) for k in range(1, 5)]
CALLS = [Call(0, point, in_place=False) for point in POINTS]
SCENE = Scene([ONE.problem], CALLS, descents=[Descent(0, POINTS[0], 0.1, 2)])


class Watched:
    """An implementation that notes its calls, and changes a w at the gradient of a number, counted from 1.

    changes: number of the gradient whose w is changed.
    """

    def __init__(self, changes_at: int | None = None, changes: int = 1) -> None:
        self.log: list[str] = []
        self.weights: list[Any] = []
        self.changes_at, self.changes = changes_at, changes

    def gradient(self, data: Any, w: Any, b: Any) -> Any:
        self.log.append("call")
        self.weights.append(w)
        found = PLAIN.gradient(data, w, b)
        if len(self.weights) == self.changes_at:
            self.weights[self.changes - 1][:] += 1
        return found

    def prepare(self, problem: Problem) -> Any:
        self.log.append(f"prepare {int(problem.Y.sum())}")
        return PLAIN.prepare(problem)

    def descend(self, data: Any, w: Any, b: Any, alpha: float, steps: int) -> Any:
        self.log.append("descend")
        return w, b

    def made(self) -> Implementation[Any, Any, Any]:
        return Implementation(
            technique=Technique.VECTORIZED, prepare=self.prepare, gradient=self.gradient, descend=self.descend
        )


def test_descents_lie_between_the_halves_of_the_calls_on_the_same_data() -> None:
    watched = Watched()
    played = play(watched.made(), SCENE)
    assert [word.split()[0] for word in watched.log] == ["prepare", *["call"] * 4, "descend", *["call"] * 4]
    assert (len(played.gradients), len(played.ends), played.harm) == (8, 1, [])


@pytest.mark.parametrize(("at", "changes", "call"), [(1, 1, 1), (4, 4, 2), (6, 6, 3)])
def test_a_call_that_changes_its_own_w_is_named_by_its_number(at: int, changes: int, call: int) -> None:
    assert play(Watched(at, changes).made(), SCENE).harm == [f"changes w in call {call}"]


@pytest.mark.parametrize("at", [3, 5, 8])
def test_a_w_of_an_earlier_call_that_is_changed_is_seen_whichever_half_it_is_of(at: int) -> None:
    assert play(Watched(at).made(), SCENE).harm == ["changes the w of an earlier call"]


@pytest.mark.parametrize("way", ["late", "refilled"])
def test_late_problems_are_prepared_when_they_are_called(way: str) -> None:
    problems = [replace(ONE.problem, Y=np.full((1, 7), float(y))) for y in (0, 1)]
    calls = [Call(k, POINTS[0]) for k in (0, 1)]
    watched = Watched()
    play(watched.made(), Scene(problems, calls, late=way == "late", refilled=way == "refilled"))
    assert watched.log == ["prepare 0", "call", "prepare 7", "call"]
