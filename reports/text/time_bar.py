"""A bar of the time on standard error: it moves by itself, and shows the current activity and the time left."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from rich.console import Console, RenderableType
from rich.progress import BarColumn, Progress, TextColumn
from rich.table import Column

from gradrace.bench.timing import Deadline


class TimeBar(Progress):
    """A bar that shows the share of the time that has passed.

    begun_ns: when the command began, on the clock.
    until: the deadline, which is the expected end until an earlier one is known.
    """

    def __init__(self, begun_ns: int, until: Deadline, console: Console) -> None:
        self.begun_ns, self.until, self.expected = begun_ns, until, until
        what = TextColumn("{task.description}", table_column=Column(no_wrap=True, overflow="ellipsis"))
        super().__init__(
            BarColumn(20),
            TextColumn("{task.fields[times]}"),
            what,
            console=console,
            transient=True,
            redirect_stdout=sys.stdout.isatty(),  # output to a file stays there
        )
        self.add_task("starting", total=None, times="")

    def tell(self, what: str, left_s: float | None = None) -> None:
        """Show the current activity, and expect the end in left_s seconds."""
        if left_s is not None:
            self.expected = self.until.within(left_s)
        self.update(self.task_ids[0], description=what)

    def get_renderables(self) -> Iterable[RenderableType]:
        """Move the bar. The console calls this ten times a second."""
        gone_s, left_s = (self.until.clock() - self.begun_ns) * 1e-9, max(0.0, self.expected.left_s())
        known = left_s < float("inf")
        times = clock_face(gone_s)
        if known:
            times += f", {clock_face(left_s)} left" if left_s >= 0.5 else ", finishing"
        for task in self.task_ids:  # none, while the bar is being made
            self.update(task, completed=gone_s, total=gone_s + left_s if known else None, times=times)
        yield from super().get_renderables()


def clock_face(seconds: float) -> str:
    """Return seconds as a clock shows them: 0:07, 12:30, 1:00:00."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


class Shown(NamedTuple):
    """A bar, or none, and the console of standard output, whose lines are printed above the bar."""

    tell: Callable[..., None]
    console: Console


@contextmanager
def time_bar(begun_ns: int, until: Deadline) -> Iterator[Shown]:
    """Show a bar of the time on a terminal; nothing elsewhere."""
    console, out = Console(stderr=True), Console()
    if not console.is_terminal:
        yield Shown(lambda *_: None, out)
        return
    with TimeBar(begun_ns, until, console) as bar:
        yield Shown(bar.tell, console if out.is_terminal else out)
