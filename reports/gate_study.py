"""What a study of the gate found: how often it alarmed, and the ratios it saw.

python -m reports.gate_study FILE [--figure FILE.png]
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, TypeAlias

import matplotlib.style
import typer
from matplotlib.figure import Figure
from scipy.stats import binomtest

from bench.gate_study import Trial, read
from reports.canvas import STYLE

Group: TypeAlias = tuple[float, bool, float]
"""Slowdown, load, budget in seconds."""


def grouped(trials: Sequence[Trial]) -> dict[Group, list[Trial]]:
    """The checks that were alike."""
    groups: defaultdict[Group, list[Trial]] = defaultdict(list)
    for trial in trials:
        groups[trial.slowdown, trial.load, trial.budget_s].append(trial)
    return dict(sorted(groups.items()))


def table(groups: Mapping[Group, Sequence[Trial]]) -> str:
    """Markdown: alarms of checks, the rate's exact 95 % interval (Clopper and Pearson), and what a check took."""
    lines = ["| NEW is slower by | load | budget | alarms | rate, 95 % interval | median time |", "| --- " * 6 + "|"]
    for (slowdown, load, budget_s), trials in groups.items():
        alarms, runs = sum(trial.alarmed for trial in trials), len(trials)
        interval = binomtest(alarms, runs).proportion_ci(method="exact")
        seconds = sorted(trial.seconds for trial in trials)[runs // 2]
        what = f"{100 * slowdown:g} %" if slowdown else "nothing"
        rate = f"{100 * alarms / runs:.0f} % ({100 * interval.low:.1f} to {100 * interval.high:.1f} %)"
        busy = "a core, half" if load else "none"
        lines.append(f"| {what} | {busy} | {budget_s:g} s | {alarms} of {runs} | {rate} | {seconds:.0f} s |")
    return "\n".join(lines)


def figure(groups: Mapping[Group, Sequence[Trial]]) -> Figure:
    """The ratio of every pair of processes, a strip for each group and cell."""
    cells = sorted({finding.cell for trials in groups.values() for trial in trials for finding in trial.findings})
    with matplotlib.style.context(STYLE):
        drawn = Figure(figsize=(8, 1 + 0.28 * len(groups) * len(cells)), facecolor="white", layout="constrained")
        axes = drawn.add_subplot()
        labels: list[str] = []
        for (slowdown, load, _), trials in groups.items():
            for cell in cells:
                ratios = [
                    ratio
                    for trial in trials
                    for finding in trial.findings
                    if finding.cell == cell
                    for ratio in (*finding.screening, *finding.fresh)
                ]
                axes.plot(ratios, [len(labels)] * len(ratios), "|", color="#0072b2", alpha=0.5, markersize=9)
                axes.plot([1 + slowdown], [len(labels)], "d", color="#d55e00", markersize=6)
                labels.append(f"{100 * slowdown:g} %{', load' if load else ''}: {cell.m:,} × {cell.n_x:,}")
        axes.set(
            yticks=range(len(labels)), yticklabels=labels, xlabel="NEW / OLD of each pair of processes", xscale="log"
        )
        axes.axvline(1.05, color="0.6", linestyle=":")
        axes.invert_yaxis()
        axes.set_title("What the gate saw (marks: pairs; diamonds: the truth; dotted: the threshold)", loc="left")
    return drawn


def main(file: Path, figure_file: Annotated[Path | None, typer.Option("--figure")] = None) -> None:
    """Print the table; draw the figure if a file for it is named."""
    groups = grouped(read(file))
    print(table(groups))
    if figure_file is not None:
        figure(groups).savefig(figure_file, dpi=150)


if __name__ == "__main__":
    typer.run(main)
