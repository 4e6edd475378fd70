"""A training that ends in time: what takes too long is refused, what is raised is raised, what is left is closed."""

from __future__ import annotations

from collections.abc import Generator
from threading import Event, get_ident

import pytest

from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.training.in_time import in_time


def test_what_never_answers_is_refused_when_the_time_is_over() -> None:
    end = Event()

    def hangs() -> Generator[int, None, None]:
        yield 1
        end.wait()

    events = in_time(hangs(), NEVER.within(0.05), "still compiling")
    assert next(events) == 1
    with pytest.raises(UnusableInput, match="still compiling"):
        next(events)
    end.set()


def test_events_come_one_by_one_and_what_is_raised_is_raised_here() -> None:
    def fails() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise ValueError("no")

    events = in_time(fails(), NEVER.within(60), "late")
    assert [next(events), next(events)] == [1, 2]
    with pytest.raises(ValueError, match="no"):
        next(events)
    assert list(in_time((number for number in range(3)), NEVER.within(60), "late")) == [0, 1, 2]


def test_one_that_is_left_is_closed_and_nothing_happened_ahead() -> None:
    closed, happened = list[int](), list[int]()

    def counts() -> Generator[int, None, None]:
        try:
            for number in range(10):
                happened.append(number)
                yield number
        finally:
            closed.append(get_ident())

    events = in_time(counts(), NEVER.within(60), "late")
    assert next(events) == 0
    events.close()
    assert (happened, len(closed)) == ([0], 1)


def test_what_follows_a_stop_is_waited_for() -> None:
    """The model of a training that the budget stopped is written, even if the budget is over by then."""
    now_ns, never_set = [0], Event()

    def stops() -> Generator[str, None, None]:
        yield "stopped"
        never_set.wait(0.05)
        yield "model"

    until = Deadline(lambda: now_ns[0], 60e9)
    events = in_time(stops(), until, "late", lambda event: event == "stopped")
    assert next(events) == "stopped"
    now_ns[0] = 120 * 10**9
    assert list(events) == ["model"]
