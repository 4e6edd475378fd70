"""Did it become slower or wrong? check, compare."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradrace.cli.app import Dtypes, Ms, Nxs, Threads, app, epilog

if TYPE_CHECKING:
    from gradrace.bench.gate.findings import Report

Threshold = Annotated[float, typer.Option(help="The slowdown that is let pass, in per cent.")]
Junit = Annotated[Path | None, typer.Option(metavar="FILE", help="Write a JUnit report.")]


@app.command(
    epilog=epilog(
        "check --against main",
        "check --against v1.0 --impl numba_fused --threshold 10 --junit report.xml",
    )
)
def check(
    against: Annotated[str, typer.Option(metavar="REV", help="The git revision to compare this checkout with.")],
    impl: Annotated[
        str, typer.Option(metavar="NAME,...", help="Implementations; those that differ if not given.")
    ] = "",
    everyone: Annotated[bool, typer.Option("--all", help="Measure those that don't differ, too.")] = False,
    m: Ms = "",
    nx: Nxs = "",
    dtype: Dtypes = "float64",
    threads: Threads = None,
    threshold: Threshold = 5.0,
    budget: Annotated[float, typer.Option(help="Seconds to measure; it stops earlier when all is told.")] = 120.0,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of problems.")] = 0,
    junit: Junit = None,
    as_json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all that was measured.")] = None,
) -> None:
    """Compare this checkout, uncommitted work included, with a git revision: is an implementation slower, or wrong?

    Without --m and --nx: (10, 10), (1000, 100), the slide's own (209, 12288) and (100,000, 100). Both sides are
    measured in one run. Exit status 1 if an implementation is shown to be slower than in REV, or wrong.
    """
    from gradrace import options

    allowed = options.threads(threads)
    cells = options.checked_cells(m, nx, dtype, allowed)
    least, seconds = options.positive("--threshold", threshold) / 100, options.budget_s(budget)
    junit_file, json_file = options.writable("--junit", junit), options.writable("--json", as_json)

    from gradrace.bench.gate.check import Request
    from gradrace.bench.gate.check import check as run_check
    from gradrace.reports.text.progress import steps

    names, everyone = options.names(impl), everyone or impl == "all"
    request = Request(against, cells, least, seconds, allowed, seed, names, everyone)
    with steps(None) as tell:
        report = run_check(request, tell)
    _tell(report, junit_file, json_file)
    raise typer.Exit(bool(report.alarms))


@app.command(epilog=epilog("compare runs/before runs/after"))
def compare(
    old: Annotated[Path, typer.Argument(help="results.json, a run's folder, or a folder of several runs.")],
    new: Annotated[Path, typer.Argument(help="Likewise.")],
    impl: Annotated[str, typer.Option(metavar="NAME,...", help="Implementations; all if not given.")] = "",
    threshold: Threshold = 5.0,
    junit: Junit = None,
    as_json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all that was found.")] = None,
) -> None:
    """Compare saved runs of `gradrace run`, several per side: is an implementation slower in NEW than in OLD, or wrong?

    Exit status 1 if an implementation is slower beyond doubt, wrong or failed; 2 if the runs are too few to establish
    that of any, or look slower on another machine.
    """
    from gradrace import options

    least = options.positive("--threshold", threshold) / 100
    junit_file, json_file = options.writable("--junit", junit), options.writable("--json", as_json)

    from gradrace.bench.gate.compare import Inconclusive
    from gradrace.bench.gate.compare import compare as compare_runs

    try:
        report = compare_runs(old, new, least, options.names(impl))
    except Inconclusive as refusal:
        _tell(refusal.report, junit_file, json_file)  # or those of last time would be read as this one's
        raise
    _tell(report, junit_file, json_file)
    raise typer.Exit(bool(report.alarms))


def _tell(report: Report, junit: Path | None, as_json: Path | None) -> None:
    """Print a report, and write it for CI services."""
    from gradrace.reports.text import ci

    ci.show(report)
    ci.write(report, os.environ, junit, as_json)
