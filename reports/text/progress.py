"""Progress: a bar on a terminal, one line that changes in a notebook, plain lines or nothing elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gradrace.bench.race.race import Tell
from gradrace.bench.results import Cell
from gradrace.bench.timing import Deadline
from gradrace.reports.text.time_bar import time_bar
from gradrace.reports.words import sizes


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
def activities(begun_ns: int, until: Deadline) -> Iterator[Callable[[str], None]]:
    """Show a bar of the time on a terminal, and a line for each activity elsewhere. Yield a `tell` of the activity.

    begun_ns: when the command began, on the deadline's clock.
    """
    with time_bar(begun_ns, until) as bar, _elsewhere(lines=True) as line:

        def tell(what: str) -> None:
            bar.tell(what)
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
        with _elsewhere(lines=lines) as line:
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
def _elsewhere(*, lines: bool) -> Iterator[Callable[..., None]]:
    """Yield a `tell` for where there is no terminal: plain lines, or a notebook's changing line, or nothing.

    rich shows nothing in a notebook without ipywidgets.
    """
    console = Console(stderr=True)
    if console.is_terminal or not (lines or console.is_jupyter):
        yield lambda *_: None
    elif lines:
        yield _lines()
    else:
        from IPython.display import display

        shown = display({"text/plain": "starting"}, raw=True, display_id=True)  # type: ignore[no-untyped-call]
        yield lambda step, what="": shown.update({"text/plain": f"{step} {what}".rstrip()}, raw=True)
        shown.update({"text/plain": ""}, raw=True)


def _lines() -> Callable[..., None]:
    """Return a `tell` that prints one plain line for each step."""
    seen: dict[str, None] = {}

    def tell(step: str, what: str = "") -> None:  # noqa: ARG001  # only a terminal has room for it
        if step not in seen:
            seen[step] = None
            print(step, file=sys.stderr, flush=True)

    return tell
