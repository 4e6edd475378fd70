"""The oracle without compiled code, which tests compare with the compiled one, and which is timed beside it.

The bias is included as in the lecture: as one more feature, x = 1 in every example, whose weight is b.
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial, reduce
from operator import add
from typing import NamedTuple

import numpy as np

from gradrace.bench.machine.available import cores
from gradrace.bench.verification.exact import double_double as plain
from gradrace.bench.verification.exact.double_double import Float64
from gradrace.bench.verification.exact.oracle import Magnitudes, Oracle, flushed
from gradrace.impls.interface import Float, FloatArray, Problem
from studies.numpy_double_double import DoubleDouble, dot, exp_of_negative, log1p, total, two_product

BLOCK = 2**16
"""Number of entries of X in a block: 12288 x 1000 takes 0.7 s, and 1.2 s with 2**14, in four times as many calls."""

SHARES = 16
"""Number of shares of the examples for the threads: NumPy releases Python's lock within each call.

It is constant, so that the result is the same on every machine.
"""


@dataclass(frozen=True, slots=True, eq=False)
class _Sums:
    """Contribution of one block of examples: the sum of L, x·dz (n_x + 1,), and the parts of `Magnitudes`."""

    L: DoubleDouble
    x_dz: DoubleDouble
    abs_x: Float64
    abs_L: float
    entries: Float64
    features: int
    largest_x: float

    def __add__(self, other: _Sums) -> _Sums:
        return _Sums(
            L=self.L + other.L,
            x_dz=self.x_dz + other.x_dz,
            abs_x=self.abs_x + other.abs_x,
            abs_L=self.abs_L + other.abs_L,
            entries=self.entries + other.entries,
            features=max(self.features, other.features),
            largest_x=max(self.largest_x, other.largest_x),
        )


class _Examples(NamedTuple):
    """Results of a block of k examples: the parts of L, L and dz (k,), and the sum of x·dz (n_x + 1,)."""

    abs_L: Float64
    L: DoubleDouble
    dz: DoubleDouble
    x_dz: DoubleDouble


def numpy_oracle(problem: Problem, w: FloatArray, b: Float) -> Oracle:
    """Return the same as `oracle`.

    Memory: each core needs some ten times a block of examples, which has `BLOCK` entries or one example. It doesn't
    grow with m. Pixels stay integers: their scale is multiplied into w for z, and into dw at the end.
    """
    weights = _weights(problem, w, b)
    summed = partial(_share, problem, weights)
    shares = min(SHARES, -(-problem.m // _examples_of_a_block(problem)))
    edges = [problem.m * share // shares for share in range(shares + 1)]
    if shares == 1:
        sums = summed(0, problem.m)
    else:
        with ThreadPoolExecutor(cores()) as threads:
            sums = reduce(add, threads.map(summed, edges[:-1], edges[1:]))
    m, scales = float(problem.m), np.append(np.full(problem.n_x, problem.scale), 1.0)
    mean_x_dz = sums.x_dz * scales / m
    x, x_dz, x_z = (sums.abs_x * np.abs(scales)[:, np.newaxis] / m).T
    magnitudes = Magnitudes(
        x=x,
        x_dz=x_dz,
        x_z=x_z,
        L=sums.abs_L / m,
        entries=sums.entries,
        features=sums.features,
        flushed=flushed(problem.dtype, w, sums.largest_x * abs(problem.scale)),
    )
    J, dw, db = (plain.DoubleDouble(x.hi, x.lo) for x in (sums.L / m, mean_x_dz[:-1], mean_x_dz[-1]))
    return Oracle(J=J, dw=dw, db=db, magnitudes=magnitudes)


def _weights(problem: Problem, w: FloatArray, b: Float) -> DoubleDouble:
    """Return the factors (n_x + 1,) of X's entries and of the bias's 1 in z: scale·w exactly, and b."""
    hi, lo = two_product(w.astype(np.float64), np.asarray(problem.scale))
    return DoubleDouble(np.append(hi, np.float64(b)), np.append(lo, 0.0))


def _share(problem: Problem, weights: DoubleDouble, start: int, stop: int) -> _Sums:
    """Return the sums of examples from start to before stop.

    A result that overflows isn't finite: `reference` rejects it.
    """
    with np.errstate(all="ignore"):  # each thread has its own
        return reduce(add, (_sums(X, Y, weights) for X, Y in _blocks(problem, start, stop)))


def _examples_of_a_block(problem: Problem) -> int:
    return max(1, BLOCK // (problem.n_x + 1))


def _blocks(problem: Problem, first: int, last: int) -> Iterator[tuple[Float64, Float64]]:
    """Yield runs of k of these examples as float64: X (n_x + 1, k), with the bias's row of ones last, and Y (k,).

    In a block each example's features are contiguous, for any order of X: 20000 x 600 takes 0.5 s, otherwise 0.8 s.
    """
    n_x, k = problem.n_x, _examples_of_a_block(problem)
    for start in range(first, last, k):
        examples = slice(start, min(start + k, last))
        X = np.empty((n_x + 1, examples.stop - start), order="F")
        X[:-1] = problem.X[:, examples]
        X[-1] = 1.0
        yield X, problem.Y[0, examples].astype(np.float64)


def _dz(X: Float64, Y: Float64, weights: DoubleDouble) -> _Examples:
    """Return the results of a block, computed in double-double.

    With s = 1 - 2y, an example of label y is one of label 0 at t = s·z: L = max(t, 0) + log1p(e), dz = s·σ(t). These
    contain no difference, so nothing cancels.
    """
    z = dot(X, weights, axis=0)
    t = z * (1.0 - 2.0 * Y)
    positive = t.hi >= 0.0
    e = exp_of_negative(DoubleDouble(np.where(positive, -t.hi, t.hi), np.where(positive, -t.lo, t.lo)))
    log = log1p(e)
    L = DoubleDouble(np.where(positive, t.hi, 0.0), np.where(positive, t.lo, 0.0)) + log
    sigma = DoubleDouble(np.where(positive, 1.0, e.hi), np.where(positive, 0.0, e.lo)) / (e + 1.0)
    dz = sigma * (1.0 - 2.0 * Y)
    parts = np.abs(z.hi) + log.hi + np.maximum(-t.hi, 0.0)
    return _Examples(abs_L=parts, L=L, dz=dz, x_dz=dot(X, dz, axis=1))


def _sums(X: Float64, Y: Float64, weights: DoubleDouble) -> _Sums:
    """Return one block's sums."""
    examples = _dz(X, Y, weights)
    abs_X = np.abs(X)
    per_example = np.column_stack([np.ones_like(Y), np.abs(examples.dz.hi), np.abs(weights.hi) @ abs_X])
    nonzero = X != 0.0
    return _Sums(
        L=total(examples.L.hi, examples.L.lo, axis=0),
        x_dz=examples.x_dz,
        abs_x=abs_X @ per_example,
        abs_L=float(np.sum(examples.abs_L)),
        entries=np.count_nonzero(nonzero, axis=1).astype(np.float64),
        features=int(np.count_nonzero(nonzero, axis=0).max()),
        largest_x=float(abs_X[:-1].sum(axis=0).max()),
    )
