"""A race of trainings in words: the time of each implementation to a cost, and whether all follow the same curve."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from rich.console import Console

from gradrace.bench.results import BASELINE
from gradrace.bench.stats import median_interval
from gradrace.bench.text import duration, significant
from gradrace.bench.training.events import Done, Event
from gradrace.bench.training.prediction import Quality
from gradrace.bench.training.racing.race_results import Look, Raced, Ran
from gradrace.reports.analysis.grids import reasons
from gradrace.reports.analysis.headline import fault_sentences
from gradrace.reports.grid import Grid
from gradrace.reports.text.table import print_grid, print_lines
from gradrace.reports.training.training_text import hundredths
from gradrace.reports.training.training_text import show as show_training
from gradrace.reports.words import count, interval, name_of, number_of, plain, times

PREDICTED = "≈ "
"""Mark before predicted figures."""


def show(events: Iterable[Event | Raced], target: float | None = None, console: Console | None = None) -> Raced:
    """Print a race of trainings while it runs, then its table, reasons and sentences; return the race.

    The quality of the fastest implementation's classifier is printed too. target: the cost whose time the table shows.
    """
    raced: list[Raced] = []

    def before_the_end() -> Iterator[Event]:
        for event in events:
            if not isinstance(event, Raced):
                yield event
            else:
                raced.append(event)
                if event.first and event.first.done:
                    yield event.first.done

    console = console or Console()
    show_training(before_the_end(), console)
    (ended,) = raced
    console.print()
    print_grid(console, grid(ended, target))
    print_lines(console, reasons(ended.absences))
    print_lines(console, sentences(ended), style="bold")
    return ended


def grid(raced: Raced, target: float | None = None) -> Grid:
    """Return the table of a race, the first at the end on top.

    It has the seconds to a cost, to the end and of a step, the costs' differences and the accuracies.

    target: the cost; halfway down by default.
    """
    last = raced.costs[-1]
    goal = midway(raced) if target is None else target
    there = raced.iteration_at(goal) if goal < raced.costs[0][1] else None
    heads = ["implementation", f"to iteration\n{count(last[0])}", "a step", "interval", "error /\nbound"]
    if there is not None:
        heads.insert(1, f"to cost\n{significant(goal, 3)}")
    rows = []
    for one in ranked(raced):
        reached = [] if there is None else [_seconds(one, there)]
        step = median_interval(one.steps_s) if one.steps_s else None
        sure = "" if step is None else interval(step.low, step.high, duration, step.confidence)
        figures = [duration(one.step_s if step is None else step.median), sure, significant(one.error_over_limit, 2)]
        rows.append([name_of(one.impl), *reached, _seconds(one, last[0]), *figures, *_accuracies(one.done)])
    tested = any(one.done and one.done.test for one in raced.ran)
    heads += ["train\nright", *(["test\nright"] if tested else [])]
    stopped = any(one.stopped for one in raced.ran)
    return Grid(
        title="Race of descents",
        heads=heads,
        rows=[row + [""] * (len(heads) - len(row)) for row in rows],
        footnote=f"{PREDICTED.strip()}: predicted, as the budget ended before." if stopped else "",
        least=heads.index("interval"),
    )


def sentences(raced: Raced) -> list[str]:
    """Return what is at fault, whether the descents are the same, and the time that each needed, in sentences."""
    return [*fault_sentences(raced.absences), *_sameness(raced), *_speed(raced)]


def drawn(one: Ran, raced: Raced) -> list[Look]:
    """Return the looks that a curve is drawn through.

    Between the first two, the costs are those of the reference descent, and every step takes the same time. Without
    them the curve begins at the end of the first step, as a logarithmic axis has no zero.
    """
    first, *rest = raced.shared(one)
    step_s = one.steps_s[0] if one.steps_s else one.step_s
    if raced.early and rest:
        return [first, *(Look(at, at * step_s, J) for at, J in raced.early), *rest]
    return [first._replace(seconds=step_s), *rest]


def ahead(one: Ran, raced: Raced) -> list[Look]:
    """Return the predicted looks of a descent that ended early, after those that others share; none of one that ended.

    Before the second look they are those of the reference descent, too.
    """
    after = raced.shared(one)[-1].iteration
    costs = sorted([*raced.early, *raced.costs])
    return [Look(at, one.seconds_to(at), J) for at, J in costs if at > after] if one.stopped else []


def ranked(raced: Raced) -> list[Ran]:
    """Return the descents by their time to the end, measured or predicted, the fastest first."""
    return sorted(raced.ran, key=lambda one: one.seconds_to(raced.costs[-1][0]))


def midway(raced: Raced) -> float:
    """Return the cost halfway down."""
    return (raced.costs[0][1] + raced.costs[-1][1]) / 2


def compared_to(raced: Raced) -> int:
    """Return the last iteration at which costs were compared."""
    return max(one.iteration for one in raced.expected)


def is_one_curve(raced: Raced) -> bool:
    """Return whether costs were compared to the end."""
    return compared_to(raced) == raced.costs[-1][0]


def same_digits(raced: Raced) -> bool:
    """Return whether every printed cost of all implementations equals the reference's."""
    right = {iteration: f"{J:.6f}" for iteration, J in raced.costs}
    return all(right.get(look.iteration, f"{look.J:.6f}") == f"{look.J:.6f}" for one in raced.ran for look in one.looks)


def _sameness(raced: Raced) -> Iterator[str]:
    if len(raced.ran) < 2:
        return
    worst = max(one.error_over_limit for one in raced.ran)
    limit = max(one.limit for one in raced.expected)
    places = len(raced.expected)
    where = f"at {places} iterations from 0 to {count(compared_to(raced))}" if places > 1 else "at iteration 0"
    if any(one.stopped for one in raced.ran):
        where += ", as far as each descent ran"
    digits = " All printed digits are the same." if same_digits(raced) else ""
    yield (
        f"{'One curve: the' if is_one_curve(raced) else 'The'} costs from {len(raced.ran)} implementations agree "
        f"{where}: error / bound is at most {significant(worst, 2)}, "
        f"and the bound is at most {significant(limit, 2)}.{digits}"
    )
    if raced.vague is not None:
        yield (
            f"From iteration {count(raced.vague)} on, costs can't be compared: the steps amplify rounding errors to "
            "1 % of the cost or more. Use a smaller --alpha, --scale standardize or --dtype float64."
        )
    elif not is_one_curve(raced):
        yield "Later costs weren't compared, as that takes longer than --budget; a larger budget compares more."


def _speed(raced: Raced) -> Iterator[str]:
    first = raced.first
    if first is None:
        return
    last = raced.costs[-1][0]
    parts = [f"{plain(first.impl, 40)} made {number_of(last, 'iteration')} in {duration(first.seconds_to(last))}"]
    others = {one.impl: one for one in raced.ran if one is not first}
    for impl, words in (("numpy_vectorized", "numpy_vectorized"), (BASELINE, "the slide's loop")):
        if impl in others:
            seconds = others[impl].seconds_to(last)
            verb = "would take (predicted)" if others[impl].stopped else "took"
            parts.append(f"{words} {verb} {duration(seconds)}, {times(seconds / first.seconds_to(last))} as long")
    yield "; ".join(parts) + "."


def _seconds(one: Ran, iteration: int) -> str:
    """Return the seconds to an iteration as text, marked where they are predicted."""
    mark = PREDICTED if one.looks[-1].iteration < iteration else ""
    return mark + duration(one.seconds_to(iteration))


def _accuracies(done: Done | None) -> list[str]:
    qualities: Sequence[Quality | None] = [done.train, done.test] if done else []
    return [hundredths(quality.accuracy) for quality in qualities if quality is not None]
