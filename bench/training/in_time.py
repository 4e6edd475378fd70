"""A training that ends in time, whatever it is doing: compiling and slow steps can't be interrupted."""

from __future__ import annotations

from collections.abc import Generator
from queue import Empty, SimpleQueue
from threading import Thread
from typing import TypeAlias, TypeVar

from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import Deadline

T = TypeVar("T")

Closing: TypeAlias = Generator[T, None, None]
"""An iterator that can be closed."""

CLOSING_S = 1.0
"""How long an interrupted training may take to keep its model."""


def in_time(events: Closing[T], until: Deadline, late: str) -> Closing[T]:
    """Yield events, which happen in a thread of their own. Raises UnusableInput, `late`, if one takes too long.

    What has begun then is left to itself, and ends with the process.
    """
    wanted, happened = SimpleQueue[bool](), SimpleQueue[T | BaseException]()
    thread = Thread(target=_serve, args=(events, wanted, happened), daemon=True)
    thread.start()
    try:
        while True:
            wanted.put(True)
            try:
                event = happened.get(timeout=max(0.0, until.left_s()))
            except Empty:
                raise UnusableInput(late) from None
            if isinstance(event, StopIteration):
                return
            if isinstance(event, BaseException):
                raise event
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
