"""List of the implementations on a terminal: technique, one line, and the reason if unavailable."""

from __future__ import annotations

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from gradrace.bench.machine.gpu import NoGpu, gpu
from gradrace.bench.text import UNKNOWN
from gradrace.impls.discovery import Source, Unavailable, technique
from gradrace.impls.interface import CPU


def show(sources: Sequence[Source], console: Console | None = None) -> None:
    """Print one row for each implementation, with the devices that it can compute on."""
    table = Table(box=box.SIMPLE_HEAD, padding=(0, 1), pad_edge=False, show_edge=False)
    for head in ("implementation", "technique", "on", "what it is"):
        table.add_column(head)
    for source in sources:
        family, note = _technique(source)
        devices = "\n".join(source.devices())
        table.add_row(*map(Text, (source.name, family, devices, source.description() + note)))
    (console or Console()).print(table)


def _technique(source: Source) -> tuple[str, str]:
    """Return the technique, and the reason if the implementation isn't available: its file may tell the technique."""
    try:
        if CPU not in source.devices():
            gpu()
        return technique(source), ""
    except NoGpu as reason:
        told = f" Unavailable: there is no GPU, {reason}"
    except Unavailable as reason:
        told = f" Unavailable: {reason}"
    return source.written_technique() or UNKNOWN, told
