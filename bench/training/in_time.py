"""Timeout of a training during any activity: compiling and slow steps can't be interrupted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from queue import Empty, SimpleQueue
from typing import TypeAlias, TypeVar

from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import NEVER, Deadline

T = TypeVar("T")

Closing: TypeAlias = Generator[T, None, None]
"""Iterator that can be closed."""

MOST_S = threading.TIMEOUT_MAX
"""Maximum timeout of a queue in seconds."""

CLOSING_S = 1.0
"""Seconds that an interrupted training may take to save its model."""


def in_time(
    events: Closing[T], until: Deadline, late: str, stopped: Callable[[T], bool] = lambda _: False
) -> Closing[T]:
    """Yield events, which are computed in a thread. Raises UnusableInput, `late`, if one exceeds the deadline.

    The computation of that event isn't interrupted and ends with the process. stopped: function that returns whether an
    event means that the training has stopped. Later events have no deadline, so that no model is lost.
    """
    patience = until
    wanted, happened = SimpleQueue[bool](), SimpleQueue[T | BaseException]()
    thread = threading.Thread(target=_serve, args=(events, wanted, happened), daemon=True)
    thread.start()
    try:
        while True:
            wanted.put(True)
            try:
                event = happened.get(timeout=min(MOST_S, max(0.0, patience.left_s())))
            except Empty:
                raise UnusableInput(late) from None
            if isinstance(event, StopIteration):
                return
            if isinstance(event, BaseException):
                raise event
            patience = NEVER if stopped(event) else patience
            yield event
    finally:
        wanted.put(False)
        thread.join(min(CLOSING_S, max(0.0, until.left_s())))


def _serve(events: Closing[T], wanted: SimpleQueue[bool], happened: SimpleQueue[T | BaseException]) -> None:
    """Compute one event after another while more are wanted."""
    while wanted.get():
        try:
            happened.put(next(events))
        except BaseException as error:  # in_time raises it
            happened.put(error)
            return
    events.close()
