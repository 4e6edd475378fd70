"""Sums of all programs added in a fixed order, so that a gradient has the same bits each time; and a step with it."""

from __future__ import annotations

import triton
import triton.language as tl


@triton.jit
def total(
    sums: tl.tensor,
    columns: tl.tensor,
    inside: tl.tensor,
    width: tl.tensor,
    programs: tl.tensor,
    ROWS: tl.constexpr,
    N: tl.constexpr,
) -> tl.tensor:
    """Return the sums (N,) of some columns of a table with `programs` rows of `width`."""
    partial = tl.zeros([ROWS, N], sums.dtype.element_ty)
    for start in range(0, programs, ROWS):
        row = start + tl.arange(0, ROWS)
        place = sums + row[:, None].to(tl.int64) * width + columns[None, :]
        partial += tl.load(place, mask=(row < programs)[:, None] & inside[None, :], other=0.0)
    return tl.sum(partial, axis=0)


@triton.jit(do_not_specialize=["width", "programs", "m", "n_x"])
def means(
    dw_sums: tl.tensor,
    sums: tl.tensor,
    scale: tl.tensor,
    gradient: tl.tensor,
    width: tl.tensor,
    programs: tl.tensor,
    m: tl.tensor,
    n_x: tl.tensor,
    ROWS: tl.constexpr,
    N: tl.constexpr,
) -> None:
    """Write J, db and dw (2 + n_x,) to `gradient`."""
    features = tl.program_id(0) * N + tl.arange(0, N)
    inside = features < n_x
    dw = total(dw_sums, features, inside, width, programs, ROWS, N) / m * tl.load(scale)
    tl.store(gradient + 2 + features, dw, mask=inside)
    if tl.program_id(0) == 0:
        two = tl.arange(0, 2)
        tl.store(gradient + two, total(sums, two, two < 2, 2, programs, ROWS, 2) / m)


@triton.jit(do_not_specialize=["width", "programs", "m", "n_x"])
def step(
    dw_sums: tl.tensor,
    sums: tl.tensor,
    scale: tl.tensor,
    w: tl.tensor,
    b: tl.tensor,
    alpha: tl.tensor,
    width: tl.tensor,
    programs: tl.tensor,
    m: tl.tensor,
    n_x: tl.tensor,
    ROWS: tl.constexpr,
    N: tl.constexpr,
) -> None:
    """Make one step w := w − α dw, b := b − α db in place."""
    features = tl.program_id(0) * N + tl.arange(0, N)
    inside = features < n_x
    dw = total(dw_sums, features, inside, width, programs, ROWS, N) / m * tl.load(scale)
    tl.store(w + features, tl.load(w + features, mask=inside, other=0.0) - tl.load(alpha) * dw, mask=inside)
    if tl.program_id(0) == 0:
        one = 1 + tl.arange(0, 1)
        db = total(sums, one, one < 2, 2, programs, ROWS, 1) / m
        tl.store(b + tl.arange(0, 1), tl.load(b + tl.arange(0, 1)) - tl.load(alpha) * db)
