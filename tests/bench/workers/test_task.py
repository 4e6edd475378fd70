"""What a worker does in its own process, on a simulated clock."""

from __future__ import annotations

import time

import numpy as np
import pytest

from gradrace.bench.workers import task
from gradrace.bench.workers.task import Task
from gradrace.impls.interface import Gradient, Implementation, Technique


class Lazy:
    """An implementation whose calls take 10 µs, and whose fresh results take as long again as they are late to read."""

    def __init__(self, late_ns: int) -> None:
        self.now = 0
        self.late_ns = late_ns
        self.fresh = False

    def clock(self) -> int:
        return self.now

    def gradient(self, *_: object) -> tuple[float, float, float]:
        self.now += 10_000
        self.fresh = True
        return 0.0, 0.0, 0.0

    def sleep(self, _: float) -> None:
        self.fresh = False

    def read(self, *_: object) -> Gradient:
        self.now += 1_000 + (self.late_ns if self.fresh else 0)
        self.fresh = False
        return Gradient(0.0, np.zeros(1), 0.0)


@pytest.mark.parametrize("late_ns", [0, 250_000])
def test_it_sees_how_much_later_a_fresh_result_can_be_read(monkeypatch: pytest.MonkeyPatch, late_ns: int) -> None:
    lazy = Lazy(late_ns)
    monkeypatch.setattr(task, "CLOCK", lazy.clock)
    monkeypatch.setattr(time, "sleep", lazy.sleep)
    implementation = Implementation(
        technique=Technique.LOOP, prepare=lambda problem: problem, gradient=lazy.gradient, to_numpy=lazy.read
    )
    asked = Task(implementation)
    asked._call = lazy.gradient
    assert asked.late() == pytest.approx(late_ns * 1e-9)
