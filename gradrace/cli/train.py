"""The verb train."""

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
    Dtype,
    app,
    argument,
    epilog,
    exit_if_faulty,
    flag,
    made,
    option,
    out_option,
    say,
    say_where,
    set_up_pools,
)
from gradrace.cli.data_options import DataOptions
from gradrace.cli.train_options import Running, Steps, TestSet

if TYPE_CHECKING:
    from rich.console import Console

    from gradrace.bench.timing import Deadline
    from gradrace.bench.training.data import Request
    from gradrace.bench.training.events import Done, Tell
    from gradrace.bench.training.racing.race_results import Raced
    from gradrace.impls.discovery import Source

START_S, REPORT_S, END_S = 0.8, 1.6, 0.15
"""Usual seconds of the command's start, of a report, and of the command's end."""

MOST_SLOW = 2.0
"""Maximum slowdown of the machine inferred from a slow start; a slower one comes from reading files from disk."""


@app.command(
    epilog=epilog(
        "train --data breast_cancer --scale standardize --alpha 0.5 --test-share 0.2",
        "train --data cats.h5 --impl all --iterations 2000 --out cats",
        "train --data cats.h5 --impl numba_fused --model cat.npz",
    )
)
def train(
    *,
    context: typer.Context,
    source: Annotated[str, argument("SOURCE", "The same as --data SOURCE.")] = "",
    data: Annotated[str, option("SOURCE", "A file, a folder of images, breast_cancer or digits.")] = "",
    test: TestSet,
    about: DataOptions,
    impl: Annotated[
        str, option("NAME,...", "Implementation of the gradient; several, or `all`, race.")
    ] = "numpy_vectorized",
    dtype: Dtype = "float64",
    steps: Steps,
    threshold: Annotated[float, option("P", "Predict 1 if its probability is above this.")] = 0.5,
    running: Running,
    model: Annotated[Path | None, option("FILE", "Write the classifier to this file, for `predict`.")] = None,
    resume: Annotated[bool, flag("--resume", "Resume the interrupted training of --model.")] = False,
    out: Annotated[Path | None, out_option("Folder for a report with figures; none by default.")] = None,
) -> None:
    """Train a classifier by gradient descent from zero weights; print the cost every 100 iterations, and the accuracy.

    One of several classes is trained against all others: the most frequent one, or --positive. Several implementations
    race: they make the same descent in turn, and their costs and times are compared. The exit status is 1 if a gradient
    was wrong or an implementation failed.
    """
    set_up_pools()
    from gradrace import options

    named, precision, cut = options.one_source(source, data), options.dtype(dtype), options.threshold(threshold)
    for group in (steps, test, running):
        group.check()
    how, kind = about.read_options(), about.scaling()
    chosen = _trained(impl)
    alone = len(chosen) == 1
    running.refuse_ignored(test, alone=alone)
    if alone:
        how = replace(how, memory_bytes=options.memory_bytes(running.memory))
    call: Call = context.obj
    end = running.end(call.begun_ns, alone=alone)

    from gradrace.reports.text.time_bar import time_bar

    with made(out), time_bar(call.begun_ns, end) as bar:
        from gradrace.bench.training.data import Request

        request = Request(
            source=named,
            test_source=test.test_data,
            test_share=test.test_share,
            how=how,
            scale=kind,
            dtype=precision,
            seed=running.seed,
            schedule=steps.schedule(),
            fits_alpha=steps.alpha is None,
            model=options.model_file(model, resume=resume),
            resume=resume,
            test_label=test.test_label,
            threshold=cut,
        )
        kept = kept_s((end.clock() - call.begun_ns) * 1e-9, out)
        command = Command(call, out, bar.tell, bar.console, end, kept)
        if alone:
            _train(request, chosen[0], command)
        else:
            _race_descents(request, chosen, impl, running, command)


def _trained(impl: str) -> list[Source]:
    """Return the implementations of --impl. Raises UnusableInput if one can't train here."""
    from gradrace import selection

    chosen = selection.chosen_sources(impl)
    selection.require_possible(chosen, impl, [])
    selection.require_fair(chosen, ["numpy"])
    return chosen


@dataclass(frozen=True)
class Command:
    """Parts of the command that a training needs.

    Attributes:
        call: Call of the verb.
        out: Folder for the report, if one is wanted.
        tell: Function that shows the current activity in the time bar.
        console: Console of standard output.
        end: Deadline of the command.
        kept_s: Seconds that are reserved for the work after the training.
    """

    call: Call
    out: Path | None
    tell: Tell
    console: Console
    end: Deadline
    kept_s: float

    def import_report(self) -> None:
        """Import the report's modules, if a report is wanted: this takes a second, in which workers compile."""
        if self.out:
            from gradrace.reports.training import training_report  # noqa: F401

    def write(self, done: Done | None, request: Request, raced: Raced | None = None) -> None:
        """Write the report, if one is wanted and the training ended."""
        if self.out and done:
            self.tell("drawing the figures", REPORT_S)
            from gradrace.reports.training.training_report import write_report

            write_report(done, request, self.out, raced)
            say_where(self.out, self.console)


def kept_s(start_s: float, out: Path | None) -> float:
    """Return the seconds to reserve for the work after a training, given the seconds that the start took."""
    slow = min(MOST_SLOW, max(1.0, start_s / START_S))
    return slow * (END_S + (REPORT_S if out else 0.0))


def _train(request: Request, source: Source, command: Command) -> None:
    """Train with one implementation, in this process."""
    from gradrace import selection
    from gradrace.bench.training.classifier import ImplementationFailed, WrongDescent
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
        late = f"--budget: used up while {name} was starting, compiling or in a step; give a larger one"
        events = in_time(
            events, command.end.sooner(END_S), late, lambda event: isinstance(event, Note) and event.out_of_time
        )
    if request.model is None:
        command.call.kept = "nothing is kept; with --model FILE the model is, and --resume goes on with it"
    try:
        with command.call.resumable(request.model), closing(events):  # which saves the model
            done = training.show(events, command.console)
    except WrongGradient as fault:
        say(f"{name} computes a wrong gradient: {fault}; `{again}` says more")
        raise typer.Exit(WRONG) from fault
    except WrongDescent as fault:
        say(f"{name} descends wrongly: {fault}; `{again}` tries shorter descents")
        raise typer.Exit(WRONG) from fault
    except ImplementationFailed as fault:
        say(f"{name} failed: {fault}; `{again}` says more")
        raise typer.Exit(WRONG) from fault
    if request.model:
        print_line(command.console, f"Model:  {request.model}, for `gradrace predict {request.model} FILE`")
    command.write(done, request)


def _race_descents(request: Request, chosen: list[Source], impl: str, running: Running, command: Command) -> None:
    """Race the same descent with several implementations, those of --impl, each in its own process."""
    from gradrace import options
    from gradrace.bench.training.events import later
    from gradrace.bench.training.racing.descent_race import Entered, race

    entered, kept_s = Entered(chosen, options.threads(running.threads), impl), command.kept_s
    events = race(request, entered, later(command.tell, kept_s), command.end.sooner(kept_s))
    begun = next(events)
    from gradrace.reports.training.ranking import show

    command.import_report()
    raced = show(chain([begun], events), running.target, command.console)
    command.write(raced.first and raced.first.done, request, raced)
    exit_if_faulty(raced.absences)
    options.require_finished(raced.first, raced.ran, request.schedule.iterations)
