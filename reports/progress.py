"""What a run is doing: a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from bench.race import Tell
from bench.results import Cell


@contextmanager
def progress(cells: int) -> Iterator[Tell]:
    """A `tell` for the race, on standard error: it hears the cell and what is being done there."""
    console = Console(stderr=True)
    if not console.is_terminal:
        yield _lines(console)
        return
    columns = BarColumn(20), MofNCompleteColumn(), TimeElapsedColumn(), TextColumn("{task.description}")
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("", total=cells)
        seen: list[Cell] = []

        def tell(cell: Cell, what: str) -> None:
            if cell not in seen:
                seen.append(cell)
            bar.update(task, completed=len(seen) - 1, description=f"{cell.m} × {cell.n_x}: {what}")

        yield tell


def _lines(console: Console) -> Tell:
    """One line a cell."""
    seen: list[Cell] = []

    def tell(cell: Cell, _: str) -> None:
        if cell not in seen:
            seen.append(cell)
            console.print(f"{cell}", highlight=False)

    return tell
