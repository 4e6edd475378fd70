"""Kernel for rows too long for registers: they are read twice, chunk by chunk, and dw is summed in memory.

A multiprocessor's registers and its share of the cache hold some 100 kB of rows. Beyond that, fusing saves nothing: at
(20,000, 100,000) in float32 it reaches 44 % of the limit, and takes 3.82 ms where PyTorch's two products take 3.74 ms
(H200).
"""

from __future__ import annotations

import triton
import triton.language as tl

from gradrace.impls._triton.numbers import loss_and_dz, numbers


@triton.jit(do_not_specialize=["m", "units"])
def wide(
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
    UNIT: tl.constexpr,
    PLANES: tl.constexpr,
    STAGES: tl.constexpr,
    TERMS: tl.constexpr,
) -> None:
    """Write the same sums as `rows` of impls/_triton/rows.py, for rows of any length."""
    program = tl.program_id(0)
    n = units * UNIT
    b = tl.load(b)
    scale = tl.load(scale)
    J = tl.zeros([R], b.dtype)
    db = tl.zeros([R], b.dtype)
    for block in range(program, tl.cdiv(m, R), tl.num_programs(0)):
        examples = block * R + tl.arange(0, R)
        there = examples < m
        products = tl.zeros([R, N], b.dtype)
        for start in tl.range(0, n, N, num_stages=STAGES):
            words = start + tl.arange(0, N)
            inside = there[:, None] & (words < n)[None, :]
            x = tl.load(X + examples[:, None].to(tl.int64) * n + words[None, :], mask=inside, other=0)
            for plane in tl.static_range(PLANES):
                weights = tl.load(w + words * PLANES + plane, mask=words < n, other=0.0) * scale
                products += numbers(x, plane, PLANES, b) * weights[None, :]
        y = tl.load(Y + examples, mask=there, other=0.0)
        L, dz = loss_and_dz(tl.sum(products, axis=1) + b, y, TERMS)
        dz = tl.where(there, dz, 0.0)
        J += tl.where(there, L, 0.0)
        db += dz
        for start in tl.range(0, n, N, num_stages=STAGES):
            words = start + tl.arange(0, N)
            inside = there[:, None] & (words < n)[None, :]
            x = tl.load(X + examples[:, None].to(tl.int64) * n + words[None, :], mask=inside, other=0)
            begun = words * 0 + block > program  # at the first block the sums in memory are undefined
            for plane in tl.static_range(PLANES):
                own = dw_sums + program.to(tl.int64) * n * PLANES + words * PLANES + plane
                before = tl.load(own, mask=(words < n) & begun, other=0.0)
                share = tl.sum(dz[:, None] * numbers(x, plane, PLANES, b), axis=0)
                tl.store(own, before + share, mask=words < n)
        tl.debug_barrier()  # the next block's threads read what other threads of this block wrote
    tl.store(sums + 2 * program, tl.sum(J, axis=0))
    tl.store(sums + 2 * program + 1, tl.sum(db, axis=0))
