"""Progress: a bar on a terminal, one line that changes in a notebook, plain lines or nothing elsewhere."""

from __future__ import annotations

import re
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gradrace.bench.race.race import Tell
from gradrace.bench.results import Cell
from gradrace.bench.timing import NEVER, Deadline
from gradrace.reports.text.time_bar import time_bar
from gradrace.reports.words import sizes

EVERY_S = 10.0
"""Seconds between lines on similar steps elsewhere than on a terminal: a verification has 190 in two minutes."""


@contextmanager
def progress(begun_ns: int, until: Deadline, *, lines: bool = True) -> Iterator[Tell]:
    """Show a bar of the time on a terminal. Yield a `tell` for the race.

    begun_ns: when the command began, on the deadline's clock.
    lines: whether to print a line for each cell elsewhere than on a terminal.
    """
    with time_bar(begun_ns, until) as bar, _elsewhere(lines=lines) as line:

        def tell(cell: Cell | None, what: str) -> None:
            where = f"{sizes(cell)} ({cell.dtype})" if cell else ""
            bar.tell(f"{where} {what}".lstrip())
            if where:
                line(where, what)

        yield tell


@contextmanager
def activities(begun_ns: int, until: Deadline = NEVER) -> Iterator[Callable[..., None]]:
    """Show a bar of the time on a terminal, and a line for each activity elsewhere.

    Yield a `tell` of the activity, and of the seconds until the end once they are known.

    begun_ns: when the command began, on the deadline's clock.
    """
    with time_bar(begun_ns, until) as bar, _elsewhere(lines=True) as line:

        def tell(what: str, left_s: float | None = None) -> None:
            bar.tell(what, left_s)
            line(what)

        yield tell


@contextmanager
def steps(total: int | None, *, lines: bool = True) -> Iterator[Callable[..., None]]:
    """Yield a `tell` for the name of each step, which may be repeated, and the current activity.

    total: number of steps; None if it isn't known.
    lines: whether plain lines are printed elsewhere than on a terminal.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        with _elsewhere(lines=lines, total=total) as line:
            yield line
        return
    columns = BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        seen: dict[str, None] = {}

        def tell(step: str, what: str = "") -> None:
            seen[step] = None
            bar.update(task, completed=len(seen) - 1, description=f"{step} {what}")

        yield tell


@contextmanager
def _elsewhere(*, lines: bool, total: int | None = None) -> Iterator[Callable[..., None]]:
    """Yield a `tell` for where there is no terminal: plain lines, or a notebook's changing line, or nothing.

    total: number of steps, if they are similar.

    rich shows nothing in a notebook without ipywidgets.
    """
    console = Console(stderr=True)
    if console.is_terminal or not (lines or console.is_jupyter):
        yield lambda *_: None
    elif lines:
        yield _lines(total)
    else:
        from IPython.display import display

        shown = display({"text/plain": "starting"}, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        yield lambda step, what="": shown.update({"text/plain": f"{step} {what}".rstrip()}, raw=True)
        shown.update({"text/plain": ""}, raw=True)


def _lines(total: int | None = None) -> Callable[..., None]:
    """Return a `tell` that prints one plain line for each step, of similar ones one every EVERY_S seconds.

    total: number of steps, all of which are similar; the first EVERY_S seconds print none of them. By default those are
        that differ behind a colon, or are pairs of one implementation.
    """
    seen: dict[str, None] = {}
    said_s = {"": time.monotonic()} if total else dict[str, float]()

    def tell(step: str, what: str = "") -> None:  # noqa: ARG001  # only a terminal has room for it
        if step in seen:
            return
        seen[step] = None
        kind = "" if total else re.sub(r"^pair \d+", "pair", step.partition(":")[0])
        if kind in said_s and time.monotonic() < said_s[kind] + EVERY_S:
            return
        said_s[kind] = time.monotonic()
        print(f"{len(seen)} of {total}: {step}" if total else step, file=sys.stderr, flush=True)

    return tell
