"""The front door: one small function a verb; parse, call, print."""

from __future__ import annotations

import signal
import sys
from datetime import datetime
from io import TextIOWrapper
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from bench.training.order import Order
    from bench.training.race import Entered
    from impls.discovery import Source

# Verbs import what they need when they are called: NumPy, pandas, SciPy and matplotlib take about 2 s together, and
# `gradrace --help` is to answer in 0.3 s.

WRONG = 1
UNUSABLE = 2
INTERRUPTED = 130  # 128 + SIGINT, as shells have it; what typer makes of Ctrl-C

KEPT = {
    "run": "what was finished by then is in its results.json",
    "train": "a --model of one implementation is kept: --resume goes on with it; a race keeps nothing",
}
"""What an interruption leaves, by verb."""

app = typer.Typer(
    help="Race the slide's gradient loop of logistic regression against every better way to compute the same numbers.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
)

Impl = Annotated[
    str, typer.Option(metavar="NAME,...", help="Implementations, or `all`; a file of yours, mine.py, is run.")
]


def _folder(text: str) -> Path:
    if not text:
        raise typer.BadParameter("no folder named; `--out .` is this one.")  # an empty path means this one, too
    return Path(text)


Out = Annotated[Path | None, typer.Option(parser=_folder, metavar="DIR", help="Folder for the results and the report.")]

Scheduler = Annotated[
    str, typer.Option(metavar="ADDRESS", help="Dask's, tcp://HOST:PORT, for dask_blocks; a cluster of its own if not.")
]

Device = Annotated[
    str, typer.Option(metavar="DEVICE,...", help="cpu; cuda: where one can, others stay on the CPU; or both.")
]

Label = Annotated[str | None, typer.Option(metavar="NAME", help="The column of labels; of an .npy, a file of them.")]
Positive = Annotated[str | None, typer.Option(metavar="CLASS", help="The class that counts as 1, of several.")]
Examples = Annotated[str | None, typer.Option(metavar="SIDE", help="rows or columns of an array.")]
Size = Annotated[str, typer.Option(metavar="HxW", help="To which images of a folder are brought.")]
Scale = Annotated[str | None, typer.Option(metavar="KIND", help="255 (pixels, unasked), standardize, none.")]


@app.command("list")
def list_() -> None:
    """List the implementations: technique, one line, available or why not."""
    from impls.discovery import everyone
    from reports.listing import show

    show([*everyone().values()])


@app.command()
def new(
    name: Annotated[str, typer.Argument(metavar="NAME", help="Of the implementation, and of its file NAME.py.")],
) -> None:
    """Write NAME.py, an implementation to start from, into this folder; `verify`, `run`, `train` take it by --impl."""
    from bench import entrants

    file = entrants.starter(name)
    typer.echo(f"{file} is a right gradient already. Make it yours, then:")
    typer.echo(f"    gradrace verify --impl {file}")
    typer.echo(f"    gradrace run --impl {file} --against numba_fused")


@app.command()
def run(
    m: Annotated[str, typer.Option(metavar="M,...", help="Numbers of examples, each with every --nx.")] = "",
    nx: Annotated[str, typer.Option(metavar="N,...", help="Numbers of features, each with every --m.")] = "",
    impl: Impl = "all",
    against: Annotated[
        str, typer.Option(metavar="NAME", help="Is --impl faster than this one? Told size by size.")
    ] = "",
    dtype: Annotated[str, typer.Option(metavar="DTYPE,...", help="float64, float32, or both.")] = "float64",
    device: Device = "cpu",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads allowed; all cores if not given.")] = None,
    budget: Annotated[
        float | None, typer.Option(help="Seconds to spend, start-up and report not counted; 60, with --against 8.")
    ] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of problems and orders.")] = 0,
    pixels: Annotated[bool, typer.Option("--pixels", help="X of pixels, a byte each, to be scaled by 1/255.")] = False,
    grid: Annotated[str, typer.Option(metavar="NAME", help="default, or full: m × n_x by half decades.")] = "default",
    data: Annotated[str, typer.Option(metavar="SOURCE", help="Real data, as `train` takes them.")] = "",
    label: Label = None,
    positive: Positive = None,
    examples: Examples = None,
    size: Size = "64x64",
    scale: Scale = None,
    scheduler: Scheduler = "",
    out: Out = None,
) -> None:
    """Verify, race, report: results.json, report.md and figures in a new folder, a table here.

    Without --m and --nx: m from 10 to 100,000 at n_x = 100, n_x from 10 to 12,288 at m = 1000, and the slide's own
    case of 209 images with 12,288 pixels. The full grid, for the law of cost, wants 600 s or more; a smaller budget
    measures a coarser one. With --data: growing fractions of their examples, then all. With --against: 10 × 10, 1000 ×
    100 and the slide's own case. Exit status 1 if a gradient was wrong or an implementation failed.
    """
    from bench import entrants, options
    from bench.datasets import cases
    from bench.run import Request
    from bench.run import run as run_race
    from reports.against import against as answers
    from reports.progress import progress
    from reports.report import write_report
    from reports.terminal import show

    allowed = options.threads(threads)
    chosen = entrants.chosen_sources(impl, entrants.devices(device))
    rival = entrants.rival(against, chosen, entrants.devices(device))
    chosen += [source for source in rival if source not in chosen]
    seconds = options.budget_s((8.0 if against else 60.0) if budget is None else budget)
    if scheduler:
        options.scheduler(scheduler)
    if data:
        options.nothing_else("--data", m=m, nx=nx, grid=grid != "default", pixels=pixels)
        how = options.how(label, positive, examples, size)
        cells, real = cases.raced(data, how, scale, options.dtypes(dtype), allowed, seed)
        request = Request(chosen, cells, seconds, seed, allowed, data=real)
    else:
        cells, stage = options.raced(grid, m, nx, dtype, allowed, pixels=pixels, few=bool(against))
        request = Request(chosen, cells, seconds, seed, allowed, stage)
    folder = out or options.new_folder(datetime.now())
    with progress(len(cells)) as tell:
        results = run_race(request, folder, tell)
    write_report(results, folder)
    show(results)
    for source in rival:
        for line in answers(results, source.name):
            typer.echo(line)
    _say_where(folder)
    entrants.require_measured(results, impl)
    raise typer.Exit(any(absence.outcome in ("wrong", "failed") for absence in results.absences))


@app.command()
def report(
    files: Annotated[
        list[Path],
        typer.Argument(metavar="FILE...", help="results.json, or what `pytest bench/ --benchmark-json` wrote."),
    ],
    out: Out = None,
) -> None:
    """Write the report again, from saved results; into their own folder if --out names no other.

    Of several files: side by side, into a new folder.
    """
    from bench import options
    from bench.results import make_folder, read
    from reports import terminal
    from reports.report import write_report, write_side_by_side

    several = [read(file) for file in files]
    folder = out or (files[0].parent if len(files) == 1 else options.new_folder(datetime.now()))
    make_folder(folder)
    if len(several) == 1:
        write_report(several[0], folder)
        terminal.show(several[0])
    else:
        write_side_by_side(several, folder)
        terminal.show_side_by_side(several)
    _say_where(folder)


@app.command()
def verify(
    m: Annotated[str, typer.Option(metavar="M,...", help="Made-up problems of these sizes, not the hard ones.")] = "",
    nx: Annotated[str, typer.Option(metavar="N,...", help="As for `run`.")] = "",
    impl: Impl = "all",
    dtype: Annotated[str, typer.Option(metavar="DTYPE,...", help="float64, float32, or both.")] = "float64,float32",
    device: Device = "cpu",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads allowed; all cores if not given.")] = None,
    seed: Annotated[int, typer.Option(min=0, help="Seed of the problems.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the rows as JSON; null is an infinite error.")] = False,
) -> None:
    """Identical gradients: the error of every implementation on hard problems, in units of the error bound.

    Exit status 1 if any is wrong: beyond the bound, or doing harm to its inputs or to earlier results.
    """
    from bench import entrants, options
    from bench import verify as verification
    from reports.progress import steps
    from reports.verdicts import show

    allowed = options.threads(threads)
    cells = options.chosen_cells(m, nx, dtype, allowed) if m or nx else []
    chosen = entrants.chosen_sources(impl, entrants.devices(device))
    options.check_memory(cells, len(chosen))
    todo = verification.exercises(cells, options.dtypes(dtype), seed)
    with steps(len(todo) + 1) as tell:
        rows = list(verification.verify(chosen, todo, allowed, tell))
    if as_json:
        import msgspec

        typer.echo(msgspec.json.format(msgspec.json.encode(rows), indent=1))
    else:
        show(rows)
    entrants.require_available([(row.impl, row.skipped) for row in rows if row.skipped and not row.m], impl)
    raise typer.Exit(any(row.findings for row in rows))


@app.command()
def check(
    against: Annotated[str, typer.Option(metavar="REV", help="The git revision to compare this checkout with.")],
    impl: Annotated[
        str, typer.Option(metavar="NAME,...", help="Implementations; those that differ if not given.")
    ] = "",
    everyone: Annotated[bool, typer.Option("--all", help="Measure those that don't differ, too.")] = False,
    m: Annotated[str, typer.Option(metavar="M,...", help="Numbers of examples, each with every --nx.")] = "",
    nx: Annotated[str, typer.Option(metavar="N,...", help="Numbers of features, each with every --m.")] = "",
    dtype: Annotated[str, typer.Option(metavar="DTYPE,...", help="float64, float32, or both.")] = "float64",
    threads: Annotated[int | None, typer.Option(min=1, help="Threads allowed; all cores if not given.")] = None,
    threshold: Annotated[float, typer.Option(help="The slowdown that is let pass, in per cent.")] = 5.0,
    budget: Annotated[float, typer.Option(help="Seconds to measure; it stops earlier when all is told.")] = 120.0,
    seed: Annotated[int, typer.Option(min=0, help="Seed of problems.")] = 0,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a JUnit report.")] = None,
    as_json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all that was measured.")] = None,
) -> None:
    """Did this checkout, uncommitted work included, make an implementation slower or wrong? Both measured in one run.

    Without --m and --nx: (10, 10), (1000, 100), the slide's own (209, 12288) and (100,000, 100). Exit status 1 if one
    is slower than REV beyond doubt, or wrong.
    """
    import os

    from bench import options
    from bench.gate.check import Request
    from bench.gate.check import check as run_check
    from reports import ci
    from reports.progress import steps

    allowed = options.threads(threads)
    request = Request(
        revision=against,
        cells=options.checked_cells(m, nx, dtype, allowed),
        threshold=options.positive("--threshold", threshold) / 100,
        budget_s=options.budget_s(budget),
        threads=allowed,
        seed=seed,
        names=options.names(impl),
        everyone=everyone or impl == "all",
    )
    junit_file, json_file = options.writable("--junit", junit), options.writable("--json", as_json)
    with steps(None) as tell:
        report = run_check(request, tell)
    ci.show(report)
    ci.write(report, os.environ, junit_file, json_file)
    raise typer.Exit(bool(report.alarms))


@app.command()
def compare(
    old: Annotated[Path, typer.Argument(help="results.json, a run's folder, or a folder of several runs.")],
    new: Annotated[Path, typer.Argument(help="Likewise.")],
    impl: Annotated[str, typer.Option(metavar="NAME,...", help="Implementations; all if not given.")] = "",
    threshold: Annotated[float, typer.Option(help="The slowdown that is let pass, in per cent.")] = 5.0,
    junit: Annotated[Path | None, typer.Option(metavar="FILE", help="Write a JUnit report.")] = None,
    as_json: Annotated[Path | None, typer.Option("--json", metavar="FILE", help="Write all that was found.")] = None,
) -> None:
    """Is NEW slower than OLD, or wrong? Saved runs of `gradrace run`, several a side: a run is one piece of evidence.

    Exit status 1 if an implementation is slower beyond doubt, wrong or failed; 2 if the runs are too few to establish
    that of any, or look slower on another machine.
    """
    import os

    from bench import options
    from bench.gate.compare import Inconclusive
    from bench.gate.compare import compare as compare_runs
    from reports import ci

    least = options.positive("--threshold", threshold) / 100
    junit_file, json_file = options.writable("--junit", junit), options.writable("--json", as_json)
    try:
        report = compare_runs(old, new, least, options.names(impl))
    except Inconclusive as refusal:
        ci.show(refusal.report)
        ci.write(refusal.report, os.environ, junit_file, json_file)  # or those of last time would be read as this one's
        raise
    ci.show(report)
    ci.write(report, os.environ, junit_file, json_file)
    raise typer.Exit(bool(report.alarms))


@app.command()
def train(
    data: Annotated[str, typer.Option(metavar="SOURCE", help="A file, a folder of images, breast_cancer, digits.")],
    test_data: Annotated[str, typer.Option(metavar="SOURCE", help="Likewise, to test with.")] = "",
    test_label: Annotated[
        str | None, typer.Option(metavar="NAME", help="Its labels, if --label isn't what names them.")
    ] = None,
    test_share: Annotated[float, typer.Option(help="Of --data, the share of both classes to test with.")] = 0.0,
    label: Label = None,
    positive: Positive = None,
    examples: Examples = None,
    size: Size = "64x64",
    scale: Scale = None,
    impl: Annotated[
        str, typer.Option(metavar="NAME,...", help="Who computes the gradient: one, several that race, or `all`.")
    ] = "numpy_vectorized",
    dtype: Annotated[str, typer.Option(metavar="DTYPE", help="float64 or float32.")] = "float64",
    alpha: Annotated[float, typer.Option(help="The learning rate.")] = 0.005,
    decay: Annotated[float, typer.Option(help="It is alpha / (1 + decay k) after k times 100 iterations.")] = 0.0,
    iterations: Annotated[int, typer.Option(min=1, help="How many steps, at the most.")] = 2000,
    tolerance: Annotated[
        float, typer.Option(help="Stop where 100 iterations lower the cost by less, relatively.")
    ] = 0.0,
    seed: Annotated[int, typer.Option(min=0, max=2**32 - 1, help="Seed of --test-share.")] = 0,
    threads: Annotated[
        int | None, typer.Option(min=1, help="Of several: threads allowed; all cores if not given.")
    ] = None,
    budget: Annotated[
        float | None, typer.Option(help="Of several: seconds of steps that each may take; 60 if not given.")
    ] = None,
    target: Annotated[
        float | None, typer.Option(metavar="J", help="Of several: when each reached this cost; half way unasked.")
    ] = None,
    scheduler: Scheduler = "",
    memory: Annotated[
        str,
        typer.Option(metavar="SIZE", help="What X and a float64 of it may take, like 4GB; a larger X stays on disk."),
    ] = "",
    model: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the classifier here, for `predict`.")
    ] = None,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with --model, which was interrupted.")] = False,
    out: Annotated[
        Path | None, typer.Option(parser=_folder, metavar="DIR", help="A folder for a report and pictures, if wanted.")
    ] = None,
) -> None:
    """Train a classifier by gradient descent from zeros; prints the cost every 100 iterations, and how good it is.

    Several implementations make the same descent by turns: their costs are compared, and their times. Exit status 1 if
    a gradient was wrong or an implementation failed.
    """
    from dataclasses import replace

    from bench import entrants, options
    from bench.results import make_folder
    from bench.training.descent import Schedule
    from bench.training.order import Order

    if scheduler:
        options.scheduler(scheduler)
    chosen, how = entrants.chosen_sources(impl), options.how(label, positive, examples, size)
    order = Order(
        source=data,
        test_source=test_data,
        test_share=options.share("--test-share", test_share),
        how=replace(how, memory_bytes=options.memory_bytes(memory)) if len(chosen) == 1 else how,
        scale=scale,
        dtype=options.dtype(dtype),
        seed=seed,
        schedule=Schedule(
            alpha=options.positive("--alpha", alpha),
            iterations=iterations,
            decay=options.number("--decay", str(decay)),
            tolerance=options.number("--tolerance", str(tolerance)),
        ),
        model=options.model_file(model, resume=resume),
        resume=resume,
        test_label=test_label,
    )
    if out:
        make_folder(out)  # before minutes go into what it is to hold
    if len(chosen) == 1:
        options.only_in_races(threads=threads, budget=budget, target=target)
        _train(order, chosen[0], out)
    else:
        from bench.training.race import Entered

        options.only_alone(memory=memory)
        budget_s = options.budget_s(60.0 if budget is None else budget)
        entered = Entered(chosen, options.threads(threads), budget_s, impl)
        _race_descents(order, entered, None if target is None else options.positive("--target", target), out)


def _train(order: Order, source: Source, out: Path | None) -> None:
    """One implementation's training, in this process."""
    from bench.descent import WrongGradient
    from bench.training.classifier import train as train_classifier
    from reports.progress import steps
    from reports.training import terminal as training

    name = source.name
    try:
        with steps(1 + order.schedule.iterations // 100, lines=False) as tell:
            done = training.show(train_classifier(order, source, tell))
    except WrongGradient as fault:
        _say(f"{name} computes a wrong gradient: {fault}; `gradrace verify --impl {name}` says more")
        raise typer.Exit(WRONG) from fault
    if out and done:
        from reports.training.report import write_report

        write_report(done, order, out)
        _say_where(out)


def _race_descents(order: Order, entered: Entered, target: float | None, out: Path | None) -> None:
    """The same descent by several implementations, each in a process of its own."""
    from bench import options
    from bench.training.race import race
    from reports.progress import steps
    from reports.training.race import show
    from reports.training.report import write_report

    with steps(None, lines=False) as tell:
        raced = show(race(order, entered, tell), target)
    if out and raced.first and raced.first.done:
        write_report(raced.first.done, order, out, raced)
        _say_where(out)
    if any(absence.outcome in ("wrong", "failed") for absence in raced.absences):
        raise typer.Exit(WRONG)
    options.require_finished(raced.first, raced.ran, order.schedule.iterations)


@app.command()
def make(
    file: Annotated[Path, typer.Argument(metavar="FILE.npy", help="For X; the labels go beside it.")],
    m: Annotated[str, typer.Option(metavar="M", help="The number of examples.")],
    nx: Annotated[str, typer.Option(metavar="N", help="The number of features.")],
    dtype: Annotated[str, typer.Option(metavar="DTYPE", help="float64 or float32.")] = "float32",
    pixels: Annotated[bool, typer.Option("--pixels", help="A byte each, instead.")] = False,
    seed: Annotated[int, typer.Option(min=0, help="Seed of all numbers.")] = 0,
) -> None:
    """Make up examples, as many as the disk holds: to see how X that outgrows the memory is trained with."""
    import shlex

    from bench import options
    from bench.datasets.make import make as make_examples
    from reports.progress import steps

    rows, features = options.size("--m", m), options.size("--nx", nx)
    with steps(None, lines=False) as tell:
        labels = make_examples(file, rows, features, options.dtype(dtype), seed, tell, pixels=pixels)
    impl = "numba_pixels" if pixels else "numba_fused"
    typer.echo(shlex.join(["gradrace", "train", "--data", str(file), "--label", str(labels), "--impl", impl]))


@app.command()
def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="What `train --model` wrote.")],
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Images, folders of them, or data files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print a row of JSON for each example.")] = False,
) -> None:
    """The probability and the class of each example: of images, folders of them, or files as `train` reads."""
    from bench.training.model import load
    from bench.training.prediction import predict as predict_each
    from reports.training import terminal as training

    training.show_predictions(predict_each(load(model), inputs), as_json=as_json)


def main() -> None:
    """Run a verb. Input that can't be used, a full disk or memory end in one line on stderr, and exit status 2."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that can't show µ or × shows ?
    for signum in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(signum, lambda number, _: sys.exit(128 + number))  # so that workers and temporary files go too
    try:
        status = app(standalone_mode=False)
        if status == INTERRUPTED:
            _say(f"interrupted; {KEPT.get(sys.argv[1], 'nothing is kept')}")
    except typer.TyperException as error:
        status = _say(f"{error.format_message().rstrip('.')}. See `{_called(error)} --help`.")
    except OSError as error:
        place = f"{error.filename}: " if error.filename else ""
        status = _say(f"{place}{error.strerror or error}; make room there, or name another folder (TMPDIR, --out)")
    except MemoryError as error:
        status = _say(f"{str(error) or 'out of memory'}; give smaller --m or --nx, or fewer implementations")
    except Exception as error:
        from bench.results import UnusableInput

        if not isinstance(error, UnusableInput):
            raise
        status = _say(str(error))
    sys.exit(status)


def _called(error: typer.TyperException) -> str:
    """The verb whose words were wrong, as it was called."""
    context = getattr(error, "ctx", None)
    return str(context.command_path) if context else "gradrace"


def _say_where(folder: Path) -> None:
    """Where the report is, and the page."""
    typer.echo(f"Report: {folder / 'report.md'}")
    typer.echo(f"Page:   {folder / 'index.html'}")


def _say(message: str) -> int:
    """One line on stderr, without what a terminal would obey; and the exit status of input that can't be used."""
    printable = "".join(character if character.isprintable() else " " for character in message)
    print(f"gradrace: {' '.join(printable.split())}", file=sys.stderr)
    return UNUSABLE


if __name__ == "__main__":
    main()
