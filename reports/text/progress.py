"""What is being done: a progress bar on a terminal, plain lines elsewhere; on standard error."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from gradrace.bench.race.race import Tell
from gradrace.reports.words import sizes


@contextmanager
def progress(cells: int) -> Iterator[Tell]:
    """A `tell` for the race: it hears the cell and what is being done there."""
    with steps(cells) as tell_step:
        yield lambda cell, what: tell_step(f"{sizes(cell)} ({cell.dtype})", what)


@contextmanager
def steps(total: int | None, *, lines: bool = True) -> Iterator[Callable[..., None]]:
    """A `tell` that hears the name of each step, perhaps several times, and what is being done in it.

    total: None where nobody knows how many there will be. lines: whether there are any elsewhere than on a terminal.
    """
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines() if lines else lambda *_: None
        return
    columns = BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=total)
        seen: dict[str, None] = {}

        def tell(step: str, what: str = "") -> None:
            seen[step] = None
            bar.update(task, completed=len(seen) - 1, description=f"{step} {what}")

        yield tell


def _lines() -> Callable[..., None]:
    """One line a step, plain: rich would make a page of each in a notebook."""
    seen: dict[str, None] = {}

    def tell(step: str, what: str = "") -> None:  # noqa: ARG001  # only a terminal has room for it
        if step not in seen:
            seen[step] = None
            print(step, file=sys.stderr, flush=True)

    return tell
