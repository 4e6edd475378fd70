"""A worker's place in the tree, without Dask: what it hands on, and when."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from threading import Event
from typing import Any

import numpy as np
import pytest

pytest.importorskip("numba")

from gradrace.bench.problems import made_up
from gradrace.impls._dask.part import Part

PATIENCE_S = 60


class Below:
    """A part below, whose sums are there as soon as it is asked."""

    def __init__(self) -> None:
        self.asked = Event()

    async def answer(self, w_b: np.ndarray) -> np.ndarray:
        return np.full(len(w_b) + 1, 2.0)

    def gradient(self, w_b: np.ndarray) -> Coroutine[Any, Any, np.ndarray]:
        self.asked.set()
        return self.answer(w_b)


def test_w_is_handed_on_before_the_own_gradient_is_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """The parts below compute meanwhile: otherwise a tree takes a kernel's time for each level."""
    case, below = made_up(30, 4), (Below(), Below())
    part = Part(case.problem, case.problem.m)
    part.adopt(below)
    own = part.own(case.w, case.b)

    def gradient(*_: object) -> np.ndarray:
        assert all(one.asked.wait(PATIENCE_S) for one in below), "those below were not asked yet"
        return own.copy()

    monkeypatch.setattr(part, "own", gradient)
    assert asyncio.run(part.gradient(np.append(case.w, case.b))) == pytest.approx(own + 4)
