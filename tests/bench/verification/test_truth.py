"""Tests of the judgement of a scene's descents, also of ends that aren't of the right shape."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.scenes.play import Ended, Played, play
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.scenes.truth import Truth
from gradrace.impls.interface import Implementation, Technique
from gradrace.impls.numpy_vectorized import IMPLEMENTATION as PLAIN

SCENE = SCENES["many steps"]("float64")
TRUTH = Truth(SCENE)


def descending(most_steps: int = 1_000_000) -> Implementation[Any, Any, Any]:
    """Return an implementation with a right descent of at most so many steps."""

    def descend(data: Any, w: Any, b: Any, alpha: float, steps: int) -> Any:
        for _ in range(min(steps, most_steps)):
            _, dw, db = PLAIN.gradient(data, w, b)
            w, b = w - alpha * dw, b - alpha * db
        return w, b

    return Implementation(
        technique=Technique.VECTORIZED, prepare=PLAIN.prepare, gradient=PLAIN.gradient, descend=descend
    )


@pytest.mark.parametrize(("most_steps", "is_right"), [(1_000_000, True), (20_000, False), (5000, False)])
def test_a_long_descent_ends_where_its_parts_do(most_steps: int, is_right: bool) -> None:
    _, findings = TRUTH.judge(play(descending(most_steps), SCENE))
    assert [finding.split(" differs ")[0] for finding in findings] == ([] if is_right else ["a descent of 21000 steps"])


@pytest.mark.parametrize("w", [np.zeros(4), np.zeros((3, 1)), np.zeros(3, np.float32), np.full(3, np.nan)])
def test_an_end_that_is_malformed_or_not_finite_is_a_finding(w: Any) -> None:
    end = Point(w, np.float64(0))
    for played in (Played(lengths=[[end, end]]), Played(ends=[Ended([end])])):
        (finding,) = TRUTH.judge(played)[1]
        assert " a descent " in f" {finding}"
