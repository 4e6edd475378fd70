"""Time of the oracle per entry of X, compiled and in NumPy, side by side.

`python -m studies.oracle_speed` prints a table. `--sizes 1000x100,10000x12288` chooses other sizes (m × n_x).
"""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Annotated

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.table import Table

from gradrace.bench.machine.available import cores
from gradrace.bench.verification.exact.oracle import Oracle, oracle
from gradrace.impls.interface import Float, FloatArray, Problem
from studies.numpy_oracle import numpy_oracle

SIZES = "10x10,1000x100,100000x100,1000000x100,10000x12288"
KINDS = ("float64", "float32", "pixels")
NUMPY_ENTRIES = 2e7
"""Number of entries above which NumPy computes only the first examples, at the same ns per entry."""

REPEATED_S = 0.5
"""Seconds for which a measurement is repeated; the minimum counts."""

Compute = Callable[[Problem, FloatArray, Float], Oracle]


def problem(m: int, n_x: int, kind: str, order: str) -> Problem:
    """Return a problem of random numbers in memory order C or F; pixels are bytes, computed with in float32."""
    rng = np.random.default_rng(0)
    dtype = np.dtype("float32" if kind == "pixels" else kind)
    shape = (n_x, m) if order == "C" else (m, n_x)
    X: NDArray[np.generic] = (
        rng.integers(0, 256, shape, np.uint8) if kind == "pixels" else rng.random(shape, np.float32).astype(dtype)
    )
    Y = rng.integers(0, 2, (1, m)).astype(dtype)
    return Problem(X if order == "C" else X.T, Y, dtype, 1 / 255 if kind == "pixels" else 1.0)


def first(of: Problem, entries: float) -> Problem:
    """Return the first examples, up to `entries` entries of X."""
    m = min(of.m, max(1, int(entries / of.n_x)))
    return Problem(of.X[:, :m], of.Y[:, :m], of.dtype, of.scale)


def least_ns(compute: Compute, of: Problem) -> float:
    """Return the minimum time in nanoseconds per entry of X."""
    w, b = np.full(of.n_x, 1 / of.n_x, of.dtype), of.dtype.type(0.1)
    least, started = np.inf, time.perf_counter()
    while (now := time.perf_counter()) - started < REPEATED_S:
        compute(of, w, b)
        least = min(least, time.perf_counter() - now)
    return least / of.X.size * 1e9


def main(sizes: Annotated[str, typer.Option(help="m × n_x, separated by commas.")] = SIZES) -> None:
    """Measure, and print a table."""
    warm_up = problem(10, 10, "float64", "C")
    started = time.perf_counter()
    oracle(warm_up, np.zeros(10), np.float64(0.0))
    table = Table(title=f"ns an entry on {cores()} cores (compiled in {time.perf_counter() - started:.2f} s)")
    for head in ("m", "n_x", "X", "order", "compiled", "NumPy", "ratio"):
        table.add_column(head, justify="right")
    for size in sizes.split(","):
        m, n_x = map(int, size.split("x"))
        for kind in KINDS:
            for order in "CF":
                of = problem(m, n_x, kind, order)
                new, old = least_ns(oracle, of), least_ns(numpy_oracle, first(of, NUMPY_ENTRIES))
                table.add_row(f"{m:,}", f"{n_x:,}", kind, order, f"{new:.2f}", f"{old:.0f}", f"{old / new:.0f}")
    Console().print(table)


if __name__ == "__main__":
    typer.run(main)
