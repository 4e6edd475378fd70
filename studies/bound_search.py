"""Search for correct arithmetic that exceeds the error bound: random problems, changed until error / bound is large.

`python -m studies.bound_search --seconds 60` prints the largest error / bound of each kind of problem, with the
arithmetic that reached it. Above 1, the bound or this file is wrong.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Annotated, Any, TypeAlias

import numpy as np
import typer
from numpy.typing import NDArray

from gradrace.bench.problems import Case
from gradrace.bench.results import UnusableInput
from gradrace.bench.verification.reference import reference
from gradrace.impls.interface import Gradient, Problem

Array: TypeAlias = NDArray[Any]
Sum: TypeAlias = Callable[[Array], Array]
"""Function that sums along the last axis."""


def one_by_one(terms: Array) -> Array:
    """Return the sum in order."""
    return np.cumsum(terms, axis=-1, dtype=terms.dtype)[..., -1]


def backwards(terms: Array) -> Array:
    """Return the sum in the reverse order."""
    return one_by_one(terms[..., ::-1])


def large_first(terms: Array) -> Array:
    """Return the sum from the largest absolute value to the smallest, which rounds most often."""
    return one_by_one(np.take_along_axis(terms, np.argsort(-np.abs(terms), axis=-1, kind="stable"), -1))


def positive_first(terms: Array) -> Array:
    """Return the sum whose partial sums grow as large as possible."""
    return one_by_one(-np.sort(-terms, axis=-1))


def pairwise(terms: Array) -> Array:
    """Return the pairwise sum."""
    while (n := terms.shape[-1]) > 1:
        terms = np.concatenate([terms[..., : n // 2] + terms[..., n // 2 : n // 2 * 2], terms[..., n // 2 * 2 :]], -1)
    return terms[..., 0]


SUMS: tuple[Sum, ...] = (one_by_one, backwards, large_first, positive_first, pairwise)


def flushed(values: Array) -> Array:
    """Return the values with 0 for subnormal ones."""
    return np.where(np.abs(values) < np.finfo(values.dtype).smallest_normal, 0, values).astype(values.dtype)


@dataclass(frozen=True)
class Way:
    """One correct way to compute a gradient.

    Attributes:
        add: Order of summation.
        sigma: Formula of σ: "stable", "tanh" or "logarithm".
        mean: Division by m: "divided", "inverse", "first" or "partial".
        fused: Whether z is computed by fused multiply-adds, which are available here only for float32.
        flush: Whether subnormal values become 0.
        by_parts: Whether J is computed from the sums of its parts.
        other_side: Whether these parts are (1 − y)·z and log(1 + exp(−z)).
        bias_first: Whether the sum of z begins with b.
        scale_in_w: Whether the scale is multiplied into w instead of X.
    """

    add: Sum
    sigma: str
    mean: str
    fused: bool
    flush: bool
    by_parts: bool
    other_side: bool
    bias_first: bool
    scale_in_w: bool

    def gradient(self, case: Case) -> Gradient:
        """Return the gradient, computed in the problem's precision."""
        problem, dtype = case.problem, case.problem.dtype.type
        keep = flushed if self.flush else np.asarray
        scale, y, m = dtype(problem.scale), problem.Y[0], dtype(problem.m)
        X = keep(problem.X.astype(dtype) if self.scale_in_w else problem.X.astype(dtype) * scale)
        w, b = keep(case.w * scale if self.scale_in_w else case.w), case.b
        z = keep(self._z(X, w, b))
        dz = keep(self._sigma(z) - y)
        dw = keep(self._mean(keep(X * (keep(dz / m) if self.mean == "first" else dz)), m))
        db = self._mean(keep(dz / m) if self.mean == "first" else dz, m)
        return Gradient(float(self._J(z, y, m)), keep(dw * scale) if self.scale_in_w else dw, float(db))

    def _z(self, X: Array, w: Array, b: Any) -> Array:
        terms = (X * w[:, np.newaxis]).T
        if self.fused and w.dtype == np.float32:
            z = np.full(len(terms), b if self.bias_first else 0, np.float32)
            for x, weight in zip(X.astype(np.float64), w.astype(np.float64), strict=True):
                z = (z + x * weight).astype(np.float32)
            return z if self.bias_first else z + b
        bias = np.full((len(terms), 1), b)
        return self.add(np.hstack([bias, terms] if self.bias_first else [terms, bias]))

    def _sigma(self, z: Array) -> Any:
        if self.sigma == "tanh":
            return (1 + np.tanh(z / 2)) / 2
        if self.sigma == "logarithm":
            return np.exp(z - np.logaddexp(z.dtype.type(0), z))
        e = np.exp(-np.abs(z))
        return np.where(z >= 0, 1, e).astype(z.dtype) / (1 + e)

    def _J(self, z: Array, y: Array, m: Any) -> Any:
        if not self.by_parts:
            L = np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))
            return self._mean(L / m if self.mean == "first" else L, m)
        if self.other_side:
            parts = ((1 - y) * z, np.logaddexp(z.dtype.type(0), -z))
        else:
            parts = (-(z * y), np.logaddexp(z.dtype.type(0), z))
        one, other = (self._mean(part / m if self.mean == "first" else part, m) for part in parts)
        return one + other

    def _mean(self, terms: Array, m: Any) -> Any:
        if self.mean == "first":
            return self.add(terms)
        if self.mean == "partial" and terms.shape[-1] > 1:
            cut = terms.shape[-1] // 3 + 1
            counts = [m.dtype.type(cut), m.dtype.type(terms.shape[-1] - cut)]
            halves = (terms[..., :cut], terms[..., cut:])
            one, other = (self.add(half) / n * (n / m) for half, n in zip(halves, counts, strict=True) if half.size)
            return one + other
        return self.add(terms) * (1 / m) if self.mean == "inverse" else self.add(terms) / m


def way(rng: np.random.Generator) -> Way:
    """Draw a random way."""
    flags = rng.random(6) < 0.4
    sigma, mean = rng.choice(["stable", "tanh", "logarithm"]), rng.choice(["divided", "inverse", "first", "partial"])
    return Way(SUMS[rng.integers(len(SUMS))], str(sigma), str(mean), *map(bool, flags))


def equal(rng: np.random.Generator, n_x: int, m: int) -> Array:
    """Return features that are constant over examples, so that all roundings go in one direction."""
    return np.repeat(rng.uniform(0.5, 1, (n_x, 1)), m, axis=1)


def one_large(rng: np.random.Generator, n_x: int, m: int) -> Array:
    """Return equal features, except one entry that is up to 2²⁶ or 2⁵⁵ times as large."""
    X = equal(rng, n_x, m)
    X[rng.integers(n_x), rng.integers(m)] *= 2.0 ** rng.uniform(10, rng.choice([26, 55]))
    return X


def tiny(rng: np.random.Generator, n_x: int, m: int) -> Array:
    """Return features near float32's smallest normal number, which the kind `subnormal` scales to float64's."""
    return rng.choice([-1, 1], (n_x, m)) * 2.0 ** rng.uniform(-132, -120, (n_x, m))


KINDS: dict[str, Callable[[np.random.Generator, int, int], Array]] = {
    "normal": lambda rng, n_x, m: rng.standard_normal((n_x, m)),
    "equal": equal,
    "one large": one_large,
    "many scales": lambda rng, n_x, m: rng.standard_normal((n_x, m)) * 10.0 ** rng.uniform(-12, 12, (n_x, m)),
    "sparse": lambda rng, n_x, m: rng.standard_normal((n_x, m)) * (rng.random((n_x, m)) < 0.1),
    "subnormal": tiny,
    "pixels": lambda rng, n_x, m: rng.integers(0, 256, (n_x, m)).astype(float),
}


def case(rng: np.random.Generator, kind: str, dtype: Any) -> Case:
    """Return a random problem of a kind, with |z| up to a random 1e-3 to 80, or huge weights of subnormal features."""
    n_x, m = (int(2 ** rng.uniform(0, top)) for top in (5, 8))
    X = KINDS[kind](rng, n_x, m)
    w = rng.choice([-1, 1], n_x) * rng.uniform(0.5, 1, n_x) if rng.random() < 0.5 else np.ones(n_x)
    if kind == "subnormal":
        w = w * 2.0 ** rng.uniform(60, 126)
        X = X if dtype == np.float32 else X * 2.0**-896
        w = w if dtype == np.float32 else w * 2.0**896
    else:
        w = w * 10.0 ** rng.uniform(-3, 1.9) / max(float(np.abs(w @ X).max()), 1e-3)
    Y = rng.integers(0, 2, (1, m)) if rng.random() < 0.5 else np.full((1, m), rng.integers(2))
    b = rng.choice([0.0, 1.0]) * rng.standard_normal()
    pixels = kind == "pixels"
    made = Problem(
        X.astype(np.uint8 if pixels else dtype), Y.astype(dtype), np.dtype(dtype), 1 / 255 if pixels else 1.0
    )
    return Case(made, (w * 255 if pixels else w).astype(dtype), np.dtype(dtype).type(b))


def bent(rng: np.random.Generator, given: Case) -> Case:
    """Return the case with some numbers scaled by a factor, or replaced by others of the case."""
    X, w, dtype = given.problem.X.copy(), given.w.copy(), given.problem.dtype.type
    if X.dtype != np.uint8:
        i = rng.integers(X.shape[1], size=1 + X.shape[1] // 8)
        X[:, i] = X[:, rng.integers(X.shape[1], size=len(i))] * dtype(rng.choice([1, rng.uniform(0.7, 1.4)]))
    w[rng.integers(len(w))] *= dtype(rng.uniform(0.7, 1.4))
    return Case(replace(given.problem, X=X), w, dtype(given.b * rng.uniform(0.7, 1.4)))


def worst(given: Case, by: Way) -> float:
    """Return error / bound; 0 if there is no finite gradient."""
    try:
        with np.errstate(all="ignore"):
            return reference(given.problem, given.w, given.b).error_over_bound(by.gradient(given)).worst
    except UnusableInput:
        return 0.0


def search(rng: np.random.Generator, kind: str, dtype: Any, until: float) -> Iterator[tuple[float, Case, Way]]:
    """Yield ever larger error / bound: each random case is changed until that stops improving it."""
    largest = 0.0
    while time.monotonic() < until:
        given, by = case(rng, kind, dtype), way(rng)
        here, failed = worst(given, by), 0
        while failed < (20 if here > largest / 2 else 1) and time.monotonic() < until:
            other = (bent(rng, given), by) if rng.random() < 0.7 else (given, way(rng))
            if (found := worst(*other)) > here:
                (given, by), here, failed = other, found, 0
            else:
                failed += 1
        if here > largest:
            largest = here
            yield here, given, by


def main(seconds: Annotated[float, typer.Option(help="For each kind and precision.")] = 20.0, seed: int = 0) -> None:
    """Search, and print the largest error / bound of each kind."""
    for dtype in (np.float32, np.float64):
        for kind in KINDS:
            rng = np.random.default_rng([seed, *kind.encode()])
            *_, (largest, given, by) = search(rng, kind, dtype, time.monotonic() + seconds)
            shape = f"m = {given.problem.m}, n_x = {given.problem.n_x}"
            said = {name: getattr(value, "__name__", value) for name, value in vars(by).items() if value}
            print(f"{np.dtype(dtype)} {kind}: {largest:.3g} ({shape}; {said})", flush=True)


if __name__ == "__main__":
    typer.run(main)
