"""The verb verify."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from gradrace.cli.app import WRONG, Device, Dtypes, Impl, Nxs, Seed, Threads, app, epilog, flag, option
from gradrace.cli.data_options import DataOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradrace.bench.problems import Make
    from gradrace.bench.results import Cell
    from gradrace.bench.subjects.rows import Row
    from gradrace.bench.verification.hard_problems import Exercise
    from gradrace.impls.discovery import Source


@app.command(
    epilog=epilog(
        "verify",
        "verify --impl mine.py --m 1000 --nx 100 --dtype float32",
        "verify --impl mine.py --data images.h5 --m 20",
    )
)
def verify(
    *,
    m: Annotated[str, option("M,...", "Also verify random problems with these m.")] = "",
    nx: Nxs = "",
    impl: Impl = "all",
    dtype: Dtypes = "float64,float32",
    device: Device = "cpu",
    threads: Threads = None,
    seed: Seed = 0,
    pixels: Annotated[bool, flag("--pixels", "Use X of pixels in the problems of --m and --nx.")] = False,
    data: Annotated[str, option("SOURCE", "Also verify real data, from any source of `train`.")] = "",
    about: DataOptions,
    quick: Annotated[bool, flag("--quick", "Skip most problems; the last line says how many.")] = False,
    verbose: Annotated[bool, flag("--verbose", "Print every problem, and the reason for each skipped one.")] = False,
    as_json: Annotated[bool, flag("--json", "Print the rows as JSON; an infinite error is null.")] = False,
) -> None:
    """Verify gradients and descents: compare the error of every implementation on hard problems with the error bound.

    On two free cores, all implementations take about a minute, one about 5 s. The exit status is 1 if an implementation
    is wrong: its error exceeds the bound, or it changes its inputs or earlier results. It is 2 if no implementation
    could be verified at a size of --m and --nx, or on --data.
    """
    from gradrace import options

    options.refuse_given("--json prints every row; leave out {}", verbose=as_json and verbose)
    allowed, dtypes, sized = options.threads(threads), options.dtypes(dtype), bool(m or nx)
    if data:
        options.refuse_given("--data has features and pixels of its own; leave out {}", nx=nx, pixels=pixels)
    about.refuse_without(data)
    options.refuse_given("{} is for --m and --nx; name a size, or leave it out", pixels=pixels and not sized)
    cells = options.chosen_cells(m, nx, dtype, allowed, pixels=pixels) if sized and not data else []

    from gradrace import selection

    chosen, real = selection.chosen_sources(impl, selection.devices(device)), None
    if data:
        cells, real = about.raced(data, dtypes, allowed, seed, options.sizes("--m", m) if m else None)
    selection.require_possible(chosen, impl, cells)

    from gradrace.bench.subjects.rows import require_verified
    from gradrace.bench.text import require_available
    from gradrace.bench.verify import exercises

    todo = exercises([] if real else cells, dtypes, seed, quick=quick)
    rows = _verified(chosen, todo, cells, real, allowed)
    _print_rows(rows, len({*exercises([], dtypes, seed)} - {*todo}), verbose=verbose, as_json=as_json)
    require_available([(row.impl, row.lacks) for row in rows if row.lacks], impl)
    if any(row.findings for row in rows):
        raise typer.Exit(WRONG)
    require_verified(rows)


def _verified(
    chosen: Sequence[Source], todo: list[Exercise], cells: Sequence[Cell], real: tuple[str, Make] | None, threads: int
) -> list[Row]:
    """Verify the implementations on these exercises, and in the cells of real data; return a row for each of them."""
    from gradrace.bench import verify as verification
    from gradrace.bench.scratch import scratch
    from gradrace.reports.text.progress import steps

    with scratch() as folder:
        todo = [*todo, *(verification.saved(real[0], cells, real[1], folder) if real else ())]
        with steps(len(todo) + 1) as tell:
            return list(verification.verify(chosen, todo, threads, tell))


def _print_rows(rows: Sequence[Row], left_out: int, *, verbose: bool, as_json: bool) -> None:
    """Print the verified rows as tables or as JSON; below tables, the number of problems that were skipped."""
    if as_json:
        from gradrace.reports.words import json_text

        typer.echo(json_text(rows, indent=1))
        return
    from gradrace.reports.text import verdicts

    (verdicts.show_everything if verbose else verdicts.show)(rows)
    if left_out:
        typer.echo(f"--quick skipped {left_out} problems; verify without it before you rely on the answer.")
