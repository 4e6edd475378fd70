"""Workers on a simulated clock: no processes, no real time."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock

import numpy as np

from gradrace.bench import problems
from gradrace.bench.verification import judge
from gradrace.bench.verification.exact.oracle import Oracle, oracle
from gradrace.bench.verification.reference import Point
from gradrace.bench.verification.trajectory import Trajectory
from gradrace.bench.workers.answers import Calibrated, Computed, Descended, Forgotten, Repeated, Sampled, Single
from gradrace.bench.workers.process import WorkerFailed
from gradrace.impls._shared.static import PARSING
from gradrace.impls.interface import Gradient, Problem

_TRAJECTORIES: dict[tuple[bytes, ...], Trajectory] = {}
_EXTENDING = Lock()
"""Both sides of a pair may descend at the same time, and they share a trajectory."""

_GRADIENTS: dict[tuple[bytes, ...], Oracle] = {}


def key(problem: Problem, at: Point) -> tuple[bytes, ...]:
    return tuple(np.asarray(part).tobytes() for part in (problem.X, problem.Y, at.w, at.b))


def trajectory(problem: Problem, start: Point, alpha: float) -> Trajectory:
    """Return a trajectory that all simulated workers share, as 1000 steps by the oracle take half a second."""
    asked = (*key(problem, start), np.float64(alpha).tobytes())
    return _TRAJECTORIES.setdefault(asked, Trajectory(problem, start, alpha))


def gradient(problem: Problem, at: Point) -> Oracle:
    """Return a gradient that all simulated workers share, as the oracle took a third of a simulated check's time."""
    asked = key(problem, at)
    if asked not in _GRADIENTS:
        _GRADIENTS[asked] = oracle(problem, *at)
    return _GRADIENTS[asked]


class Clock:
    """Time that passes only when a worker works."""

    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> int:
        return round(self.now_s * 1e9)


@dataclass
class Simulated:
    """A worker whose calls take ns_per_element · m · n_x, and whose gradient is right unless told otherwise."""

    clock: Clock
    name: str
    ns_per_element: float
    technique: str = "loop"
    startup_s: float | None = None
    wrong_from_call: int | None = None
    fails_in: str | None = None
    calls_made: int = 0
    astray: float = 0.0
    most_steps: int | None = None
    stale: bool = False
    late_s: float = 0.0
    late_times: int = 1_000_000
    interrupted: Callable[[], bool] = bool
    remembers: bool = False
    remembers_descents_from: int = 1_000_000
    made: list[tuple[float, int]] = field(default_factory=list)
    works_early_s: float = 0.0
    lost_s: float = 0.0
    ran_s: float = 0.0
    place: int | None = None
    bound: bool = True
    case: problems.Case | None = field(default=None, repr=False)

    def _work(self, stage: str, calls: int = 1) -> None:
        assert self.case is not None
        if stage == self.fails_in:
            raise WorkerFailed(f"failed in {stage}")
        self.calls_made += calls
        self.clock.now_s += calls * self.call_s

    @property
    def call_s(self) -> float:
        assert self.case is not None
        return self.ns_per_element * 1e-9 * self.case.problem.m * self.case.problem.n_x

    def ask(self, operation, *arguments):
        """Run the method with the name of the operation of `Task`."""
        return getattr(self, operation.__name__)(*arguments)

    def compile_anew(self, *, anew: bool) -> None:
        """Do nothing."""

    def bind(self, *, bound: bool) -> None:
        self.bound = bound

    def descends(self) -> bool:
        return False

    def prepare(self, folder: str) -> float:
        with PARSING:  # threads stand for processes, and the header of an .npy file is an expression of Python
            self.case = problems.load(Path(folder))
        self.made.clear()
        self._work("prepare", 0)
        return 0.001

    def compute(self) -> Computed:
        self._work("compute")
        return Computed(self.call_s, self.last())

    def compute_elsewhere(self) -> Computed:
        self._work("compute")
        return Computed(self.call_s, self.at(*judge.elsewhere(self.case)))

    def calibrate(self, least_s: float) -> Calibrated:
        calls = max(1, int(least_s / self.call_s))
        self._work("calibrate", calls)
        return Calibrated(calls, self.call_s, threads=1.0)

    def sample(self, calls: int) -> Sampled:
        self._work("sample", calls)
        return Sampled(self.call_s, *self.read(calls))

    def single(self, number: int) -> Single:
        assert self.case is not None
        self._work("sample")
        own = number % 4 in (0, 3)
        point = (self.case.w, self.case.b) if own else judge.elsewhere(self.case)
        again = number % 2 == 0 and number > 0
        call_s = 0.0 if again and self.remembers else self.call_s
        late_s, _, interrupted = self.read(1)
        return Single(call_s, late_s, call_s, interrupted, gradient=self.at(*point))

    def read(self, calls: int) -> tuple[float, float, bool]:
        """Return the extra seconds to read a result, those of the calls, and whether the reading was interrupted."""
        self.late_times -= 1
        interrupted = self.interrupted()
        late_s = self.late_s if self.late_times >= 0 or interrupted else 0.0
        return late_s, calls * self.call_s, interrupted

    def repeat(self, pairs: int) -> Repeated:
        self._work("repeat", 2 * pairs)
        return Repeated(self.call_s, 0.0 if self.remembers else self.call_s)

    def convert(self) -> float:
        return self.works_early_s

    def last(self) -> Gradient:
        assert self.case is not None
        return self.at(self.case.w, self.case.b)

    def settle(self, place: int | None) -> None:
        self.place = place

    def at(self, w, b) -> Gradient:
        assert self.case is not None
        point = Point(self.case.w, self.case.b) if self.stale else Point(w, b)
        right = gradient(self.case.problem, point)
        is_wrong = self.wrong_from_call is not None and self.calls_made >= self.wrong_from_call
        factor = self.case.problem.m / (self.case.problem.m - 1) if is_wrong else 1.0
        J, dw, db = (factor * np.asarray(part) for part in (right.J.hi, right.dw.hi, right.db.hi))
        return Gradient(J=float(J), dw=dw, db=float(db))

    def descend(self, alpha: float, steps: int, from_zeros: bool) -> Descended:
        assert self.case is not None
        self._work("descend", steps)
        known = self.made.count((alpha, steps)) >= self.remembers_descents_from
        self.made.append((alpha, steps))
        zeros = Point(np.zeros_like(self.case.w), np.float64(0))
        start = zeros if from_zeros else Point(self.case.w, self.case.b)
        made = steps if self.most_steps is None else min(steps, self.most_steps)
        alone = {rate for rate, count in self.made if count == steps} == {alpha}
        made = made if alone else 0  # at other rates nobody looks where it ends
        with _EXTENDING:
            end, _ = trajectory(self.case.problem, start, alpha).after(made)
        return Descended(0.0 if known else self.call_s, (end[:-1] + self.astray).tobytes(), float(end[-1]))

    def forget(self) -> Forgotten:
        self.case = None
        return Forgotten(12_345, {"workers": 2})
