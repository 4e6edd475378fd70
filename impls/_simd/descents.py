"""Whole descents in compiled code, from either layout of X (`fused`).

The threads stay awake from step to step. If a region of Numba's began and ended with each step, its threads would go to
sleep and be woken each time.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from numba import njit, prange

from gradrace.impls._shared.jit import njit_cached
from gradrace.impls._shared.threads import set_threads, wake_at_most
from gradrace.impls._simd.atomics import stand_alone
from gradrace.impls._simd.fused import Laid, accumulate, new_sums, scaled
from gradrace.impls._simd.team import begin, finish, gather, new_counters, steps_made, together
from gradrace.impls.interface import Float, FloatArray


def descend(data: Laid, w: FloatArray, b: Float, alpha: float, steps: int) -> tuple[FloatArray, Float]:
    """Return w (n_x,) and b after `steps` steps w := w − α dw, b := b − α db, made within compiled code."""
    number = w.dtype.type
    arguments = (data.X, data.Y, w, number(b), data.scale, number(alpha), steps)
    result: tuple[FloatArray, Float]
    result = one_thread(*arguments) if data.threads == 1 else all_threads(*arguments, data.threads)
    return result


accumulate_inlined = njit(forceinline=True)(accumulate.py_func)
"""`accumulate` without a call in each step.

With at most ten examples of up to ten features, a step takes 0.62 to 0.85 of the time. Gradients keep the call: if it
is inlined, those of tiles in float64 take 1.02 to 1.12 of the time.
"""


@njit_cached()
def one_thread(X: Any, Y: Any, w: Any, b: Any, scale: Any, alpha: Any, steps: int) -> Any:
    """Return w and b after `steps` steps by the calling thread."""
    w, sums = w.copy(), new_sums(X, w, 1)
    w_scaled = scaled(w, scale)
    for _ in range(steps):
        accumulate_inlined(X, Y, w_scaled, b, sums, 0, steps < 0)
        b = step(Y, w, w_scaled, b, scale, alpha, sums)
    return w, b


@njit_cached(parallel=True)
def all_threads(X: Any, Y: Any, w: Any, b: Any, scale: Any, alpha: Any, steps: int, threads: int) -> Any:
    """Return w and b after `steps` steps by `threads` threads.

    The numbers are passed on as int64. Numba compiled the kernel three times for the types that they have before and
    within a prange.
    """
    w, sums, counters = w.copy(), new_sums(X, w, threads), new_counters(threads)
    w_scaled, bias, before = scaled(w, scale), np.full(1, b), wake_at_most(threads)
    made = steps_made(counters)  # 0, which as a constant would have a type of its own
    while made < steps:
        for thread in prange(threads):
            make_steps(X, Y, w, w_scaled, bias, scale, alpha, sums, counters, made, steps, np.intp(thread))
        made = steps_made(counters)
    set_threads(before)
    return w, bias[0]


@njit
def make_steps(
    X: Any,
    Y: Any,
    w: Any,
    w_scaled: Any,
    bias: Any,
    scale: Any,
    alpha: Any,
    sums: Any,
    counters: Any,
    made: int,
    steps: int,
    thread: int,
) -> None:
    """Make one thread's parts of the steps from `made` on, until a thread has had to wait for too long.

    The last one to finish a step changes w, w_scaled and bias.
    """
    stand_alone()
    while made < steps:
        begin(sums, len(w) + 2, counters)
        accumulate(X, Y, w_scaled, bias[0], sums, thread, steps < 0)
        if gather(sums, len(w) + 2, thread, counters, made):
            bias[0] = step(Y, w, w_scaled, bias[0], scale, alpha, sums)
            finish(counters, made)
        made = made + 1 if together(counters, made) else steps


@njit
def step(Y: Any, w: Any, w_scaled: Any, b: Any, scale: Any, alpha: Any, sums: Any) -> Any:
    """Make w −= α dw and w_scaled := scale · w in place, and return the new b."""
    own, m = sums[0], w.dtype.type(len(Y))
    for j in range(len(w)):
        w[j] -= alpha * (scale * (own[j] / m))
    if scale != 1:  # otherwise w_scaled is w
        for j in range(len(w)):
            w_scaled[j] = scale * w[j]
    return b - alpha * (own[len(w) + 1] / m)
