"""What the verbs share: the app, exit statuses, options, and how a line is said."""

from __future__ import annotations

import inspect
import shlex
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shutil import get_terminal_size
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

import typer
from typer.models import CommandInfo

if TYPE_CHECKING:
    from rich.console import Console

    from gradrace.reports.analysis.analysis import Analysis

# Verbs import what they need when they are called: NumPy, pandas, SciPy and matplotlib take about 2 s together, and
# `gradrace --help` is to answer in 0.3 s.

Verb = TypeVar("Verb", bound=Callable[..., Any])

WRONG = 1
UNUSABLE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it; what typer makes of Ctrl-C


@dataclass
class Call:
    """One call of a verb.

    begun_ns: when it began, on time.perf_counter_ns.
    kept: what is kept if it is interrupted, and the command that goes on with it.
    """

    begun_ns: int
    kept: str = "nothing is kept"

    @contextmanager
    def resumable(self, file: Path | None, *words: str) -> Iterator[None]:
        """If interrupted while the file exists, note the command that resumes: this one, with these words added."""
        try:
            yield
        except KeyboardInterrupt:
            if file is not None and file.exists():
                again = [*sys.argv[1:], *(word for word in words if word not in sys.argv)]
                self.kept = f"{file} holds what was finished; go on with: {shlex.join(['gradrace', *again])}"
            raise


class Verbs(typer.Typer):
    """Verbs whose help is their docstring in paragraphs: each wrapped to the terminal, not where its source ends."""

    def command(self, *args: Any, **options: Any) -> Callable[[Verb], Verb]:
        """A decorator, as typer's."""

        def register(function: Verb) -> Verb:
            paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
            told = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs)
            return super(Verbs, self).command(*args, help=told, **options)(function)

        return register


app = Verbs(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)


def verb_name(verb: CommandInfo) -> str:
    """Return the name of a verb on the command line."""
    return verb.name or getattr(verb.callback, "__name__", "").rstrip("_")


def epilog(*lines: str) -> str:
    """Command lines below a verb's options."""
    return "\n\n".join(["Examples:", *(f"  gradrace {line}" for line in lines)])


def _version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        typer.echo(f"gradrace {version('gradrace')}")
        raise typer.Exit


@app.callback(
    epilog=epilog("run", "run --m 1000 --nx 100,1000 --budget 20", "verify --impl numba_fused", "check --against main")
)
def front_door(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version, and end.")
    ] = False,
) -> None:
    """Race the lecture's gradient loop of logistic regression against faster ways to compute the same numbers."""


Ms = Annotated[str, typer.Option(metavar="M,...", help="Numbers of examples, each with every --nx.")]
Nxs = Annotated[str, typer.Option(metavar="N,...", help="Numbers of features, each with every --m.")]
Dtypes = Annotated[str, typer.Option(metavar="DTYPE,...", help="float64, float32, or both.")]
Threads = Annotated[int | None, typer.Option(min=1, help="Threads allowed; all cores if not given.")]

Impl = Annotated[
    str, typer.Option(metavar="NAME,...", help="Implementations, or `all`; a file of yours, mine.py, is run.")
]


def folder(text: str) -> Path:
    """A folder that was named."""
    if not text:
        raise typer.BadParameter("no folder named; `--out .` is this one.")  # an empty path means this one, too
    return Path(text)


Out = Annotated[Path | None, typer.Option(parser=folder, metavar="DIR", help="Folder for the results and the report.")]

Scheduler = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Dask's, tcp://HOST:PORT, for dask_blocks; a cluster of its own if not.")
]

Device = Annotated[
    str, typer.Option(metavar="DEVICE,...", help="cpu; cuda: where one can, others stay on the CPU; or both.")
]

Verbose = Annotated[bool, typer.Option("--verbose", help="Print every table, and the reason for what is missing.")]
Quiet = Annotated[bool, typer.Option("--quiet", help="Print the answer alone, and what is wrong.")]

Label = Annotated[str | None, typer.Option(metavar="NAME", help="The column of labels; of an .npy, a file of them.")]
Positive = Annotated[str | None, typer.Option(metavar="CLASS", help="The class that counts as 1, of several.")]
Examples = Annotated[str | None, typer.Option(metavar="SIDE", help="rows or columns of an array.")]
Size = Annotated[str, typer.Option(metavar="HxW", help="To which images of a folder are brought.")]
Scale = Annotated[str | None, typer.Option(metavar="KIND", help="255 (pixels, unasked), standardize, none.")]


def say(message: str) -> int:
    """One line on stderr, without what a terminal would obey; and the exit status of input that can't be used."""
    printable = "".join(character if character.isprintable() else " " for character in message)
    message = f"gradrace: {' '.join(printable.split())}"
    if sys.stderr.isatty():  # where a terminal would break words
        message = textwrap.fill(message, get_terminal_size().columns, break_long_words=False, break_on_hyphens=False)
    print(message, file=sys.stderr)
    return UNUSABLE


@contextmanager
def made(folder: Path | None) -> Iterator[None]:
    """Make a folder, if one is wanted, before minutes go into what it is to hold; remove it if it stays empty."""
    if folder is None:
        yield
        return
    from gradrace.bench.results_file import make_folder

    new = [place for place in (folder, *folder.parents) if not place.exists()]
    make_folder(folder)
    try:
        yield
    finally:
        with suppress(OSError):  # not empty
            for place in new:
                place.rmdir()


def show_results(run: Analysis, folder: Path, *, verbose: bool, quiet: bool) -> None:
    """Print the results of a run, whose report is in this folder."""
    from gradrace.reports.text import terminal

    if quiet:
        terminal.show_headline(run)
    else:
        (terminal.show_everything if verbose else terminal.show)(run)
        say_where(folder)


def say_where(folder: Path, console: Console | None = None) -> None:
    """Print where the report is, and the page."""
    from rich.console import Console

    from gradrace.reports.text.table import print_line

    for line in (f"Report: {folder / 'report.md'}", f"Page:   {folder / 'index.html'}"):
        print_line(console or Console(), line)
