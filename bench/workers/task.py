"""Operations of a worker process: each public method of `Task` is one that the race may call.

`Worker.ask(Task.sample, calls)` runs `Task.sample(calls)` in the worker's process. Arguments and results are plain
numbers, text, arrays and structs, with the types of the annotations.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from functools import cache, cached_property, partial
from pathlib import Path
from typing import Any, get_type_hints

import msgspec
import numpy as np

from gradrace.bench import problems, stepping, timing
from gradrace.bench.machine import memory
from gradrace.bench.results import Dtype
from gradrace.bench.text import one_line
from gradrace.bench.verification import judge
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.verification.scenes.play import Played, play
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.workers.answers import (
    Advanced,
    Calibrated,
    Computed,
    Descended,
    Forgotten,
    Repeated,
    Sampled,
    Single,
)
from gradrace.bench.workers.points import Points
from gradrace.impls.interface import Float, FloatArray, Gradient, Implementation, Technique

CLOCK = time.perf_counter_ns

LEAST_SAMPLE_S = timing.RESOLUTIONS_PER_SAMPLE * timing.resolution_ns(CLOCK) * 1e-9

MOST_FACTS, MOST_LETTERS, LARGEST = 8, 80, 2**53
"""Limits of the facts that an implementation may report: their number, letters, and size of a whole number."""

PLAIN_NUMBERS = {float, np.float64, np.float32}
"""Types of numbers that can't be computed later, when they are read."""

CONVERSIONS = 9
"""Trials of `to_native`, of which the median is taken."""


PLAIN: Implementation[Any, Any, Any] = Implementation(
    technique=Technique.LOOP, prepare=lambda problem: problem, gradient=lambda _, w, b: (b, w, b)
)
"""Implementation that reads results in NumPy's types, as fast as possible."""


class Task:
    """The implementation, and the case that it has prepared."""

    def __init__(self, implementation: Implementation[Any, Any, Any]) -> None:
        self._implementation = implementation
        self._call: timing.Call[Any] | None = None
        self._timed: Gradient | None = None
        self._points: Any = None
        self._rng = np.random.default_rng(0)
        self._last: Any = None
        self._case: Any = None
        self._reached: Any = None
        self._made: set[int] = set()

    def descends(self) -> bool:
        """Return whether the implementation has its own `descend`, which may compile for each number of steps."""
        return self._implementation.descend is not None

    def prepare(self, folder: str) -> float:
        """Load the case saved in the folder and prepare it; return the seconds of the preparation."""
        self._let_go()  # so that the previous case isn't in memory beside this one
        memory.reset_peak()
        case = problems.load(Path(folder))
        implementation = self._implementation
        prepare_s, data = timing.timed(lambda: implementation.prepare(case.problem), CLOCK)
        self._call = partial(implementation.gradient, data)
        self._case = (data, case.w, case.b)
        self._points = Points(implementation, case.w, case.b, self._rng)
        self._reached = (np.zeros_like(case.w), np.zeros_like(case.b)[()])
        self._made = set()
        return prepare_s

    def compute(self) -> Computed:
        """Call the gradient once at the case's own point, and time the call."""
        _, w, b = self._case
        call_s, self._last = timing.sample(self._prepared, [self._implementation.native(w, b)], CLOCK)
        return Computed(call_s, self._implementation.read(self._last))

    def compute_elsewhere(self) -> Computed:
        """Call the gradient once at `judge.another_point`, and time the call; the last result must not change."""
        data, w, b = self._case
        first = self._implementation.read(self._last)
        native = self._implementation.native(*judge.another_point(w, b))
        call_s, result = timing.timed(lambda: self._implementation.gradient(data, *native), CLOCK)
        gradient = self._implementation.read(result)
        overwrites = not judge.same_bits(self._implementation.read(self._last), first)
        return Computed(call_s, gradient, overwrites)

    def calibrate(self, least_s: float) -> Calibrated:
        """Find the number of calls in a sample of at least least_s seconds, and how many threads they keep busy."""
        least_s = max(least_s, LEAST_SAMPLE_S)
        calibrate = partial(timing.calibrate, self._prepared, self._points.make, CLOCK, least_s)
        threads, (calls, call_s) = timing.busy_threads(calibrate)
        return Calibrated(calls, call_s, threads)

    def sample(self, calls: int) -> Sampled:
        """Take one sample of `calls` calls, each at its own w and b; the last of several is at the case's own point.

        With several calls, one more may be added at random. The result of the last call is read at once. A finished
        result takes no longer to read than new numbers in the implementation's own types. Two such results are read
        just before; the first one loads the code.
        """
        calls += int(self._rng.integers(2)) if calls > 1 else 0  # so that no call has its own place in every sample
        points, finished = self._points.make(calls, own=calls > 1), self._two_finished()
        call_s, self._last = timing.sample(self._prepared, points, CLOCK)
        late_s, interrupted, read = self._read_at_once(finished)
        self._timed = read if calls > 1 else None
        return Sampled(call_s, late_s, calls * call_s, interrupted, changes_w=self._points.changed())

    def single(self, number: int) -> Single:
        """Time one call: at the case's own point if number % 4 is 0 or 3, and at `judge.another_point` otherwise.

        Every second call is thus made at the point of the previous call, whose result must not change.
        """
        _, w, b = self._case
        w, b = (w.copy(), b) if number % 4 in (0, 3) else judge.another_point(w, b)
        before, given = self._last, w.copy()
        finished = [] if before is None else self._two_finished()
        earlier = None if before is None else self._implementation.read(before)
        call_s, self._last = timing.sample(self._prepared, [self._implementation.native(w, b)], CLOCK)
        late_s, interrupted, read = self._read_at_once(finished)
        overwrites = earlier is not None and not judge.same_bits(self._implementation.read(before), earlier)
        changes_w = not np.array_equal(w, given)
        return Single(call_s, late_s, call_s, interrupted, changes_w, overwrites, gradient=read)

    def repeat(self, pairs: int) -> Repeated:
        """Call the gradient twice at each of `pairs` new points; return the fastest first and the fastest second call.

        A cached result takes next to no time. As first and second calls alternate, an interruption is as likely to
        delay one kind as the other.
        """
        taken = [
            timing.timed(partial(self._prepared, *point), CLOCK)[0] for point in self._points.make(pairs) for _ in "12"
        ]
        return Repeated(new_s=min(taken[::2]), again_s=min(taken[1::2]))

    def convert(self) -> float:
        """Return the extra seconds of `to_native` for a w of this problem, compared with a w of another length.

        This reveals a computation in `to_native`, which isn't timed: a mere conversion takes as long for n_x + 1
        weights.
        """
        if self._implementation.to_native is None:
            return 0.0
        _, w, b = self._case
        trials = [
            (self._native_s(self._new(w.size), b), self._native_s(self._new(w.size + 1), b)) for _ in range(CONVERSIONS)
        ]
        own_s, other_s = np.median(trials, axis=0)
        return float(own_s - other_s)

    def last(self) -> Gradient:
        """Return the last timed gradient at the case's own point, from a further call if samples are single calls."""
        return self._timed or self.compute().gradient

    def descend(self, alpha: float, steps: int, from_zeros: bool) -> Descended:
        """Time a descent of `steps` steps with learning rate alpha, from zeros or from the case's own w and b.

        From zeros, the first descent of this many steps is made twice, as its first run may include compiling.
        """
        _, w, b = self._case
        if from_zeros:
            w, b = np.zeros_like(w), b.dtype.type(0)
            self._warm_up(w, b, alpha, steps)
        descend = partial(self._timed_steps, w, b, alpha, steps)
        threads, (seconds, (w, b)) = timing.busy_threads(descend)
        return Descended(seconds / steps, np.asarray(w).tobytes(), float(b), threads)

    def advance(self, alpha: float, steps: int) -> Advanced:
        """Continue a descent from zeros by `steps` steps, and compute the cost there; only the steps are timed.

        The first descent of this many steps is made twice, as its first run may include compiling.
        Raises TypeError if w has another dtype or shape afterwards.
        """
        (data, _, _), (w, b) = self._case, self._reached
        seconds = 0.0
        with np.errstate(over="ignore", invalid="ignore"):  # an overflow shows in the cost
            self._warm_up(w, b, alpha, steps)
            if steps:
                seconds, (w, b) = self._timed_steps(w, b, alpha, steps)
            J = stepping.cost(self._implementation, data, w, b)
        if w.dtype != self._case[1].dtype or w.shape != self._case[1].shape:
            raise TypeError(f"its descent returns w of {w.dtype} and shape {w.shape}")
        self._reached = (w, b)
        return Advanced(seconds, J, w.tobytes(), float(b))

    def _timed_steps(self, w: FloatArray, b: Float, alpha: float, steps: int) -> tuple[float, tuple[FloatArray, Float]]:
        """Return the seconds of a descent, and where it ends."""
        take = partial(stepping.steps, self._implementation, self._case[0], w, b, alpha, steps)
        return timing.timed(take, CLOCK)

    def _warm_up(self, w: FloatArray, b: Float, alpha: float, steps: int) -> None:
        """Compile for descents of `steps` steps, unless one was made on this case."""
        if steps not in self._made:
            stepping.warm_up(self._implementation, self._case[0], w, b, alpha, steps)
            self._made.add(steps)

    def observe(self, exercise: Exercise) -> judge.Observation:
        """Make the case of an exercise, and observe three calls on it."""
        return judge.observe(self._implementation, exercise.case())

    def descend_on(self, exercise: Exercise) -> None:
        """Make two steps of an own `descend` on the case of an exercise, where it may compile."""
        if self._implementation.descend is not None:
            case = exercise.case()
            data = self._implementation.prepare(case.problem)
            stepping.warm_up(self._implementation, data, case.w, case.b, 0.0, 2)

    def play(self, scene: str, dtype: Dtype) -> Played:
        """Play a scene by its name: see `verification.scenes.table`."""
        return play(self._implementation, SCENES[scene](dtype))

    def forget(self) -> Forgotten:
        """Release the case; return its peak memory, and the facts about its preparation."""
        facts = self._facts()
        self._let_go()
        return Forgotten(memory.peak_rss_bytes(), facts)

    def _read_at_once(self, finished: Sequence[Callable[[], Gradient]]) -> tuple[float, bool, Gradient]:
        """Read the last result. Return its extra seconds compared with the last finished one, and the gradient.

        A list that NumPy reads is compared with a copy that is read afterwards: an earlier one would give the work more
        time to end, and `to_numpy` could compute what it doesn't read from the list.
        Without a finished one to compare with, the seconds are 0. The second value is whether the thread was
        interrupted meanwhile.
        """
        before = timing.interruptions()
        finished_s = [timing.timed(read, CLOCK)[0] for read in finished]
        read_s, read = timing.timed(partial(self._implementation.read, self._last), CLOCK)
        if finished and self._implementation.to_numpy is None and (listed := _listed(self._last[1])):
            finished_s.append(timing.timed(partial(PLAIN.read, (0.0, listed, 0.0)), CLOCK)[0])
        interrupted = timing.interruptions() > before
        return read_s - finished_s[-1] if finished_s else 0.0, interrupted, read

    @property
    def _prepared(self) -> timing.Call[Any]:
        """Return the timed call on the prepared case, at w and b in the implementation's own types."""
        if self._call is None:
            raise RuntimeError("asked to compute before a case was prepared")
        return self._call

    def _facts(self) -> dict[str, str | int]:
        """Return the facts that the implementation reports about the prepared case, truncated.

        Implementations of older versions report none.
        """
        facts = getattr(self._implementation, "facts", None)
        found = {} if facts is None or self._case is None else facts(self._case[0])
        return {one_line(str(name))[:MOST_LETTERS]: _fact(value) for name, value in [*found.items()][:MOST_FACTS]}

    def _new(self, size: int) -> FloatArray:
        """Return a new random w of this size."""
        w = self._case[1]
        return self._rng.uniform(-1.0, 1.0, size).astype(w.dtype)

    def _native_s(self, w: FloatArray, b: Any) -> float:
        """Return the seconds that it takes to convert w and b, or until the conversion fails."""
        start = CLOCK()
        with suppress(Exception):
            self._implementation.native(w, b)
        return (CLOCK() - start) * 1e-9

    def _two_finished(self) -> list[Callable[[], Gradient]]:
        """Return functions that read two finished results, each new.

        A library may keep what it has read: JAX reads a result in 64 µs, and in 27 µs the second time.
        """
        make, read = self._finished
        return [partial(read, make()), partial(read, make())]

    @cached_property
    def _finished(self) -> tuple[Callable[[], Any], Callable[[Any], Gradient]]:
        """Return functions that make a finished result, in the implementation's own types or in NumPy's, and read it.

        NumPy's are used if the implementation can't read the result in its own.
        """
        found, (_, w, b) = self._implementation.read(self._last), self._case
        number, native = b.dtype.type, self._implementation.native

        def make() -> Any:
            dw, db = native(found.dw.astype(w.dtype).reshape(w.shape), number(found.db))
            return native(w, number(found.J))[1], dw, db

        try:
            self._implementation.read(make())
        except Exception:  # it can't read these values, or returned another shape
            return lambda: (number(found.J), np.asarray(found.dw), number(found.db)), PLAIN.read
        return make, self._implementation.read

    def _let_go(self) -> None:
        self._call = self._points = self._last = self._case = self._reached = self._timed = None
        self.__dict__.pop("_finished", None)


def _listed(dw: Any) -> Any:
    """Return a copy, number by number, of a list or tuple of plain numbers; None of anything else.

    A list of 10,000 numbers takes 0.5 ms to be read, an array 10 µs.
    """
    kinds = {type(number) for number in dw} if type(dw) in (list, tuple) else set()
    if len(kinds) != 1 or not kinds <= PLAIN_NUMBERS:
        return None
    (kind,) = kinds
    return type(dw)(kind(number + 0) for number in dw)


def run(task: Task, operation: str, arguments: list[Any]) -> object:
    """Run an operation by its name, its arguments converted to the annotated types."""
    *kinds, _ = types(getattr(Task, operation))
    converted = [msgspec.convert(argument, kind) for argument, kind in zip(arguments, kinds, strict=True)]
    return getattr(task, operation)(*converted)


@cache
def types(operation: Callable[..., Any]) -> tuple[Any, ...]:
    """Return the types of an operation's arguments, and last of its result."""
    return tuple(get_type_hints(operation).values())


def _fact(value: object) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
        return value
    return one_line(str(value))[:MOST_LETTERS]
