"""The verbs check and compare: has an implementation become slower, or wrong?"""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from gradrace.cli.app import (
    WRONG,
    Call,
    Dtypes,
    Ms,
    Nxs,
    Seed,
    Threads,
    app,
    argument,
    epilog,
    flag,
    option,
    say,
    what_failed,
)

if TYPE_CHECKING:
    from gradrace.bench.gate.findings import Report


def report_file(param: typer.CallbackParam, file: Path | None) -> Path | None:
    """Return the file of an option after deleting an earlier call's, before other options can be refused."""
    if file is None:
        return None
    from gradrace import options

    return options.fresh(f"--{param.name}", file)


def file_option(flag: str, contents: str) -> Any:
    """Return an option that names a file to write."""
    return typer.Option(flag, metavar="FILE", is_eager=True, callback=report_file, help=f"Write {contents}.")


PASSES = "Largest slowdown that passes, in percent"


@dataclass(frozen=True)
class Answering:
    """Options of an answer: what an open one means, how much is printed, and the files to write for CI services."""

    allow_unknown: Annotated[
        bool, flag("--allow-unknown", "Exit with 0 also if cells are undecided and none is slower or wrong.")
    ] = False
    verbose: Annotated[bool, flag("--verbose", "Print every cell that wasn't compared, and each reason.")] = False
    junit: Annotated[Path | None, file_option("--junit", "a JUnit report to this file")] = None
    json: Annotated[Path | None, file_option("--json", "all findings and measurements to this file")] = None
    markdown: Annotated[
        Path | None, file_option("--markdown", "the table to this file, for a comment on a pull request")
    ] = None

    def tell(self, report: Report) -> int:
        """Print a report, and write its files for CI services; return the exit status.

        If the report fails, the status is 1 even if the report can't be written, as on a full disk.
        """
        from gradrace.bench.results import UnusableInput
        from gradrace.reports.text import ci

        try:
            try:
                ci.show(report, verbose=self.verbose)
            finally:  # a full or closed terminal is no reason to write no files
                ci.write(report, os.environ, ci.Files(self.junit, self.json, self.markdown))
        except (UnusableInput, OSError) as error:
            if report.answer != "failed" or isinstance(error, BrokenPipeError):
                raise
            say(what_failed(error) if isinstance(error, OSError) else str(error))
        return self.status(report)

    def status(self, report: Report) -> int:
        """Return the exit status. If the answer is unknown, print what would tell it."""
        if report.answer == "failed":
            return WRONG
        if report.answer == "passed" or self.allow_unknown:
            return 0
        from gradrace.reports.text.gate_text import what_would_tell

        return say(what_would_tell(report))


@app.command(
    epilog=epilog(
        "check --against main",
        "check --against v1.0 --impl numba_fused --threshold 10 --junit report.xml",
        "check --against-env ../newer-numpy --impl numpy_vectorized",
    )
)
def check(
    *,
    context: typer.Context,
    against: Annotated[str | None, option("REV", "Git revision to compare the checkout with.")] = None,
    against_env: Annotated[
        Path | None, option("DIR", "Virtual environment of NEW, to compare other versions of packages.")
    ] = None,
    repo: Annotated[Path | None, option("DIR", "Checkout to compare; that of the current folder by default.")] = None,
    impl: Annotated[str, option("NAME,...", "Implementations; by default those that differ.")] = "",
    everyone: Annotated[bool, flag("--all", "Also measure implementations that don't differ.")] = False,
    m: Ms = "",
    nx: Nxs = "",
    dtype: Dtypes = "float64",
    threads: Threads = None,
    threshold: Annotated[float | None, option("PERCENT", f"{PASSES}: 5 unless pyproject.toml sets another.")] = None,
    budget: Annotated[
        float | None,
        option(
            "SECONDS",
            "Seconds for all of it: by default 120, for 3 changed implementations 240, twice that on a busy machine, "
            "and at most 600.",
        ),
    ] = None,
    seed: Seed = 0,
    answering: Answering,
) -> None:
    """Compare this checkout, including uncommitted changes, with a git revision: is an implementation slower or wrong?

    The default sizes m × n_x are 10 × 10, 1000 × 100, 100,000 × 100 and the slide's own, 209 × 12,288. Both sides
    are measured in one run. The exit status is 0 if all that changed was measured and nothing is slower, 1 if an
    implementation is shown to be slower than in REV, in its gradient, descents or preparation, to need more memory, or
    to be wrong, and 2 if that can't be told for each. With --against-env, NEW runs in the environment DIR and OLD in
    this one; both run this checkout's code, or OLD that of --against. [tool.gradrace.check] in pyproject.toml sets
    limits of single implementations.
    """
    from gradrace import options

    call: Call = context.obj
    allowed = options.threads(threads)
    cells = options.checked_cells(m, nx, dtype, allowed)
    least = None if threshold is None else options.positive("--threshold", threshold) / 100
    seconds = None if budget is None else options.budget_s(budget)
    options.require_other_side(against, against_env)

    with own_errors():
        from gradrace.bench.gate.check import Request
        from gradrace.bench.gate.check import check as run_check
        from gradrace.bench.machine.available import load
        from gradrace.reports.text.progress import activities

        names, everyone = options.names(impl), everyone or impl == "all"
        folder, begun_ns = repo or current_folder(), call.begun_ns
        request = Request(
            against, cells, least, seconds, allowed, seed, names, everyone, against_env, folder, begun_ns, load()
        )
        with activities(begun_ns) as tell:
            report = run_check(request, tell)
        status = answering.tell(report)
    raise typer.Exit(status)


@app.command(epilog=epilog("compare runs/before runs/after"))
def compare(
    *,
    old: Annotated[Path, argument("OLD", "Runs before: a results.json, a run's folder, or a folder of runs.")],
    new: Annotated[Path, argument("NEW", "Runs after, given in the same way.")],
    impl: Annotated[str, option("NAME,...", "Implementations; all by default.")] = "",
    threshold: Annotated[float, option("PERCENT", f"{PASSES}.")] = 5.0,
    answering: Answering,
) -> None:
    """Compare saved runs of `gradrace run`, several per side: is an implementation slower in NEW than in OLD, or wrong?

    The exit status is 0 if each was measured and none is slower, 1 if one is shown to be slower, is wrong or failed.
    Otherwise it is 2: a cell is undecided, by noise, too few runs or another machine.
    """
    from gradrace import options

    least = options.positive("--threshold", threshold) / 100

    with own_errors():
        from gradrace.bench.gate.runs.compare import compare as compare_runs

        status = answering.tell(compare_runs(old, new, least, options.names(impl)))
    raise typer.Exit(status)


def current_folder() -> Path:
    """Return the current folder. Raises UnusableInput if it was deleted."""
    from gradrace.bench.results import UnusableInput

    try:
        return Path.cwd()
    except FileNotFoundError as error:
        raise UnusableInput("the current folder isn't there any more; change into the checkout to compare") from error


@contextmanager
def own_errors() -> Iterator[None]:
    """Turn an error of gradrace itself into one line and exit status 2: it says nothing about the implementations."""
    from gradrace.bench.results import UnusableInput

    try:
        yield
    except (UnusableInput, OSError, MemoryError):
        raise
    except Exception as error:
        last = traceback.extract_tb(error.__traceback__)[-1]
        where, what = f"{Path(last.filename).name}:{last.lineno}", f"{type(error).__name__}: {error}"
        raise UnusableInput(
            f"the comparison broke off by an error of gradrace itself ({what}, in {where}), which says nothing about "
            "the implementations; try again, and report it if it stays"
        ) from error
