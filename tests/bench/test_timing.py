"""The clock is passed in, so these tests are exact, apart from those of processor time."""

from __future__ import annotations

import gc
import os
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from hashlib import sha256
from subprocess import Popen, run

import pytest

from gradrace.bench import timing
from gradrace.bench.gate.pairs.rounds import SEVERAL_THREADS


class FakeClock:
    """A clock that stands still but for what is done to it, and ticks `step` ns at each reading."""

    def __init__(self, step: int = 0) -> None:
        self.now = 0
        self.step = step

    def __call__(self) -> int:
        self.now += self.step
        return self.now


def takes(clock: FakeClock, *durations_ns: int):
    """A call that takes these durations in turn, the last one for ever; it counts its calls."""
    left = list(durations_ns)

    def call(*_point: int) -> int:
        clock.now += left.pop(0) if len(left) > 1 else left[0]
        call.count += 1
        return call.count

    call.count = 0
    return call


def points(count: int) -> list[tuple[int, int]]:
    return [(number, number) for number in range(count)]


def test_timed_returns_seconds_and_the_value() -> None:
    clock = FakeClock()
    assert timing.timed(takes(clock, 2_000_000), clock) == (0.002, 1)


def test_a_slow_call_is_a_sample_by_itself() -> None:
    clock = FakeClock()
    call = takes(clock, 7_000_000)
    assert timing.calibrate(call, points, clock, least_s=0.005) == (1, 0.007)
    assert call.count == 1


def test_a_fast_call_is_repeated_until_the_sample_is_long_enough() -> None:
    clock = FakeClock()
    calls, call_s = timing.calibrate(takes(clock, 500), points, clock, least_s=0.005)
    assert 10_000 <= calls <= 15_000
    assert call_s == 500e-9


def test_a_slow_first_call_does_not_end_the_calibration_too_early() -> None:
    clock = FakeClock()
    calls, _ = timing.calibrate(takes(clock, 4_000_000, 1_000), points, clock, least_s=0.005)
    assert calls >= 5_000


def test_calibration_ends_when_the_clock_does_not_see_a_call_at_all() -> None:
    clock = FakeClock(step=1_000)
    calls, _ = timing.calibrate(takes(clock, 1), points, clock, least_s=1e-4)
    assert calls > 1


def test_a_sample_of_one_call_has_no_call_before_it() -> None:
    clock = FakeClock()
    assert timing.sample(takes(clock, 6_000_000), points(1), clock) == (0.006, 1)


def test_each_call_has_a_point_of_its_own() -> None:
    seen: list[tuple[int, int]] = []
    timing.sample(lambda *point: seen.append(point), points(5), FakeClock(step=1))
    assert seen == points(5)


def test_the_untimed_call_before_a_sample_never_reaches_it() -> None:
    clock = FakeClock()
    call_s, last = timing.sample(takes(clock, 9_000_000, 1_000), points(11), clock)
    assert call_s == pytest.approx(1e-6)
    assert last == 11


def test_the_garbage_collector_rests_during_a_sample_and_works_again_after_it() -> None:
    states = []
    timing.sample(lambda *_: states.append(gc.isenabled()), points(3), FakeClock(step=1))
    assert states[1:] == [False, False]
    assert gc.isenabled()


def test_the_garbage_collector_works_again_after_a_failure() -> None:
    def fails(*_point: int) -> None:
        raise ZeroDivisionError

    try:
        timing.sample(fails, points(1), FakeClock(step=1))
    except ZeroDivisionError:
        assert gc.isenabled()


@pytest.mark.parametrize(("others_ns", "threads"), [(0, 1), (10, 2), (30, 4)])
def test_busy_threads_are_counted_by_their_processor_time(monkeypatch: pytest.MonkeyPatch, others_ns: int, threads):
    """However long the call takes: other processes may use the cores meanwhile."""
    own, everyone = FakeClock(), FakeClock()
    monkeypatch.setattr(timing, "thread_time_ns", own)
    monkeypatch.setattr(timing, "process_time_ns", everyone)

    def call() -> str:
        own.now += 10
        everyone.now += 10 + others_ns
        return "result"

    assert timing.busy_threads(call) == (threads, "result")


def test_a_call_that_waits_for_another_thread_counts_as_several() -> None:
    """Pinning its own thread would pin nothing, though one thread at a time is busy."""
    with ThreadPoolExecutor(1) as pool:
        threads, _ = timing.busy_threads(lambda: pool.submit(sha256, bytes(5_000_000)).result())
    assert threads > SEVERAL_THREADS


def test_child_processes_do_not_count_as_threads() -> None:
    threads, _ = timing.busy_threads(lambda: run([sys.executable, "-c", "sum(range(1_000_000))"], check=True))
    assert threads < SEVERAL_THREADS


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux says whether a thread was interrupted")
def test_a_thread_that_waits_is_not_interrupted_and_one_whose_core_is_taken_is() -> None:
    def on_one_core() -> None:
        os.sched_setaffinity(threading.get_native_id(), {min(os.sched_getaffinity(0))})
        before = timing.interruptions()
        for _ in range(100):
            threading.Event().wait(1e-4)
        waited.append(timing.interruptions() - before)
        code = "import os; os.sched_setaffinity(0, {min(os.sched_getaffinity(0))})\nwhile True: pass"
        with Popen([sys.executable, "-c", code]) as busy:
            while timing.interruptions() <= before + 100:
                sum(range(1000))
            busy.kill()

    waited: list[int] = []
    with ThreadPoolExecutor(1) as pool:
        pool.submit(on_one_core).result()
    assert waited[0] < 100
