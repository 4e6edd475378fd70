"""Measured scaling of workers, and the predicted time and cost of a step at larger scales.

python -m studies.cluster.report FILE.json [--figure FILE.png]
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Annotated

import matplotlib.style
import msgspec
import numpy as np
import typer
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from gradrace.bench.stats import Interval, paired_ratio
from gradrace.bench.text import duration, significant
from gradrace.reports.figures.canvas import STYLE, canvas
from gradrace.reports.text import markdown
from gradrace.reports.words import count
from studies.cluster.cluster_model import Machine, Task, best_shards, crossover, dollars, packed, step
from studies.cluster.constants import Constants, constants, of, threads_of
from studies.cluster.measure import LARGE, Kind, Scaled, Scaling
from studies.cluster.simulate import simulated, simulated_sharded

NETWORK = 1.25e9
"""Bytes per second of a network of 10 Gbit/s."""

PRICE = 0.05
"""Dollars per hour for a core and its memory: an assumption, to be replaced by the reader's own."""

EXAMPLES, FEATURES = 10**9, 12288
KINDS = (("float64", 8), ("float32", 4), ("pixels, uint8", 1))
PIXELS = 2.26
"""Ratio of the examples per second with pixels to those with float64, less than 8 as the kernel converts them.

It was measured with one thread of `numba_pixels` and `numba_fused` at (10,000, 12,288), alternately, on 2 cores of an
AMD EPYC (Zen 3): 2.26 in each of two runs of 24 rounds. An hour later, when memory was faster, it was 1.86. Command:
`gradrace run --pixels --impl numba_pixels,numba_fused --m 10000 --nx 12288 --threads 1 --budget 120`.
"""

MEMORY = 8e9
"""Bytes of a worker's memory for its share of X."""

PAYING = (2, 8, 64, 1024)
WIDE = (12_288, 1_000_000, 100_000_000)

PACKED = (("LZ4", 1.01, 14e9), ("LZ4, bits shuffled", 1.09, 1.00e9), ("Zstandard, bits shuffled", 1.20, 0.41e9))
"""Compression of the lecture's images: name, bytes / packed bytes, bytes unpacked per second (docs/scale.md)."""

SIMULATED = (64, 1024)
DRAWS = 5


TITLES: tuple[tuple[Kind, str], ...] = (
    ("tiny", "no work"),
    ("strong", "the same for all"),
    ("pixels", "the same for all, of pixels"),
    ("weak", "the same share for each"),
)


def measured(scaling: Scaling) -> Iterator[list[str]]:
    """Yield the rows of strong and weak scaling: speed-up over one worker, or ratio of times for equal shares."""
    heads = "compared with one", "interval", "compared with as many threads", "interval"
    yield ["problem", "computed by", "m", "a step", *heads]
    for kind, title in TITLES:
        threads = threads_of(scaling, kind)
        for rows, member in ((of(scaling, kind), "worker"), (threads, "thread")):
            for row in rows:
                by = f"{row.workers} {member}{'s' * (row.workers > 1)}"
                taken = duration(float(np.median(row.samples_s)))
                as_many = [one for one in threads if one.workers == row.workers and one != row]
                compared = [against_one(kind, rows[0], row), *(times(one, row) for one in as_many)]
                yield [title, by, count(row.m), taken, *chain(*compared), *[""] * 2 * (2 - len(compared))]


def against_one(kind: Kind, alone: Scaled, row: Scaled) -> tuple[str, str]:
    """Return the ratio to one worker or thread, as a speed-up or a slowdown, and its interval; empty for itself."""
    if row == alone:
        return "", ""
    return times(alone, row) if kind in ("strong", "pixels") else times(row, alone, "long")


def times(one: Scaled, other: Scaled, word: str = "fast") -> tuple[str, str]:
    """Return one's time / the other's as text, and its interval."""
    ratio, low, high, _ = against(one, other)
    return f"{ratio:.2f}× as {word}", f"{low:.2f}–{high:.2f}"


def against(one: Scaled, other: Scaled) -> Interval:
    """Return one's time / the other's, as the median of ratios within rounds, and its interval."""
    ratio = paired_ratio(dict(enumerate(one.samples_s)), dict(enumerate(other.samples_s)))
    assert ratio is not None, "every round has a sample of each"
    return ratio


def planned(found: Constants) -> Iterator[list[str]]:
    """Yield the rows for 10⁹ examples of 12288 features, on as many workers as their memory requires."""
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
    """Yield the rows that compare the closed form with the simulation."""
    yield ["workers", "closed form", "simulated", "simulated / closed form"]
    task, machine = Task(m=10**6, n_x=FEATURES, itemsize=8), machine_of(found, 8)
    for workers in SIMULATED:
        rng = np.random.default_rng(workers)
        drawn = float(np.mean([simulated(task, machine, workers, rng) for _ in range(DRAWS)]))
        told = step(task, machine, workers).seconds
        yield [count(workers), duration(told), duration(drawn), f"{drawn / told:.2f}"]


def predicted(scaling: Scaling, found: Constants) -> Iterator[list[str]]:
    """Yield the rows that compare the closed form with measurements in float64, from which its constants come."""
    yield ["float64, m", "workers", "closed form", "measured", "measured / closed form"]
    for row in [*of(scaling, "strong"), *of(scaling, "weak")]:
        told = found.client_s + step(Task(m=row.m, n_x=row.n_x, itemsize=8), machine_of(found, 8), row.workers).seconds
        took = float(np.median(row.samples_s))
        yield [count(row.m), str(row.workers), duration(told), duration(took), f"{took / told:.2f}"]


def machine_of(found: Constants, itemsize: int) -> Machine:
    """Return a measured worker for numbers of `itemsize` bytes.

    Its bytes per second are those of float64, except for pixels.
    """
    examined = found.examined * (PIXELS / 8 if itemsize == 1 else 1)
    return Machine(examined=examined, network=NETWORK, hop_s=found.hop_s, scatter=found.scatter, price=PRICE)


def paying(found: Constants) -> Iterator[list[str]]:
    """Yield the rows of the number of examples from which workers are faster than one process without a cluster."""
    yield ["workers", *(f"pays from m ≈, at n_x = {count(n_x)}" for n_x in (LARGE[1], FEATURES))]
    for workers in PAYING:
        machine, tasks = machine_of(found, 8), [Task(m=1, n_x=n_x, itemsize=8) for n_x in (LARGE[1], FEATURES)]
        sizes = [crossover(task, machine, workers, found.client_s) for task in tasks]
        yield [count(workers), *(count(int(float(f"{size:.2g}"))) if np.isfinite(size) else "never" for size in sizes)]


def wide(found: Constants) -> Iterator[list[str]]:
    """Yield the rows for equal bytes in fewer, longer examples, until w is large and features are distributed."""
    yield ["m", "n_x", "w", "all features on each worker", "shared out over", "then a step", "simulated / closed form"]
    machine = machine_of(found, 8)
    for n_x in WIDE:
        task = Task(m=EXAMPLES * FEATURES // n_x, n_x=n_x, itemsize=8)
        workers = int(np.ceil(task.bytes / MEMORY))
        whole, (best, shards) = step(task, machine, workers), best_shards(task, machine, workers)
        name = "1" if shards == 1 else f"{count(shards)} workers"
        times = [duration(found.client_s + one.seconds) for one in (whole, best)]
        held = "" if shards == 1 else _held(task, machine, workers)
        yield [count(task.m), count(n_x), f"{significant(8 * n_x / 1e6, 2)} MB", times[0], name, times[1], held]


def _held(task: Task, machine: Machine, workers: int) -> str:
    """Return simulated time / closed form for a tenth of the examples and features on a hundredth of the workers.

    The full size has too many workers to simulate.
    """
    small = Task(m=task.m // 10, n_x=task.n_x // 10, itemsize=task.itemsize)
    told, shards = best_shards(small, machine, workers // 100)
    groups = workers // 100 // shards
    drawn = [simulated_sharded(small, machine, groups, shards, np.random.default_rng(draw)) for draw in range(DRAWS)]
    return f"{np.mean(drawn) / told.seconds:.2f}"


def compressed(found: Constants) -> Iterator[list[str]]:
    """Yield the rows for 10⁹ examples as pixels, compressed as `studies.cluster.packing` measured."""
    yield ["pixels", "bytes", "workers", "a step", "dollars"]
    task, plain_machine = Task(m=EXAMPLES, n_x=FEATURES, itemsize=1), machine_of(found, 1)
    for name, ratio, unpacked in (("as they are", 1.0, np.inf), *PACKED):
        workers = int(np.ceil(task.bytes / ratio / MEMORY))
        machine = packed(plain_machine, ratio, unpacked)
        cost = significant(dollars(task, machine, workers), 2)
        seconds = found.client_s + step(task, machine, workers).seconds
        yield [name, f"{task.bytes / ratio / 1e12:.1f} TB", count(workers), duration(seconds), cost]


CURVES: tuple[tuple[Kind, str, str, float], ...] = (
    ("strong", "float64", "#0072b2", -0.06),
    ("pixels", "pixels", "#d55e00", 0.06),
)
"""Curves in two colours that colour-blind people can distinguish (Okabe and Ito, 2008), shifted horizontally.

The shift shows both intervals.
"""


def figure(scaling: Scaling) -> Figure:
    """Draw speed-ups and their ideal up to the number of cores; beyond it, the cost of more workers."""
    with matplotlib.style.context(STYLE):
        drawn, axes = canvas(
            f"{count(LARGE[0])} examples on more and more workers",
            f"Dotted: each of {scaling.cores} cores brings as much as the first. Crosses: threads of one process.",
            [],
            height=2.8,
            left=0.9,
            right=4,
        )
        workers = [row.workers for row in of(scaling, "strong")]
        ideal = sorted({*workers, min(scaling.cores, max(workers))})
        axes.plot(ideal, np.minimum(ideal, scaling.cores), color="0.6", linestyle=":")
        for kind, name, color, aside in CURVES:
            curve(axes, of(scaling, kind), aside, color=color, marker="o", label=name)
            curve(axes, threads_of(scaling, kind), 2 * aside, color=color, marker="x", linestyle="none")
        axes.set(xlabel="workers", ylabel="times as fast as one", xticks=workers, ylim=(0, None))
        axes.grid(visible=True)
        axes.legend(loc="lower right")
    return drawn


def curve(axes: Axes, rows: list[Scaled], aside: float, **style: str) -> None:
    """Draw speed-ups over the first row, with their intervals, shifted right by `aside`."""
    speedups = [against(rows[0], row) for row in rows]
    places = [row.workers + aside for row in rows]
    for place, speedup in zip(places, speedups, strict=True):
        axes.plot([place] * 2, [speedup.low, speedup.high], color=style["color"], linewidth=1.5)
    axes.plot(places, [speedup.median for speedup in speedups], **style)  # type: ignore[arg-type]


def main(file: Path, figure_file: Annotated[Path | None, typer.Option("--figure")] = None) -> None:
    """Print the tables; draw the figure if a file for it is named."""
    try:
        scaling = msgspec.json.decode(file.read_bytes(), type=Scaling)
    except (OSError, msgspec.MsgspecError) as error:
        raise typer.BadParameter(f"{file}: {error}; make one with `python -m studies.cluster.measure`") from error
    found = constants(scaling)
    print(
        f"A worker gets through {found.examined / 1e9:.1f} GB/s; a step takes {duration(found.client_s)} and "
        f"{duration(found.hop_s)} a hop; scatter {found.scatter:.3f}."
    )
    tables = (
        measured(scaling),
        predicted(scaling, found),
        paying(found),
        planned(found),
        checked(found),
        compressed(found),
        wide(found),
    )
    for heads, *rows in tables:
        print("\n" + markdown.table(heads, rows))
    if figure_file is not None:
        figure(scaling).savefig(figure_file, dpi=150)


if __name__ == "__main__":
    typer.run(main)
