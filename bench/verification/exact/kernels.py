"""The oracle's kernels: sums of products over a tile of X, and the terms of each example that follow from z.

A tile is a matrix of float64 in C order, whose rows are whole vectors: `columns` is a multiple of LANES, and unused
entries are 0. Beside each sum of x·v in twice the precision are sums of absolute values, in the order of `Row`.
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from functools import cache, partial
from pathlib import Path
from typing import Any

from gradrace.bench.verification.exact.formulas import Pair, exp_of_negative, log1p
from gradrace.bench.verification.exact.machine_code import Code, Kernel, Lanes, Library
from gradrace.impls.discovery import compiled_folder

LANES = 8
"""Numbers in a vector: one register of AVX-512, two of AVX2, four of NEON."""

GROUP = 4
"""Number of vectors whose sums are computed at a time: they are independent, so that none waits for another."""


class Row(IntEnum):
    """Rows of a table of sums: of x·v in two parts, |x|·|v|, |x|, |x|·size, and 1 where x ≠ 0."""

    HI = 0
    LO = 1
    TERMS = 2
    X = 3
    SIZES = 4
    ENTRIES = 5


class Factor(IntEnum):
    """Rows of a table of factors: v in two parts, and a size that is multiplied by |x| and summed."""

    HI = 0
    LO = 1
    SIZE = 2


def across(code: Code, tile: Any, rows: Any, columns: Any, v: Any, width: Any, sums: Any, sums_width: Any) -> None:
    """Add row r times v[r], summed over the rows, to column c of `sums`. v: (3, width), sums: (6, sums_width)."""

    def group(size: int, c: Any, _: Sequence[Lanes]) -> Sequence[Lanes]:
        places = [code.at(sums, (row, sums_width), c, one * LANES) for one in range(size) for row in Row]

        def row(r: Any, carried: Sequence[Lanes]) -> Sequence[Lanes]:
            factors = [code.load_one(code.at(v, (factor, width), r)) for factor in Factor]
            xs = [code.load(code.at(tile, (r, columns), c, one * LANES)) for one in range(size)]
            return _each_added(xs, factors, carried)

        _, found = code.loop(0, rows, 1, row, [code.load(place) for place in places])
        for place, lanes in zip(places, found, strict=True):
            code.store(place, lanes)
        return ()

    c, _ = code.loop(0, columns, GROUP * LANES, partial(group, GROUP))
    code.loop(c, columns, LANES, partial(group, 1))


def along(code: Code, tile: Any, rows: Any, columns: Any, v: Any, width: Any, sums: Any, sums_width: Any) -> None:
    """Add column c times v[c], summed over the columns, to column r of `sums`. v: (3, width), sums: (6, sums_width)."""

    def group(size: int, r: Any, _: Sequence[Lanes]) -> Sequence[Lanes]:
        def vector(c: Any, carried: Sequence[Lanes]) -> Sequence[Lanes]:
            factors = [code.load(code.at(v, (factor, width), c)) for factor in Factor]
            xs = [code.load(code.at(tile, (r, columns), (one, columns), c)) for one in range(size)]
            return _each_added(xs, factors, carried)

        zeros = [code.constant(0.0)] * (len(Row) * size)
        _, found = code.loop(0, columns, LANES, vector, zeros)
        for one in range(size):
            _add_folded(
                code, found[len(Row) * one :][: len(Row)], [code.at(sums, (row, sums_width), r, one) for row in Row]
            )
        return ()

    r, _ = code.loop(0, rows, GROUP, partial(group, GROUP))
    code.loop(r, rows, 1, partial(group, 1))


def derive(
    code: Code, count: Any, z: Any, signs: Any, ones: Any, dz: Any, width: Any, sums: Any, sums_width: Any
) -> None:
    """Write a table of factors for dz, and add dz and L of `count` examples to two columns of `sums`.

    z: (6, width), dz: (3, width), sums: (6, sums_width).

    Sizes are |w|·|x| + |b| for dz and the parts of the loss for L, see `Magnitudes`. The sums are those of a feature
    that is 1, or 0 beyond `count`.

    With s = 1 − 2y, an example of label y is one of label 0 at t = s·z: L = max(t, 0) + log1p(e), dz = s·σ(t). No
    difference is left in it, hence nothing cancels.
    """
    zero, one = code.constant(0.0), Pair(code.constant(1.0), code.constant(0.0))

    def examples(i: Any, carried: Sequence[Lanes]) -> Sequence[Lanes]:
        hi, lo, size = (code.load(code.at(z, (row, width), i)) for row in (Row.HI, Row.LO, Row.TERMS))
        sign, x = code.load(code.at(signs, i)), code.load(code.at(ones, i))
        t = Pair(hi, lo).exactly_times(sign)
        e = exp_of_negative(_chosen(t.hi, t, -t))
        log = log1p(e)
        L = _chosen(t.hi, Pair(zero, zero), t) + log
        slope = (_chosen(t.hi, e, one) / (e + one)).exactly_times(sign)
        for factor, lanes in zip(Factor, (slope.hi, slope.lo, size), strict=True):
            code.store(code.at(dz, (factor, width), i), lanes)
        of_dz = _added(x, (slope.hi, slope.lo, size), carried[: len(Row)])
        parts = abs(hi) + log.hi + t.hi.where("<", 0.0, abs(hi), 0.0)
        return [*of_dz, *_added(x, (L.hi, L.lo, parts), carried[len(Row) :])]

    _, found = code.loop(0, count, code.lanes, examples, [zero] * (2 * len(Row)))
    for column in (0, 1):
        places = [code.at(sums, (row, sums_width), column) for row in Row]
        _add_folded(code, found[len(Row) * column :][: len(Row)], places)


def _chosen(t: Lanes, negative: Pair, others: Pair) -> Pair:
    return Pair(t.where("<", 0.0, negative.hi, others.hi), t.where("<", 0.0, negative.lo, others.lo))


def _each_added(xs: Sequence[Lanes], factors: Sequence[Lanes], carried: Sequence[Lanes]) -> list[Lanes]:
    """Return the sums of several vectors x, one after the other, with one more term each."""
    sums = [carried[start : start + len(Row)] for start in range(0, len(carried), len(Row))]
    return [lanes for x, of_one in zip(xs, sums, strict=True) for lanes in _added(x, factors, of_one)]


def _added(x: Lanes, factors: Sequence[Lanes], sums: Sequence[Lanes]) -> list[Lanes]:
    """Return the sums, in the order of `Row`, with one more term each."""
    hi, lo, terms, xs, sizes, entries = sums
    v = Pair(factors[Factor.HI], factors[Factor.LO])
    total, size = Pair(hi, lo).plus_product(x, v), abs(x)
    return [
        total.hi,
        total.lo,
        size.times_plus(abs(v.hi), terms),
        xs + size,
        size.times_plus(factors[Factor.SIZE], sizes),
        entries + x.where("!=", 0.0, 1.0, 0.0),
    ]


def _add_folded(code: Code, sums: Sequence[Lanes], places: Sequence[Any]) -> None:
    """Add the sums of all lanes to the numbers at these places."""
    hi, lo, *others = sums
    total, by = Pair(hi, lo), code.lanes // 2
    while by:
        total = total + Pair(total.hi.rotated(by), total.lo.rotated(by))
        others = [lanes + lanes.rotated(by) for lanes in others]
        by //= 2
    before_hi, before_lo, *before = (code.load_one(place) for place in places)
    total = total + Pair(before_hi, before_lo)
    added = [total.hi, total.lo, *(lanes + earlier for lanes, earlier in zip(others, before, strict=True))]
    for place, lanes in zip(places, added, strict=True):
        code.store_first(place, lanes)


KERNELS: dict[Kernel, tuple[str, int]] = {
    across: ("piipipi", LANES),
    along: ("piipipi", LANES),
    derive: ("ippppipi", GROUP * LANES),
}
"""{kernel: (its arguments, lanes)}, see `Library`."""


FOLDER = compiled_folder(Path(__file__).absolute().parent)
"""Folder for the kernels' machine code, of the state of their sources when they were imported."""


@cache
def library() -> Library:
    """Return the kernels, compiled once for each state of their sources."""
    return Library(KERNELS, folder=FOLDER)
