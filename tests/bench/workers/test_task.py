"""Operations of a worker on a simulated clock: points, samples, reading."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from gradrace.bench import timing
from gradrace.bench.problems import made_up, save
from gradrace.bench.workers import task
from gradrace.bench.workers.points import MOST_WEIGHTS
from gradrace.bench.workers.task import Task
from gradrace.impls import interface
from gradrace.impls.interface import Gradient, Implementation, Technique


class Late:
    """An implementation whose calls take 10 µs, and whose unfinished results take so much longer to read."""

    def __init__(self, late_ns: int) -> None:
        self.now = 0
        self.late_ns = late_ns
        self.points: list[tuple[bytes, float]] = []

    def clock(self) -> int:
        return self.now

    def gradient(self, _: object, w: np.ndarray, b: float) -> tuple[str, np.ndarray, float]:
        self.now += 10_000
        self.points.append((w.tobytes(), float(b)))
        return "unfinished", w, b

    def read(self, J: object, dw: np.ndarray, db: float) -> Gradient:
        self.now += 1_000 + (self.late_ns if J == "unfinished" else 0)
        return Gradient(0.0, np.array(dw), float(db))


@pytest.fixture
def prepared(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    """Makes a task of an implementation, its case prepared and its first call made."""

    def prepare(late: Late) -> Task:
        monkeypatch.setattr(task, "CLOCK", late.clock)
        save(made_up(6, 40), tmp_path)
        made = Task(
            Implementation(technique=Technique.LOOP, prepare=lambda _: None, gradient=late.gradient, to_numpy=late.read)
        )
        made.prepare(str(tmp_path))
        made.compute()
        return made

    return prepare


@pytest.mark.parametrize("late_ns", [0, 250_000])
def test_a_result_that_is_not_finished_takes_longer_to_read(prepared, late_ns: int) -> None:
    sampled = prepared(Late(late_ns)).sample(5)
    assert sampled.call_s == pytest.approx(10e-6)
    assert sampled.late_s == pytest.approx(late_ns * 1e-9)


@pytest.mark.parametrize("late_ns", [0, 250_000])
def test_a_library_that_keeps_what_it_has_read_is_not_late_but_for_what_is_not_finished(prepared, late_ns: int) -> None:
    """As JAX does: each array is read at length once."""

    class Keeping(Late):
        def __init__(self, late_ns: int) -> None:
            super().__init__(late_ns)
            self.read_before: list[np.ndarray] = []

        def read(self, J: object, dw: np.ndarray, db: float) -> Gradient:
            self.now += 0 if any(dw is other for other in self.read_before) else 40_000
            self.read_before.append(dw)
            return super().read(J, dw, db)

    made = prepared(Keeping(late_ns))
    assert [made.sample(5).late_s for _ in range(3)] == pytest.approx([late_ns * 1e-9] * 3)
    assert [made.single(number).late_s for number in range(4)] == pytest.approx([late_ns * 1e-9] * 4)


class Lists:
    """An implementation that returns a list, as one NumPy reads: 500 µs, an array 1 µs; and a J that takes so long.

    kinds: makes dw of a list at each call, in turn; the last one stays.
    """

    def __init__(self, monkeypatch: pytest.MonkeyPatch, late_ns: int, *kinds: Any) -> None:
        self.late, self.kinds = Late(late_ns), [*kinds]
        copy = interface._copy

        def read(dw: Any) -> Any:
            self.late.now += 500_000 if isinstance(dw, list | tuple) else 1_000
            return copy(dw)

        monkeypatch.setattr(task, "CLOCK", self.late.clock)
        monkeypatch.setattr(interface, "_copy", read)

    def gradient(self, data: object, w: np.ndarray, b: float) -> tuple[Any, Any, float]:
        late = self.late

        class Unfinished:
            def __float__(self) -> float:
                late.now += late.late_ns
                return 0.0

        late.gradient(data, w, b)
        kind = self.kinds.pop(0) if len(self.kinds) > 1 else self.kinds[0]
        return Unfinished(), kind(w.tolist()), float(b)

    def task(self, folder: Path, to_numpy: Any = None) -> Task:
        save(made_up(6, 40), folder)
        made = Task(
            Implementation(technique=Technique.LOOP, prepare=lambda _: None, gradient=self.gradient, to_numpy=to_numpy)
        )
        made.prepare(str(folder))
        made.compute()
        return made


class Own(float):
    """A number that may be computed when it is read."""


@pytest.mark.parametrize("plain", [list, tuple, lambda dw: [*map(np.float64, dw)]])
@pytest.mark.parametrize("late_ns", [0, 250_000])
def test_a_list_is_not_late_but_for_what_is_not_finished(tmp_path, monkeypatch, late_ns: int, plain: Any) -> None:
    """A list of 10,000 numbers takes 0.5 ms longer to be read than the array that w is."""
    made = Lists(monkeypatch, late_ns, plain).task(tmp_path)
    assert made.sample(5).late_s == pytest.approx(late_ns * 1e-9)
    assert [made.single(number).late_s for number in range(4)] == pytest.approx([late_ns * 1e-9] * 4)


@pytest.mark.parametrize(
    "kinds",
    [
        (lambda dw: [*map(Own, dw)],),
        (list, list, list, lambda dw: [*map(Own, dw)]),
        (list, lambda dw: (*map(Own, dw),)),
    ],
)
def test_a_list_of_anything_else_is_late_whatever_preceded_it(tmp_path, monkeypatch, kinds: Any) -> None:
    """Its numbers may be computed when they are read."""
    made = Lists(monkeypatch, 0, *kinds).task(tmp_path)
    assert [made.sample(5).late_s for _ in range(3)][1:] == pytest.approx([499e-6] * 2)


def test_lists_excuse_no_array_that_takes_long_to_read(tmp_path, monkeypatch) -> None:
    """A list at first, then what is computed when it is read."""

    class Lazy:
        def __init__(self, dw: list[float]) -> None:
            self.dw = dw

        def __array__(self, *_: object, **__: object) -> np.ndarray:
            lists.late.now += 400_000
            return np.array(self.dw)

    lists = Lists(monkeypatch, 0, *[list] * 20, Lazy)
    made = lists.task(tmp_path)
    assert [round(made.sample(5).late_s, 6) for _ in range(8)][-1] == 400e-6


def test_nothing_is_read_between_the_last_call_and_its_list(tmp_path, monkeypatch) -> None:
    """A thread that fills the list would have that much time."""
    made = Lists(monkeypatch, 0, list).task(tmp_path)
    made.sample(5)  # finds out whether it can read its own types
    read, copy = [], interface._copy
    monkeypatch.setattr(interface, "_copy", lambda dw: read.append(type(dw)) or copy(dw))
    made.sample(5)
    assert read == [np.ndarray, np.ndarray, list, list]


def test_to_numpy_is_not_excused_by_a_list_that_it_does_not_read(tmp_path, monkeypatch) -> None:
    def to_numpy(J: object, dw: Any, db: float) -> Gradient:
        lists.late.now += 400_000 if isinstance(dw, list) else 0
        return Gradient(0.0, np.array(dw), float(db))

    lists = Lists(monkeypatch, 0, list)
    assert lists.task(tmp_path, to_numpy).sample(5).late_s >= 400e-6


@pytest.mark.parametrize("interrupted", [False, True])
def test_an_interruption_while_a_result_is_read_is_told(prepared, monkeypatch, interrupted: bool) -> None:
    """Not one during the calls, which makes no result late."""
    late, counted = Late(250_000), [0]
    read, gradient = late.read, late.gradient

    def interrupted_read(*result: Any) -> Gradient:
        counted[0] += interrupted
        return read(*result)

    def interrupted_call(*point: Any) -> Any:
        counted[0] += 1
        return gradient(*point)

    monkeypatch.setattr(timing, "interruptions", lambda: counted[0])
    monkeypatch.setattr(late, "read", interrupted_read)
    monkeypatch.setattr(late, "gradient", interrupted_call)
    made = prepared(late)
    assert made.sample(5).interrupted is interrupted
    assert [made.single(number).interrupted for number in range(4)] == [interrupted] * 4


@pytest.mark.parametrize("calls", [1, 2, 1000])
def test_no_two_calls_of_samples_have_the_same_point(prepared, calls: int) -> None:
    late = Late(0)
    made = prepared(late)
    own = late.points[0]
    late.points.clear()
    made.sample(calls)
    made.sample(calls)
    new = [point for point in late.points if point != own]
    expected = {2} if calls == 1 else {2 * calls, 2 * calls + 1, 2 * calls + 2}  # its own, one untimed, one by chance
    assert len(set(new)) == len(new)
    assert len(new) in expected
    assert len({w for w, _ in new}) >= min(calls, MOST_WEIGHTS)


@pytest.mark.parametrize("calls", [2, 1000])
def test_the_cases_own_w_lies_in_memory_as_the_others_do(prepared, calls: int) -> None:
    """An implementation that recognises it could compute only there."""
    late = Late(0)
    made = prepared(late)
    seen: list[tuple[int, int]] = []
    made._call = lambda w, b: seen.append((w.base.nbytes, w.flags.num)) or ("finished", w, b)
    made.sample(calls)
    assert len(set(seen)) == 1
    assert len(seen) in (calls + 1, calls + 2)


@pytest.mark.parametrize(("early_ns", "told_s"), [(0, 0.0), (7_000, 7e-6)])
def test_what_to_native_computes_for_this_problem_alone_is_seen(prepared, early_ns: int, told_s: float) -> None:
    late = Late(0)
    made = prepared(late)

    def to_native(w, b):
        late.now += 2_000 + (early_ns if w.size == 40 else 0)
        return w, b

    assert made.convert() == 0
    made._implementation = replace(made._implementation, to_native=to_native)
    assert made.convert() == pytest.approx(told_s)


def test_a_conversion_that_fails_for_another_length_takes_next_to_no_time(prepared) -> None:
    late = Late(0)
    made = prepared(late)

    def to_native(w, b):
        if w.size != 40:
            raise ValueError("computes with X at once")
        late.now += 9_000
        return w, b

    made._implementation = replace(made._implementation, to_native=to_native)
    assert made.convert() == pytest.approx(9e-6)


def test_the_last_gradient_is_that_at_the_cases_own_point(prepared) -> None:
    late = Late(0)
    made = prepared(late)
    own = late.points[0]
    for calls in (1, 7):
        made.sample(calls)
        made.last()
        assert late.points[-1] == own


@pytest.mark.parametrize("calls", [1, 7])
def test_all_timed_calls_of_a_sample_count_and_the_untimed_one_does_not(prepared, calls: int) -> None:
    late = Late(0)
    made = prepared(late)
    for _ in range(10):
        before = len(late.points)
        sampled = made.sample(calls)
        timed = len(late.points) - before - (calls > 1)
        assert sampled.timed_s == pytest.approx(10e-6 * timed)


@pytest.mark.parametrize("pairs", [1, 7])
def test_each_new_point_is_repeated_at_once(prepared, pairs: int) -> None:
    late = Late(0)
    made = prepared(late)
    made.sample(5)
    before = set(late.points)
    found = made.repeat(pairs)
    called = late.points[-2 * pairs :]
    assert found.new_s == found.again_s == pytest.approx(10e-6)
    assert called[::2] == called[1::2]
    assert len({*called} - before) == pairs


def test_interruptions_neither_hide_what_is_remembered_nor_make_it_up(prepared) -> None:
    class Interrupted(Late):
        remembers_from = 10

        def gradient(self, _: object, w: np.ndarray, b: float) -> tuple[str, np.ndarray, float]:
            remembered = (w.tobytes(), float(b)) in self.points[self.remembers_from :]
            self.now += (1_000 if remembered else 10_000) + (50_000_000 if len(self.points) % 3 else 0)
            self.points.append((w.tobytes(), float(b)))
            return "unfinished", w, b

    late = Interrupted(0)
    made = prepared(late)
    for remembers_from, again_s in ((0, 1e-6), (1_000_000, 10e-6)):
        late.remembers_from = remembers_from
        found = made.repeat(9)
        assert found.new_s == pytest.approx(10e-6)
        assert found.again_s == pytest.approx(again_s)


@pytest.mark.parametrize("late_ns", [0, 250_000])
def test_one_that_cannot_read_native_values_is_compared_with_reading_numpys(prepared, late_ns: int) -> None:
    """A lazy result that is computed anew at each reading would take as long as itself."""

    class Fussy(Late):
        def read(self, J: object, dw: np.ndarray, db: float) -> Gradient:
            if J != "unfinished":
                raise TypeError
            return super().read(J, dw, db)

    assert prepared(Fussy(late_ns)).sample(3).late_s == pytest.approx(1e-6 + late_ns * 1e-9)


def test_the_number_of_calls_varies_so_that_none_is_always_the_last(prepared) -> None:
    late = Late(0)
    made = prepared(late)
    counts = set()
    for _ in range(20):
        late.points.clear()
        made.sample(5)
        counts.add(len(late.points))
    assert counts == {6, 7}


def test_what_a_descent_compiles_is_no_steps_time(prepared) -> None:
    late, compiled = Late(0), set[int]()

    def descend(_: object, w: np.ndarray, b: float, alpha: float, steps: int) -> tuple[np.ndarray, float]:
        late.now += 5_000 * steps + (0 if steps in compiled else 20_700_000_000)
        compiled.add(steps)
        return w, b

    made = prepared(late)
    assert not made.descends()
    made._implementation = replace(made._implementation, descend=descend)
    assert made.descends()
    took = [made.advance(0.1, steps).seconds for steps in (0, 100, 100, 50)]
    assert took == pytest.approx([0, 5e-4, 5e-4, 2.5e-4], rel=0.01)  # with reading w and b
    in_race = [made.descend(0.1, steps, True).step_s for steps in (20, 1000, 1000)]
    assert in_race == pytest.approx([5e-6] * 3, rel=0.01)


def test_steps_without_a_descent_of_their_own_are_not_made_twice(prepared) -> None:
    late = Late(0)
    made = prepared(late)
    before = len(late.points)
    assert made.advance(0.1, 3).seconds == pytest.approx(33e-6)  # with reading what it computed
    assert len(late.points) == before + 3 + 1
