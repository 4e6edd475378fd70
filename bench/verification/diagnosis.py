"""Diagnosis of a wrong gradient: the most common mistakes produce errors of known shapes.

A mistake is named only if it explains the error itself: the error that it leaves unexplained is at most CLOSE of the
error in every part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from operator import itemgetter
from typing import NamedTuple, TypeAlias

import numpy as np
from numpy.typing import DTypeLike

from gradrace.bench.problems import Case
from gradrace.bench.verification.exact.double_double import Float64
from gradrace.impls.interface import Gradient

CLOSE = 1e-3
"""Share of the error that a mistake may leave unexplained."""

CLEAR = 10.0
"""Multiple of the likely rounding error, on either side, from which on an error is examined."""

BLOCKS = (2, 4, 8, 16, 32, 64, 128, 256)
"""Block sizes, in examples or features, whose remainder may have been forgotten."""

PARTS = ("J", "dw", "db")


class Sums(NamedTuple):
    """Parts of a gradient: J (1,), dw (n_x,), db (1,)."""

    J: Float64
    dw: Float64
    db: Float64


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """A case in float64. X (n_x, m), y (m,), w (n_x,), b, z (m,); the loss L (m,) and dz (m,) of each example."""

    X: Float64
    y: Float64
    w: Float64
    b: float
    z: Float64
    L: Float64
    dz: Float64

    @property
    def m(self) -> int:
        """Return the number of examples."""
        return len(self.y)


Mistake: TypeAlias = tuple[str, Sums]
"""The words for a mistake, and the gradient that it produces."""

Left: TypeAlias = Callable[[int, Float64], float]
"""Function that returns the unexplained error of a part, from the part's number and the mistake's value for it."""


def diagnosis(case: Case, gradient: Gradient) -> str | None:
    """Return a sentence that names the mistake in a wrong gradient; None if it is unknown. Computed in float64.

    Known mistakes are:
    - one part times a factor: a wrong sign, a division by m too few or too many, by m - 1, by n_x;
    - parts rounded to whole numbers, as by //;
    - examples or features left out at an end or beyond whole blocks;
    - b or sigma left out, or the labels inverted;
    - (m,) minus (m, 1);
    - X, w, z, sigma or dz rounded to float32, or z or all of a float64 problem computed in it.
    """
    with np.errstate(all="ignore"):
        terms = _terms(case)
        right, got = _sums(terms), Sums(*(np.atleast_1d(np.asarray(getattr(gradient, p), np.float64)) for p in PARTS))
        noise = _noise(terms, case.problem.dtype)
        if not all(np.isfinite(part).all() for part in (*right, *got)):
            return None
        errors = [float(np.max(np.abs(g - r))) for g, r in zip(got, right, strict=True)]
        if not any(error > CLEAR * likely for error, likely in zip(errors, noise, strict=True)):
            return None

        def left(part: int, made: Float64) -> float:
            """Return the unexplained error, in units of the largest that may remain: at most 1 if it is explained."""
            found = float(np.max(np.abs(got[part] - made))) / (CLOSE * errors[part] + noise[part])
            return np.inf if np.isnan(found) else found

        return _factors(right, terms, left) or _whole(terms, left) or _in_float32(case, terms, got, errors)


def _factors(right: Sums, terms: Terms, left: Left) -> str | None:
    """Return the factor or the rounding of each wrong part in words, if these explain all of them."""
    told, is_right = [], [left(part, right[part]) <= 1 for part in range(len(PARTS))]
    for part, name in enumerate(PARTS):
        if not is_right[part]:
            made = [(factor * right[part], words) for words, factor in _multiples(terms)]
            made.append((np.floor(right[part]), "is rounded down to a whole number, as by //"))
            least, words = min(((left(part, value), words) for value, words in made), key=itemgetter(0))
            if not least <= 1:
                return None
            told.append(f"{name} {words}")
    return "; ".join(told) + (": the rest is right" if any(is_right) else "")


def _multiples(terms: Terms) -> Iterator[tuple[str, float]]:
    n_x, m = terms.X.shape
    yield "has the wrong sign", -1.0
    yield "isn't divided by m", m
    yield "is divided by m twice", 1 / m
    if m > 1:
        yield "is divided by m - 1, not by m", m / (m - 1)
    yield "is divided by n_x, not by m", m / n_x
    yield "is twice what it should be", 2.0
    yield "is half of what it should be", 0.5
    yield "is 0", 0.0


def _whole(terms: Terms, left: Left) -> str | None:
    """Return the words of the mistake that explains every part best; None if none does."""
    found = ((max(left(part, made[part]) for part in range(len(PARTS))), words) for words, made in _mistakes(terms))
    least, words = min(found)
    return words if least <= 1 else None


def _mistakes(terms: Terms) -> Iterator[Mistake]:
    yield from _examples_left_out(terms)
    yield from _features_left_out(terms)
    yield "b is left out of z", _sums(_at(terms, terms.w @ terms.X))
    yield "sigma is left out: dz is z - y", _sums(terms)._replace(**_derivatives(terms, terms.z - terms.y))
    opposite = _at(terms, terms.z, 1 - terms.y)
    yield "the labels are taken the wrong way around", _sums(opposite)
    yield from _broadcast(terms)
    for words, rounded in _rounded(terms):
        yield f"{words} to float32; keep float64", rounded
    for z in _z_in_float32(terms):
        yield "z is computed in float32; keep float64", _sums(_at(terms, z))


def _examples_left_out(terms: Terms) -> Iterator[Mistake]:
    for words, kept in _runs(terms.m, "example"):
        some = len(range(terms.m)[kept])
        for divisor in dict.fromkeys((terms.m, some)):
            yield f"it is the gradient of {words}", _sums(terms, kept, divisor)


def _features_left_out(terms: Terms) -> Iterator[Mistake]:
    """Yield the gradients with features missing from z, from dw, or from both."""
    n_x = len(terms.w)
    for words, kept in _runs(n_x, "feature"):
        fewer = _sums(_at(terms, terms.w[kept] @ terms.X[kept] + terms.b))
        here = np.zeros(n_x, bool)
        here[kept] = True
        yield f"it is the gradient of {words}", fewer._replace(dw=np.where(here, fewer.dw, 0.0))
        yield f"z is of {words}", fewer
        right = _sums(terms)
        yield f"a part of dw is 0: it is right for {words}", right._replace(dw=np.where(here, right.dw, 0.0))


def _broadcast(terms: Terms) -> Iterator[Mistake]:
    """Yield the results of a difference of shapes (m,) and (m, 1), which has m × m entries a_j - y_i."""
    words = "a - y has m × m entries: are their shapes (m,) and (m, 1)?"
    right, a, y = _sums(terms), terms.dz + terms.y, terms.y
    J = np.atleast_1d(right.J + np.mean(terms.z * y) - np.mean(terms.z) * np.mean(y))  # each z with each label
    for dz in (np.mean(a) - y, a - np.mean(y)):
        for factor in (1.0, float(terms.m)):
            changed = _derivatives(terms, factor * dz)
            yield words, right._replace(**changed)
            yield words, right._replace(**changed, J=J)
    yield words, right._replace(J=J)


def _rounded(terms: Terms) -> Iterator[Mistake]:
    """Yield the gradients with X, w, z, sigma or dz in float32, and all else in float64."""
    X, w, z, a, dz = (
        array.astype(np.float32).astype(np.float64)
        for array in (terms.X, terms.w, terms.z, terms.dz + terms.y, terms.dz)
    )
    yield "X is rounded", _sums(_at(replace(terms, X=X), terms.w @ X + terms.b))
    yield "w is rounded", _sums(_at(terms, w @ terms.X + terms.b))
    yield "X and w are rounded", _sums(_at(replace(terms, X=X), w @ X + terms.b))
    yield "z is rounded", _sums(_at(terms, z))
    yield "sigma is rounded", _sums(terms)._replace(**_derivatives(terms, a - terms.y))
    yield "dz is rounded", _sums(terms)._replace(**_derivatives(terms, dz))


def _z_in_float32(terms: Terms) -> Iterator[Float64]:
    """Yield z with w·X computed in float32, from either layout of X, and b added in either precision."""
    X, w = terms.X.astype(np.float32), terms.w.astype(np.float32)
    for products in (w @ X, np.ascontiguousarray(X.T) @ w):
        yield products.astype(np.float64) + terms.b
        yield (products + np.float32(terms.b)).astype(np.float64)


def _in_float32(case: Case, terms: Terms, got: Sums, errors: Sequence[float]) -> str | None:
    """Return the words for a gradient of a float64 problem that float32 explains: its numbers, and its rounding.

    A number of float64 is one of float32 by chance once in 2**29.
    """
    likely = _noise(terms, np.float32)
    if case.problem.dtype != np.float64 or not np.any(got.dw) or (got.dw.astype(np.float32) != got.dw).any():
        return None
    close = all(error <= CLEAR * rounding for error, rounding in zip(errors, likely, strict=True))
    return "dw has the precision of float32; compute in that of w, float64" if close else None


def _runs(count: int, what: str) -> Iterator[tuple[str, slice]]:
    """Yield some of the examples or features, in words and as a slice."""
    if count > 1:
        yield f"all {what}s but the last", slice(0, count - 1)
        yield f"all {what}s but the first", slice(1, count)
    for block in BLOCKS:
        if 0 < count % block < count:
            whole = count - count % block
            words = f"the first {whole} of {count} {what}s: is the rest after blocks of {block} dropped?"
            yield words, slice(0, whole)


def _terms(case: Case) -> Terms:
    problem = case.problem
    X, w, b = problem.X.astype(np.float64) * problem.scale, case.w.astype(np.float64), float(case.b)
    empty = np.empty(0)
    return _at(Terms(X, problem.Y[0].astype(np.float64), w, b, empty, empty, empty), w @ X + b)


def _at(terms: Terms, z: Float64, y: Float64 | None = None) -> Terms:
    """Return the terms with another z, or other labels."""
    y = terms.y if y is None else y
    e = np.exp(-np.abs(z))
    L = np.maximum(z, 0) - z * y + np.log1p(e)
    return Terms(terms.X, y, terms.w, terms.b, z, L, np.where(z >= 0, 1, e) / (1 + e) - y)


def _sums(terms: Terms, kept: slice = slice(None), divisor: int | None = None) -> Sums:
    """Return the gradient of some examples, divided by `divisor` or m."""
    m, dz = divisor or terms.m, terms.dz[kept]
    return Sums(*map(np.atleast_1d, (terms.L[kept].sum() / m, terms.X[:, kept] @ dz / m, dz.sum() / m)))


def _derivatives(terms: Terms, dz: Float64) -> dict[str, Float64]:
    return {"dw": terms.X @ dz / terms.m, "db": np.atleast_1d(np.mean(dz))}


def _noise(terms: Terms, dtype: DTypeLike) -> list[float]:
    """Return the likely rounding errors of J, dw and db: the root of the number of terms, times their mean."""
    u = float(np.finfo(dtype).eps) / 2
    roundings = u * (8 + np.sqrt(terms.m))
    z_error = u * (8 + np.sqrt(len(terms.w))) * (np.abs(terms.w) @ np.abs(terms.X) + abs(terms.b))
    X = np.abs(terms.X)
    return [
        float(roundings * np.mean(np.abs(terms.L)) + np.mean(z_error)),
        float(np.max(roundings * (X @ np.abs(terms.dz)) + X @ (z_error / 4 + u)) / terms.m),
        float(roundings * np.mean(np.abs(terms.dz)) + np.mean(z_error / 4 + u)),
    ]
