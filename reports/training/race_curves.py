"""A race of trainings in two pictures: one common curve against iterations, separate curves against seconds."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradrace.bench.results import BASELINE
from gradrace.bench.text import duration, significant
from gradrace.bench.training.racing.race_results import Raced, Ran
from gradrace.reports.figures.canvas import Picture, canvas, in_counts, in_units, mark, side_key
from gradrace.reports.figures.styles import label, style
from gradrace.reports.training.ranking import PREDICTED, ahead, compared_to, drawn, is_one_curve, ranked, same_digits
from gradrace.reports.words import count, plain, times

DOTTED = (0, (1, 1.5))

MARKERS = 6
"""Number of markers on each line, at different places, so that lines on top of one another can all be seen."""


def against_iterations(raced: Raced) -> Picture:
    """Draw the cost of each implementation against the iteration: one curve."""
    ran = ranked(raced)
    title = _alike(raced)
    figure, axes = _canvas(title, _subtitle(raced), ran)
    iterations, costs = zip(*sorted([*raced.costs, *raced.early]), strict=True)
    axes.plot(iterations, costs, color="0.8", linewidth=5, solid_capstyle="round")
    for place, one in enumerate(ran):
        look = style(one.impl, one.technique)
        every, looks = max(1, len(raced.costs) // MARKERS), drawn(one, raced)
        marked = [place for place, at in enumerate(looks) if (at.iteration, at.J) not in raced.early]
        axes.plot(
            [at.iteration for at in looks],
            [at.J for at in looks],
            color=look.colour,
            linewidth=0.8,
            marker=look.marker,
            markevery=marked[place * every // max(1, len(ran)) % max(1, len(marked)) :: every],
            markeredgecolor="white",
            markeredgewidth=0.6,
        )
    axes.set(xlabel="iteration", ylim=(0, None))
    in_counts(axes.xaxis)
    _key(axes, ran, lambda one: "" if not one.stopped else f"to {count(one.looks[-1].iteration)}")
    return Picture("costs", title, figure)


def against_seconds(raced: Raced) -> Picture:
    """Draw the same costs against the seconds of all steps until then; what was predicted is dotted."""
    ran = ranked(raced)
    title = _parted(raced, ran)
    begins = "; curves begin after the first step" if raced.early else ""
    dotted = "; dotted: predicted" if any(one.stopped for one in ran) else ""
    figure, axes = _canvas(title, _subtitle(raced) + begins + dotted, ran)
    axes.set_xscale("log")
    for one in ran:
        look = style(one.impl, one.technique)
        seconds, costs = zip(*((at.seconds, at.J) for at in drawn(one, raced) if at.seconds > 0), strict=True)
        axes.plot(seconds, costs, color=look.colour, linewidth=1.8)
        axes.plot(seconds[-1:], costs[-1:], color=look.colour, marker=look.marker, markeredgecolor="white")
        if predicted := ahead(one, raced):
            _, there, J = zip(*predicted, strict=True)
            axes.plot([*seconds[-1:], *there], [*costs[-1:], *J], color=look.colour, linewidth=1.8, linestyle=DOTTED)
    axes.set(xlabel="seconds of all steps", ylim=(0, None))
    in_units(axes.xaxis, duration)
    last = raced.costs[-1][0]
    _key(axes, ran, lambda one: f"{PREDICTED if one.stopped else ''}{duration(one.seconds_to(last), 2)}")
    return Picture("costs_against_seconds", title, figure)


def _alike(raced: Raced) -> str:
    """Return a title: all implementations make the same descent, and up to which iteration that was compared.

    If the cost rose, the title says so instead.
    """
    if raced.costs[-1][1] > raced.costs[0][1]:
        return f"The cost rose in {count(raced.costs[-1][0])} iterations"
    same = "to every printed digit" if same_digits(raced) else "within the rounding bound"
    until = "" if is_one_curve(raced) else f", compared to iteration {count(compared_to(raced))}"
    return f"{'One curve: ' if not until else ''}{len(raced.ran)} implementations make the same descent, {same}{until}"


def _parted(raced: Raced, ran: Sequence[Ran]) -> str:
    """Return a title: the fastest one's time, and the ratio of the slide's loop, or else of the slowest, to it."""
    last = raced.costs[-1][0]
    first = ran[0]
    slow = next((one for one in ran if one.impl == BASELINE), ran[-1])
    name = "the slide's loop" if slow.impl == BASELINE else label(slow.impl)
    took = f"{label(first.impl)} makes the descent in {duration(first.seconds_to(last), 2)}"
    ratio = times(slow.seconds_to(last) / first.seconds_to(last), 2)
    return took if slow is first else f"{took}; {name} {'would need' if slow.stopped else 'needs'} {ratio} as long"


def _subtitle(raced: Raced) -> str:
    last, J = raced.costs[-1]
    return f"The cost J, from {significant(raced.costs[0][1])} to {significant(J)} in {count(last)} iterations"


def _canvas(title: str, subtitle: str, ran: Sequence[Ran]) -> tuple[Figure, Axes]:
    figure, axes = canvas(title, subtitle, [one.technique for one in ran], height=3.4, left=0.9, right=26)
    axes.set_ylabel("cost J")
    axes.grid(visible=True)
    return figure, axes


def _key(axes: Axes, ran: Sequence[Ran], more: Callable[[Ran], str]) -> None:
    """Write names beside the axes, the fastest on top: the lines' ends are too close for names beside them."""
    names = [f"{plain(one.impl, 20)}  {more(one)}" for one in ran]
    handles = [
        mark(one.impl, one.technique, name, markeredgecolor="white") for one, name in zip(ran, names, strict=True)
    ]
    more_room = {"bbox_to_anchor": (1.02, 1.0), "borderaxespad": 0, "fontsize": 9, "labelspacing": 0.45}
    side_key(axes, handles, labelcolor="0.25", **more_room)
