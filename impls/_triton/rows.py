"""The fused kernel: a row of X is read once, and stays in registers from its z to its share of dw.

As many programs run as fit the device at a time, and take blocks of R rows in turn. X is read as words: a float or four
pixels each. A row's words are in K chunks of N. Each chunk, and each of the PLANES of pixels in it, is a separate
tensor (R, N): Triton's tensors must be powers of 2, and rows seldom are. While one block is computed, the next ones are
being loaded (STAGES).
"""

from __future__ import annotations

import triton
import triton.language as tl

from gradrace.impls._triton.numbers import loss_and_dz, numbers


@triton.jit(do_not_specialize=["m", "units"])
def rows(
    X: tl.tensor,
    Y: tl.tensor,
    w: tl.tensor,
    b: tl.tensor,
    scale: tl.tensor,
    dw_sums: tl.tensor,
    sums: tl.tensor,
    m: tl.tensor,
    units: tl.tensor,
    R: tl.constexpr,
    N: tl.constexpr,
    K: tl.constexpr,
    UNIT: tl.constexpr,
    PLANES: tl.constexpr,
    MERGED: tl.constexpr,
    STAGES: tl.constexpr,
    TERMS: tl.constexpr,
) -> None:
    """Write one program's sums of dw, J and db to its row of dw_sums (programs, n) and of sums (programs, 2).

    X has m rows of units · UNIT words. UNIT words are 16 bytes, so that the compiler knows it can load as many at once.
    MERGED adds the rows of a block at once, which leaves registers for more rows.
    """
    program = tl.program_id(0)
    n = units * UNIT
    b = tl.load(b)
    scale = tl.load(scale)
    weights = ()
    dw = ()
    for k in tl.static_range(K):
        words = k * N + tl.arange(0, N)
        for plane in tl.static_range(PLANES):
            weights = weights + (tl.load(w + words * PLANES + plane, mask=words < n, other=0.0) * scale,)
            dw = dw + (tl.zeros([N] if MERGED else [R, N], b.dtype),)
    J = tl.zeros([R], b.dtype)
    db = tl.zeros([R], b.dtype)
    for block in tl.range(program, tl.cdiv(m, R), tl.num_programs(0), num_stages=STAGES):
        examples = block * R + tl.arange(0, R)
        there = examples < m
        products = tl.zeros([R, N], b.dtype)
        x = ()
        for k in tl.static_range(K):
            words = k * N + tl.arange(0, N)
            inside = there[:, None] & (words < n)[None, :]
            x = x + (tl.load(X + examples[:, None].to(tl.int64) * n + words[None, :], mask=inside, other=0),)
            for plane in tl.static_range(PLANES):
                products += numbers(x[k], plane, PLANES, b) * weights[k * PLANES + plane][None, :]
        y = tl.load(Y + examples, mask=there, other=0.0)
        L, dz = loss_and_dz(tl.sum(products, axis=1) + b, y, TERMS)
        dz = tl.where(there, dz, 0.0)
        J += tl.where(there, L, 0.0)
        db += dz
        more = ()
        for k in tl.static_range(K):
            for plane in tl.static_range(PLANES):
                share = dz[:, None] * numbers(x[k], plane, PLANES, b)
                more = more + (dw[k * PLANES + plane] + (tl.sum(share, axis=0) if MERGED else share),)
        dw = more
    for k in tl.static_range(K):
        words = k * N + tl.arange(0, N)
        for plane in tl.static_range(PLANES):
            own = dw[k * PLANES + plane]
            place = dw_sums + program * n * PLANES + words * PLANES + plane
            tl.store(place, own if MERGED else tl.sum(own, axis=0), mask=words < n)
    tl.store(sums + 2 * program, tl.sum(J, axis=0))
    tl.store(sums + 2 * program + 1, tl.sum(db, axis=0))
