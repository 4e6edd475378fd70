"""Results of a study of gates: each gate's rate of alarms, and the ratios that gradrace's gate measured.

python -m studies.gate.figure FILE [--figure FILE.png]
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Annotated, NamedTuple

import matplotlib.style
import typer
from matplotlib.figure import Figure
from scipy.stats import binomtest

from gradrace.reports.figures.canvas import STYLE, canvas
from gradrace.reports.text import markdown
from studies.gate.study import GRADRACE, THRESHOLD, Asked, Trial, read

ALL, GRADIENT = "all", "gradient"

ANSWERS = {"failed": "fails", "passed": "passes", "unknown": "can't tell"}
"""Words for the answers of a check."""

HEADS = ("NEW is slower by", "load", "gate", "alarms", "rate, 95 % interval", "median time")
TICKS = (0.7, 0.8, 0.9, 1, 1.1, 1.2, 1.5, 2)


class Group(NamedTuple):
    """Key of equal checks by one rule of their gate, in the order of the table."""

    slowdown: float
    load: bool
    gate: str
    budget_s: float
    rule: str
    threshold: float
    what: str

    def __str__(self) -> str:
        """Return the gate's name with its budget or rule: "gradrace, 20 s" or "pytest-benchmark, median"."""
        named = f"{self.gate}, {f'{self.budget_s:g} s' if self.gate == GRADRACE else self.rule}"
        return named if self.threshold == THRESHOLD else f"{named}, threshold {100 * self.threshold:g} %"

    @property
    def slower(self) -> str:
        """Return what is slower by how much: nothing, 10 %, or 20 % in descents."""
        if not self.slowdown:
            return "nothing"
        return f"{100 * self.slowdown:g} %{'' if self.what == GRADIENT else f' ({self.what})'}"


def grouped(trials: Sequence[Trial]) -> dict[Group, list[Trial]]:
    """Return the checks of each group."""
    groups: defaultdict[Group, list[Trial]] = defaultdict(list)
    for trial in trials:
        asked = trial.asked
        for rule in trial.said.alarms:
            key = asked.slowdown, asked.load, asked.gate, asked.budget_s or 0.0, rule, asked.threshold, asked.what
            groups[Group(*key)].append(trial)
    return dict(sorted(groups.items()))


def table(trials: Sequence[Trial]) -> str:
    """Return a Markdown table: alarms, their rate with its exact 95 % interval (Clopper and Pearson), times."""
    rows = []
    for group, alike in grouped(trials).items():
        alarms, runs = sum(trial.said.alarms[group.rule] for trial in alike), len(alike)
        interval = binomtest(alarms, runs).proportion_ci(method="exact")
        rate = f"{100 * alarms / runs:.0f} % ({100 * interval.low:.1f} to {100 * interval.high:.1f} %)"
        seconds = f"{median(trial.seconds for trial in alike):.0f} s"
        load = "a core, half" if group.load else "none"
        rows.append([group.slower, load, str(group), f"{alarms} of {runs}", rate, seconds])
    return markdown.table(HEADS, rows)


def each(trials: Sequence[Trial]) -> str:
    """Return a Markdown table of gradrace's answers for each implementation and slowdown, and their sums."""
    answered = [trial for trial in trials if trial.said.answer is not None]
    kinds = sorted({_kind(trial.asked) for trial in answered})
    rows = []
    for name in [*sorted({trial.asked.impl for trial in answered}), ALL]:
        row = [name]
        for kind in kinds:
            alike = [trial for trial in answered if _kind(trial.asked) == kind and name in (ALL, trial.asked.impl)]
            counts = Counter[str | None](trial.said.answer for trial in alike)
            row += [*(f"{counts[answer]}" for answer in ANSWERS), _middle([trial.seconds for trial in alike], " s")]
        loads = [trial.load_average for trial in answered if name in (ALL, trial.asked.impl)]
        rows.append([*row, _middle([load for load in loads if load is not None])])
    heads = [f"{_slower(*kind)}: {word}" for kind in kinds for word in (*ANSWERS.values(), "median time")]
    return markdown.table(("implementation", *heads, "median load"), rows)


def _kind(asked: Asked) -> tuple[float, float, str]:
    """Return how checks differ besides their implementation: threshold, slowdown, and what is slower."""
    return asked.threshold, asked.slowdown, asked.what if asked.slowdown else GRADIENT


def _middle(values: Sequence[float], unit: str = "") -> str:
    return f"{median(values):.3g}{unit}" if values else "–"


def _slower(threshold: float, slowdown: float, what: str) -> str:
    slower = f"{100 * slowdown:g} % slower" if slowdown else "identical"
    more = [
        *([what] if what != GRADIENT else []),
        *([] if threshold == THRESHOLD else [f"limit {100 * threshold:g} %"]),
    ]
    return f"{slower} ({', '.join(more)})" if more else slower


def figure(trials: Sequence[Trial]) -> Figure:
    """Draw the ratio of every pair of processes that gradrace measured: a strip for each slowdown, load and cell."""
    strips: defaultdict[tuple[float, bool, str], list[float]] = defaultdict(list)
    for trial in trials:
        for cell, ratios in trial.said.ratios.items():
            strips[trial.asked.slowdown, trial.asked.load, cell] += ratios
    with matplotlib.style.context(STYLE):
        title, subtitle = (
            "What the gate saw",
            "Marks: pairs. Diamonds: how much slower NEW was made. Dotted: the threshold.",
        )
        drawn, axes = canvas(title, subtitle, [], height=0.26 * len(strips), left=2.3, right=1)
        labels = []
        for place, ((slowdown, load, cell), ratios) in enumerate(sorted(strips.items())):
            axes.plot(ratios, [place] * len(ratios), "|", color="#0072b2", alpha=0.3, markersize=8)
            axes.plot([1 + slowdown], [place], "d", color="#d55e00", markersize=5)
            labels.append(f"{cell}, {100 * slowdown:g} %{', load' if load else ''}")
        axes.axvline(1 + THRESHOLD, color="0.5", linestyle=":")
        axes.set(xscale="log", xlabel="NEW / OLD of each pair of processes", yticks=range(len(labels)))
        axes.set_yticklabels(labels)
        axes.set_xticks(TICKS, [f"{tick:g}" for tick in TICKS])
        axes.minorticks_off()
        axes.invert_yaxis()
    return drawn


def main(file: Path, figure_file: Annotated[Path | None, typer.Option("--figure")] = None) -> None:
    """Print the tables; draw the figure if a file for it is named."""
    trials = read(file)
    print(table(trials))
    if any(trial.said.answer for trial in trials):
        print(each(trials))
    if figure_file is not None:
        figure(trials).savefig(figure_file, dpi=150)


if __name__ == "__main__":
    typer.run(main)
