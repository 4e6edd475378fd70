"""What more workers bring here, and what a step would take and cost at a scale that nobody has here.

python -m reports.scaling FILE.json [--figure FILE.png]
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import matplotlib.style
import msgspec
import numpy as np
import typer
from matplotlib.figure import Figure

from bench.cluster.constants import Constants, constants, of
from bench.cluster.model import Machine, Task, crossover, dollars, step
from bench.cluster.scaling import LARGE, Scaling
from bench.cluster.simulate import simulated
from reports.canvas import STYLE, canvas
from reports.words import count, duration, significant

NETWORK = 1.25e9
"""Bytes a second of a network of 10 Gbit/s."""

PRICE = 0.05
"""Dollars an hour for a core and its memory: an assumption, to be replaced by one's own."""

EXAMPLES, FEATURES = 10**9, 12288
KINDS = (("float64", 8), ("float32", 4), ("pixels, uint8", 1))
MEMORY = 8e9
"""Bytes of a worker, for its share of X."""

SIMULATED = (64, 1024)
DRAWS = 5


def measured(scaling: Scaling) -> Iterator[list[str]]:
    """Strong and weak scaling: speed-up over one worker, or how much longer each worker's share takes."""
    yield ["problem", "workers", "m", "a step", "against one worker"]
    for kind, name in (("tiny", "no work"), ("strong", "the same for all"), ("weak", "the same share for each")):
        rows = of(scaling, kind)  # type: ignore[arg-type]
        alone = float(np.median(rows[0].samples_s))
        for row in rows:
            seconds = float(np.median(row.samples_s))
            against = f"{alone / seconds:.2f}× as fast" if kind == "strong" else f"{seconds / alone:.2f}× as long"
            yield [name, str(row.workers), count(row.m), duration(seconds), against]


def planned(found: Constants) -> Iterator[list[str]]:
    """10⁹ examples of 12288 features, on as many workers as their memory needs."""
    yield ["X", "bytes", "workers", "a step", "of it computing", "waiting for the slowest", "in the tree", "dollars"]
    for name, itemsize in KINDS:
        task, machine = Task(m=EXAMPLES, n_x=FEATURES, itemsize=itemsize), machine_of(found, itemsize)
        workers = int(np.ceil(task.bytes / MEMORY))
        took = step(task, machine, workers)
        yield [
            name,
            f"{task.bytes / 1e12:.1f} TB",
            count(workers),
            duration(found.client_s + took.seconds),
            duration(took.compute_s),
            duration(took.straggle_s),
            duration(took.down_s + took.up_s),
            significant(dollars(task, machine, workers), 2),
        ]


def checked(found: Constants) -> Iterator[list[str]]:
    """The closed form against the simulation."""
    yield ["workers", "closed form", "simulated", "simulated / closed form"]
    task, machine = Task(m=10**6, n_x=FEATURES, itemsize=8), machine_of(found, 8)
    for workers in SIMULATED:
        rng = np.random.default_rng(workers)
        drawn = float(np.mean([simulated(task, machine, workers, rng) for _ in range(DRAWS)]))
        told = step(task, machine, workers).seconds
        yield [count(workers), duration(told), duration(drawn), f"{drawn / told:.2f}"]


def machine_of(found: Constants, itemsize: int) -> Machine:
    """A worker as measured; a smaller number takes as long to compute with as it takes fewer bytes, but for pixels.

    Pixels become float64 in the kernel: three times as many examples a second, not eight (docs/performance.md).
    """
    examined = found.examined * (3 / 8 if itemsize == 1 else 1)
    return Machine(examined=examined, network=NETWORK, hop_s=found.hop_s, scatter=found.scatter, price=PRICE)


def pays_from(found: Constants, workers: int) -> str:
    """From how many examples on so many workers are faster than one process without a cluster."""
    task = Task(m=1, n_x=LARGE[1], itemsize=8)
    return significant(crossover(task, machine_of(found, 8), workers, found.client_s), 2)


def figure(scaling: Scaling) -> Figure:
    """Speed-up and its ideal, up to the cores that there are; beyond them, what the number of workers costs."""
    rows = of(scaling, "strong")
    alone = float(np.median(rows[0].samples_s))
    with matplotlib.style.context(STYLE):
        title = f"{count(LARGE[0])} examples on more and more workers"
        drawn, axes = canvas(
            title,
            f"Dotted: each brings as much as the first. {scaling.cores} cores.",
            [],
            height=2.8,
            left=0.9,
            right=4,
        )
        workers = [row.workers for row in rows]
        axes.plot(workers, workers, color="0.6", linestyle=":")
        for row in rows:
            low, high = np.quantile(row.samples_s, [0.1, 0.9])
            axes.plot([row.workers] * 2, [alone / high, alone / low], color="#0072b2", linewidth=1.5)
        axes.plot(workers, [alone / float(np.median(row.samples_s)) for row in rows], "o-", color="#0072b2")
        axes.set(xlabel="workers", ylabel="times as fast as one", xticks=workers, ylim=(0, None))
        axes.grid(visible=True)
    return drawn


def main(
    file: Path,
    figure_file: Annotated[Path | None, typer.Option("--figure")] = None,
) -> None:
    """Print the tables; draw the figure if a file for it is named."""
    scaling = msgspec.json.decode(file.read_bytes(), type=Scaling)
    found = constants(scaling)
    print(
        f"A worker gets through {found.examined / 1e9:.1f} GB/s; a step takes {duration(found.client_s)} and "
        f"{duration(found.hop_s)} a hop; scatter {found.scatter:.3f}. Two workers pay from {pays_from(found, 2)} "
        f"examples of {LARGE[1]} features on."
    )
    for table in (measured(scaling), planned(found), checked(found)):
        print("\n" + markdown(table))
    if figure_file is not None:
        figure(scaling).savefig(figure_file, dpi=150)


def markdown(rows: Iterator[list[str]]) -> str:
    """A table whose first row is its head."""
    head, *body = rows
    return "\n".join(f"| {' | '.join(row)} |" for row in [head, ["---"] * len(head), *body])


if __name__ == "__main__":
    typer.run(main)
