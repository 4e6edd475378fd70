"""Shared parts of the verbs: the Typer app, exit statuses, common options and messages."""

from __future__ import annotations

import inspect
import os
import shlex
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, fields, is_dataclass
from errno import EDQUOT, EMFILE, ENFILE, ENOSPC
from inspect import Parameter
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeVar, get_type_hints

import typer
from typer.models import CommandInfo

import gradrace
from gradrace.cli.values import Command, Group

if TYPE_CHECKING:
    from rich.console import Console

    from gradrace.bench.results import Absence
    from gradrace.reports.analysis.analysis import Analysis

# Verbs import what they need when they are called: NumPy, pandas, SciPy and matplotlib take about 2 s together, and
# `gradrace --help` must answer in 0.3 s.

Verb = TypeVar("Verb", bound=Callable[..., Any])

WRONG = 1
UNUSABLE = 2
INTERRUPTED = 130  # 128 + SIGINT, as in shells; Typer returns it for Ctrl-C


@dataclass
class Call:
    """One call of a verb.

    Attributes:
        begun_ns: Time at which it began, on time.perf_counter_ns.
        kept: Message for an interruption: the file that is kept, and the command that resumes.
    """

    begun_ns: int
    kept: str = "nothing is kept"

    @contextmanager
    def resumable(self, file: Path | None, **options: str) -> Iterator[None]:
        """Note, on an interruption, how to resume if the file exists: this command with --resume and these options.

        An option that this command has already isn't repeated.
        """
        try:
            yield
        except KeyboardInterrupt:
            if file is not None and file.exists():
                given = {word.partition("=")[0] for word in sys.argv}
                more = [["--resume"], *([f"--{name}", value] for name, value in options.items())]
                again = ["gradrace", *sys.argv[1:], *chain(*(words for words in more if words[0] not in given))]
                self.kept = f"{file} holds the finished part; resume with: {shlex.join(again)}"
            raise


class Verbs(typer.Typer):
    """Typer app that shows a verb's docstring as its help, with each paragraph wrapped to the terminal.

    A parameter of a verb may be a dataclass, which stands for the options that are its fields.
    """

    def command(self, *args: Any, **options: Any) -> Callable[[Verb], Verb]:
        """Return a decorator that registers a verb, as Typer's does."""

        def register(function: Verb) -> Verb:
            paragraphs = inspect.cleandoc(function.__doc__ or "").split("\n\n")
            told = "\n\n".join(" ".join(paragraph.split()) for paragraph in paragraphs).replace("[", r"\[")  # no markup
            super(Verbs, self).command(*args, cls=Command, help=told, **options)(_ungrouped(function))
            return function

        return register


def _ungrouped(verb: Callable[..., Any]) -> Callable[..., Any]:
    """Return a verb for Typer: each parameter that is a dataclass becomes one option per field."""
    hints = get_type_hints(verb, include_extras=True)
    parameters, groups = list[Parameter](), dict[str, Any]()
    for name, parameter in inspect.signature(verb).parameters.items():
        if is_dataclass(hint := hints[name]):
            groups[name], kinds = hint, get_type_hints(hint, include_extras=True)
            parameters += [
                Parameter(one.name, Parameter.KEYWORD_ONLY, default=one.default, annotation=kinds[one.name])
                for one in fields(hint)
            ]
        else:
            parameters.append(parameter.replace(kind=Parameter.KEYWORD_ONLY, annotation=hint))

    def ungrouped(**given: Any) -> Any:
        made = {
            name: group(**{one.name: given.pop(one.name) for one in fields(group)}) for name, group in groups.items()
        }
        return verb(**given, **made)

    ungrouped.__name__ = verb.__name__
    ungrouped.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]  # what Typer reads
    return ungrouped


app = Verbs(cls=Group, no_args_is_help=True, pretty_exceptions_enable=False)


def verb_name(verb: CommandInfo) -> str:
    """Return the name of a verb on the command line."""
    return verb.name or getattr(verb.callback, "__name__", "").rstrip("_")


def epilog(*lines: str) -> str:
    """Return the examples that are shown below a verb's options."""
    return "\n\n".join(["Examples:", *(f"  gradrace {line}" for line in lines)])


def argument(metavar: str, purpose: str) -> Any:
    """Return an argument, by the name that `--help` gives it."""
    return typer.Argument(metavar=metavar, show_default=False, help=purpose)


def option(metavar: str, purpose: str) -> Any:
    """Return an option, by the name that `--help` gives its value."""
    return typer.Option(metavar=metavar, help=purpose)


def flag(name: str, purpose: str) -> Any:
    """Return an option without a value, such as --quick."""
    return typer.Option(name, help=purpose)


def whole(purpose: str, least: int, most: int = 2**63 - 1) -> Any:
    """Return an option for a whole number within bounds, whose digits `--help` doesn't repeat."""

    def checked(number: int | None) -> int | None:
        if number is not None and not least <= number <= most:
            raise typer.BadParameter(f"{number} is not {f'at least {least}' if number < least else f'at most {most}'}.")
        return number

    return typer.Option(metavar="N", callback=checked, help=purpose)


def _version(asked: bool) -> None:
    if asked:
        typer.echo(f"gradrace {gradrace.__version__}")
        raise typer.Exit


@app.callback(
    epilog=epilog("run", "run --m 1000 --nx 100,1000 --budget 20", "verify --impl numba_fused", "check --against main")
)
def front_door(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_version, is_eager=True, help="Print the version and exit."),
    ] = False,
) -> None:
    """Race the lecture's gradient loop of logistic regression against faster ways to compute the same numbers."""


Ms = Annotated[str, option("M,...", "Numbers of examples; each is combined with every --nx.")]
Nxs = Annotated[str, option("N,...", "Numbers of features; each is combined with every --m.")]
Dtype = Annotated[str, option("DTYPE", "float64 or float32.")]
Dtypes = Annotated[str, option("DTYPE,...", "float64, float32, or float64,float32 for two.")]
Seed = Annotated[int, whole("Seed of the random problems.", 0)]
Threads = Annotated[int | None, whole("Maximum number of threads; all cores by default.", 1)]

Impl = Annotated[str, option("NAME,...", "Names of implementations, `all`, or files such as mine.py, which are run.")]


def folder(text: str) -> Path:
    """Return the folder of --out. Raises BadParameter if it is empty."""
    if not text:
        raise typer.BadParameter("no folder is named; use `--out .` for the current one.")  # as Path("") would
    return Path(text)


def out_option(purpose: str) -> Any:
    """Return the option --out, by what it holds."""
    return typer.Option(parser=folder, metavar="DIR", help=purpose)


Out = Annotated[Path | None, out_option("Folder for the results and the report.")]

Scheduler = Annotated[
    str, option("ADDRESS", "Dask scheduler for dask_blocks, tcp://HOST:PORT; a local cluster by default.")
]

Device = Annotated[
    str,
    option("DEVICE,...", "cpu, cuda, or cpu,cuda for two; without GPU support an implementation runs on the CPU."),
]


@dataclass(frozen=True, kw_only=True)
class Printing:
    """Options for how much of a run is printed."""

    verbose: Annotated[bool, flag("--verbose", "Print every table, and the reason for each missing entry.")] = False
    quiet: Annotated[bool, flag("--quiet", "Print only the answer and the faults.")] = False

    def check(self) -> None:
        """Raise UnusableInput if both are given."""
        from gradrace import options

        options.refuse_given("--quiet prints only the answer; leave out {}", verbose=self.quiet and self.verbose)

    def show(self, run: Analysis, folder: Path | None) -> None:
        """Print the results of a run whose report is in this folder, if it could be written."""
        from gradrace.reports.text import terminal

        if self.quiet:
            terminal.show_headline(run)
        else:
            (terminal.show_everything if self.verbose else terminal.show)(run)
            if folder:
                say_where(folder)


def say(message: str) -> int:
    """Print one line on stderr, without characters that a terminal interprets; return exit status UNUSABLE."""
    from gradrace.bench.text import note, printable

    note(f"gradrace: {' '.join(printable(message).split())}")
    return UNUSABLE


def set_up_pools() -> None:
    """Let idle threads of this process sleep, and bound their number, before NumPy is loaded."""
    from gradrace.bench.machine.variables import SLEEPING_POOLS, bounded_threads
    from gradrace.bench.text import note

    os.environ.update(SLEEPING_POOLS)
    for line in bounded_threads(os.environ):
        note(f"warning: {line}")


def what_failed(error: OSError) -> str:
    """Return what the system refused, where, and what to do."""
    if error.errno in (EMFILE, ENFILE):
        return "too many files are open; raise the limit, as by `ulimit -n 1024`"
    place = f"{error.filename}: " if error.filename else ""
    step = "make room there, or " if error.errno in (ENOSPC, EDQUOT) else ""
    return f"{place}{error.strerror or error}; {step}name another folder (TMPDIR, --out)"


@contextmanager
def made(folder: Path | None) -> Iterator[None]:
    """Create a folder, if one is named, before minutes of work; remove it if it stays empty."""
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


def exit_if_faulty(absences: Sequence[Absence]) -> None:
    """Exit with WRONG if an implementation is at fault. Raises UnusableInput if one had no core to answer on."""
    from gradrace.bench.results import FAULTS, UnusableInput

    if any(one.outcome in FAULTS for one in absences):
        raise typer.Exit(WRONG)
    if starved := next((one for one in absences if one.is_starved), None):
        raise UnusableInput(f"{starved.impl} {starved.message}")


def say_where(folder: Path, console: Console | None = None) -> None:
    """Print the paths of the report and of the page."""
    from rich.console import Console

    from gradrace.reports.text.table import print_line

    for line in (f"Report: {folder / 'report.md'}", f"Page:   {folder / 'index.html'}"):
        print_line(console or Console(), line)
