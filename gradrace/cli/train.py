"""Classifiers: train, predict, make."""

from __future__ import annotations

import math
import shlex
from contextlib import closing
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from gradrace.cli.app import (
    WRONG,
    Call,
    Examples,
    Label,
    Positive,
    Scale,
    Scheduler,
    Size,
    app,
    epilog,
    folder,
    made,
    say,
    say_where,
)

if TYPE_CHECKING:
    from rich.console import Console

    from gradrace.bench.timing import Deadline
    from gradrace.bench.training.data import Request
    from gradrace.bench.training.events import Done, Tell
    from gradrace.bench.training.racing.descent_race import Entered
    from gradrace.bench.training.racing.race_results import Raced
    from gradrace.impls.discovery import Source

START_S, REPORT_S, END_S = 0.8, 1.6, 0.15
"""Seconds that the start of the command takes, a report, and the end of the command."""

MOST_SLOW = 2.0
"""The start may have been slow because files had to be read from disk: more than twice as slow is no sign of a load."""

RACE_S = 60.0
"""Seconds of a race, where --budget isn't given."""


@app.command(
    epilog=epilog(
        "train --data breast_cancer --scale standardize --alpha 0.5 --test-share 0.2",
        "train --data cats.h5 --impl all --iterations 2000 --out cats",
        "train --data cats.h5 --impl numba_fused --model cat.npz",
    )
)
def train(
    context: typer.Context,
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
        float | None, typer.Option(help="Seconds for everything, report included; of several 60, if not given.")
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
        Path | None, typer.Option(parser=folder, metavar="DIR", help="A folder for a report and pictures, if wanted.")
    ] = None,
) -> None:
    """Train a classifier by gradient descent from zeros; print the cost every 100 iterations, and the accuracy.

    Several implementations make the same descent by turns: their costs are compared, and their times. Exit status 1 if
    a gradient was wrong or an implementation failed.
    """
    from gradrace import options

    seconds = None if budget is None else options.budget_s(budget)
    allowed, precision = options.threads(threads), options.dtype(dtype)
    wanted = None if target is None else options.positive("--target", target)
    rate, slower = options.positive("--alpha", alpha), options.number("--decay", str(decay))
    flat, apart = options.number("--tolerance", str(tolerance)), options.share("--test-share", test_share)
    limit_bytes = options.memory_bytes(memory)
    if not test_data:
        options.refuse_given("{} is for --test-data; name that too, or leave it out", **{"test-label": test_label})
    if scheduler:
        options.scheduler(scheduler)
    how, kind = options.how(label, positive, examples, size), options.scale(scale)

    from gradrace import selection

    chosen = selection.chosen_sources(impl)
    alone = len(chosen) == 1
    if alone:
        _refuse_alone(seed=0 if apart else seed, threads=threads, target=target)
    else:
        message = "{} is for one implementation, as a race has X in memory; name one, or leave it out"
        options.refuse_given(message, memory=memory)
    selection.require_possible(chosen, impl, [])
    selection.require_fair(chosen, ["numpy"])
    call: Call = context.obj
    end = _end(call.begun_ns, seconds if alone else seconds or RACE_S)

    from gradrace.reports.text.time_bar import time_bar

    with made(out), time_bar(call.begun_ns, end) as bar:
        from gradrace.bench.training.data import Request
        from gradrace.bench.training.descent import Schedule

        request = Request(
            source=data,
            test_source=test_data,
            test_share=apart,
            how=replace(how, memory_bytes=limit_bytes) if alone else how,
            scale=kind,
            dtype=precision,
            seed=seed,
            schedule=Schedule(alpha=rate, iterations=iterations, decay=slower, tolerance=flat),
            model=options.model_file(model, resume=resume),
            resume=resume,
            test_label=test_label,
        )
        kept = kept_s((end.clock() - call.begun_ns) * 1e-9, out)
        command = Command(call, out, bar.tell, bar.console, end, kept)
        if alone:
            _train(request, chosen[0], command)
        else:
            from gradrace.bench.training.racing.descent_race import Entered

            _race_descents(request, Entered(chosen, allowed, impl), wanted, command)


def _refuse_alone(*, seed: int, threads: int | None, target: float | None) -> None:
    """Refuse options that mean nothing where one implementation trains."""
    from gradrace import options

    message = "{} is for several implementations; name them with --impl, or leave it out"
    options.refuse_given(message, threads=threads, target=target)
    options.refuse_given("{} is for --test-share, and for several implementations; leave it out", seed=seed)


@dataclass(frozen=True)
class Command:
    """Parts of the command that a training needs.

    call: the call of the verb.
    out: folder for the report, if one is wanted.
    tell: shows the current activity in the bar of the time.
    console: for standard output.
    end: when the command must be over.
    kept_s: seconds of the time for the work after the training.
    """

    call: Call
    out: Path | None
    tell: Tell
    console: Console
    end: Deadline
    kept_s: float

    def import_report(self) -> None:
        """Import what writes the report, if one is wanted: it takes a second, in which workers compile."""
        if self.out:
            from gradrace.reports.training import training_report  # noqa: F401

    def write(self, done: Done | None, request: Request, raced: Raced | None = None) -> None:
        """Write the report, if one is wanted and there is something to report."""
        if self.out and done:
            self.tell("drawing the figures", REPORT_S)
            from gradrace.reports.training.training_report import write_report

            write_report(done, request, self.out, raced)
            say_where(self.out, self.console)


def kept_s(start_s: float, out: Path | None) -> float:
    """Return the seconds to keep for what follows a training, on a machine on which the start took so long."""
    slow = min(MOST_SLOW, max(1.0, start_s / START_S))
    return slow * (END_S + (REPORT_S if out else 0.0))


def _end(begun_ns: int, seconds: float | None) -> Deadline:
    """Return when the command must be over; never, if no seconds are given."""
    from gradrace.bench.timing import NEVER, Deadline

    return NEVER if seconds is None else Deadline(NEVER.clock, begun_ns + seconds * 1e9)


def _train(request: Request, source: Source, command: Command) -> None:
    """Train with one implementation, in this process."""
    from gradrace import selection
    from gradrace.bench.training.classifier import WrongDescent
    from gradrace.bench.training.classifier import train as train_classifier
    from gradrace.bench.training.events import Note, later
    from gradrace.bench.training.in_time import in_time
    from gradrace.bench.verification.reference import WrongGradient
    from gradrace.reports.text.table import print_line
    from gradrace.reports.training import training_text as training

    name, again = source.name, f"gradrace verify --impl {shlex.quote(selection.word(source.name, [source]))}"
    command.import_report()
    kept_s = command.kept_s
    events = train_classifier(request, source, later(command.tell, kept_s), until=command.end.sooner(kept_s))
    if command.end.left_s() < math.inf:
        late = f"--budget: {name} is still starting, compiling or at a step; give a larger one"
        events = in_time(
            events, command.end.sooner(END_S), late, lambda event: isinstance(event, Note) and event.out_of_time
        )
    try:
        with command.call.resumable(request.model, "--resume"), closing(events):  # which saves the model
            done = training.show(events, command.console)
    except WrongGradient as fault:
        say(f"{name} computes a wrong gradient: {fault}; `{again}` says more")
        raise typer.Exit(WRONG) from fault
    except WrongDescent as fault:
        say(f"{name} descends wrongly: {fault}; `{again}` tries shorter descents")
        raise typer.Exit(WRONG) from fault
    if request.model:
        print_line(command.console, f"Model:  {request.model}, for `gradrace predict {request.model} FILE`")
    command.write(done, request)


def _race_descents(request: Request, entered: Entered, target: float | None, command: Command) -> None:
    """The same descent by several implementations, each in a process of its own."""
    from gradrace import options
    from gradrace.bench.results import FAULTS
    from gradrace.bench.training.events import later
    from gradrace.bench.training.racing.descent_race import race

    kept_s = command.kept_s
    events = race(request, entered, later(command.tell, kept_s), command.end.sooner(kept_s))
    begun = next(events)
    from gradrace.reports.training.ranking import show

    command.import_report()
    raced = show(chain([begun], events), target, command.console)
    command.write(raced.first and raced.first.done, request, raced)
    if any(absence.outcome in FAULTS for absence in raced.absences):
        raise typer.Exit(WRONG)
    options.require_finished(raced.first, raced.ran, request.schedule.iterations)


@app.command(epilog=epilog("make X.npy --m 2500000 --nx 12288 --pixels"))
def make(
    file: Annotated[Path, typer.Argument(metavar="FILE.npy", help="For X; the labels go beside it.")],
    m: Annotated[str, typer.Option(metavar="M", help="The number of examples.")],
    nx: Annotated[str, typer.Option(metavar="N", help="The number of features.")],
    dtype: Annotated[str, typer.Option(metavar="DTYPE", help="float64 or float32.")] = "float32",
    pixels: Annotated[bool, typer.Option("--pixels", help="A byte each, instead.")] = False,
    seed: Annotated[int, typer.Option(min=0, max=2**63 - 1, help="Seed of all numbers.")] = 0,
) -> None:
    """Write made-up examples, as many as the disk holds, to train with X that is larger than the memory."""
    from gradrace import options

    rows, features, precision = options.size("--m", m), options.size("--nx", nx), options.dtype(dtype)

    from gradrace.bench.datasets.make import alpha_of_pixels
    from gradrace.bench.datasets.make import make as make_examples
    from gradrace.reports.text.progress import steps
    from gradrace.reports.text.table import show_sentences
    from gradrace.reports.words import count, memory

    with steps(None, lines=False) as tell:
        labels = make_examples(file, rows, features, precision, seed, tell, pixels=pixels)
    words = ["gradrace", "train", "--data", str(file), "--label", str(labels)]
    words += (
        ["--impl", "numba_pixels", "--alpha", f"{alpha_of_pixels(features):.2g}"]
        if pixels
        else ["--impl", "numba_fused"]
    )
    kind, made_bytes = "uint8" if pixels else precision, file.stat().st_size + labels.stat().st_size
    show_sentences(
        [
            f"{file}: {count(rows)} examples with {count(features)} features each, {kind}; {labels}: their labels",
            f"{memory(made_bytes)} in both; seed {seed}. To train with them:",
        ]
    )
    typer.echo(shlex.join(words))


@app.command(epilog=epilog("predict cat.npz photo.jpg"))
def predict(
    model: Annotated[Path, typer.Argument(metavar="MODEL", help="What `train --model` wrote.")],
    inputs: Annotated[list[str], typer.Argument(metavar="INPUT...", help="Images, folders of them, or data files.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print a row of JSON for each example.")] = False,
) -> None:
    """Predict the probability and the class of each example: images, folders of them, or files as `train` reads."""
    from gradrace.bench.training.model import load
    from gradrace.bench.training.prediction import predict as predict_each
    from gradrace.reports.training import training_text as training

    training.show_predictions(predict_each(load(model), inputs), as_json=as_json)
