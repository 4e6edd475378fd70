"""A training that ends in time, whatever it is doing: compiling and slow steps can't be interrupted."""

from __future__ import annotations

import threading
from collections.abc import Callable, Generator
from queue import Empty, SimpleQueue
from typing import TypeAlias, TypeVar

from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import NEVER, Deadline

T = TypeVar("T")

Closing: TypeAlias = Generator[T, None, None]
"""An iterator that can be closed."""

MOST_S = threading.TIMEOUT_MAX
"""The longest that a queue can be waited for."""

CLOSING_S = 1.0
"""How long an interrupted training may take to keep its model."""


def in_time(
    events: Closing[T], until: Deadline, late: str, stopped: Callable[[T], bool] = lambda _: False
) -> Closing[T]:
    """Yield events, which happen in a thread of their own. Raises UnusableInput, `late`, if one takes too long.

    What has begun then is left to itself, and ends with the process. stopped: whether an event says that the training
    has stopped; what follows it takes as long as it takes, so that no model is lost.
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
    """Let one event happen after another, as long as more are wanted."""
    while wanted.get():
        try:
            happened.put(next(events))
        except BaseException as error:  # is raised where it is waited for
            happened.put(error)
            return
    events.close()
