"""The GPU's kernels where there is no GPU: in Triton's interpreter, in every way in which rows may be cut up."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

pytest.importorskip("torch", exc_type=ImportError)
pytest.importorskip("triton", exc_type=ImportError)

import torch

from gradrace.bench.problems import made_up, pixels
from gradrace.bench.stepping import steps
from gradrace.bench.verification.reference import reference
from gradrace.impls import triton_fused
from gradrace.impls._triton.layout import Layout, layout
from gradrace.impls.interface import Problem

IMPLEMENTATION = triton_fused.IMPLEMENTATION

LAYOUTS = {
    "one chunk": Layout(R=4, N=32, K=1, warps=4, stages=1, programs=1),
    "chunks, the last half empty": Layout(R=2, N=16, K=2, warps=4, stages=2, programs=2),
    "a row at a time": Layout(R=1, N=8, K=4, warps=4, stages=3, programs=1),
    "rows added up at once": Layout(R=4, N=16, K=2, warps=4, stages=1, programs=1, merged=True),
    "rows read twice": Layout(R=4, N=8, K=0, warps=4, stages=1, programs=1),
    "rows read twice, the last chunk half empty": Layout(R=2, N=16, K=0, warps=4, stages=1, programs=2),
}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("make", [made_up, pixels])
@pytest.mark.parametrize("name", LAYOUTS)
def test_right_in_every_layout(monkeypatch: Any, name: str, make: Any, dtype: Any) -> None:
    """More blocks than programs, and examples left over; 23 floats or 90 pixels make 24 words."""
    monkeypatch.setattr(triton_fused, "layout", lambda *_: LAYOUTS[name])
    case = make(27, 90 if make is pixels else 23, dtype)
    data = IMPLEMENTATION.prepare(case.problem)
    assert len(data.sums) < 27 / LAYOUTS[name].R
    found = IMPLEMENTATION.read(IMPLEMENTATION.gradient(data, *IMPLEMENTATION.native(case.w, case.b)))
    assert reference(case.problem, case.w, case.b).error_over_bound(found).worst <= 1


def test_a_chunk_too_few_is_seen(monkeypatch: Any) -> None:
    monkeypatch.setattr(triton_fused, "layout", lambda *_: Layout(R=4, N=16, K=1, warps=4, stages=1, programs=1))
    case = made_up(27, 23, "float64")
    data = IMPLEMENTATION.prepare(case.problem)
    found = IMPLEMENTATION.read(IMPLEMENTATION.gradient(data, *IMPLEMENTATION.native(case.w, case.b)))
    assert reference(case.problem, case.w, case.b).error_over_bound(found).worst > 1


@pytest.mark.parametrize("planes", [1, 4])
@pytest.mark.parametrize("number", [4, 8])
def test_every_row_fits_its_layout(number: int, planes: int) -> None:
    for words in [*range(4, 600, 4), 1000, 1024, 1028, 3000, 4096, 4100, 12288, 12292, 16384, 16388, 100_000]:
        chosen = layout(words, number, planes)
        assert chosen.K == 0 or (chosen.K - 1) * chosen.N < words <= chosen.K * chosen.N
        for size in (chosen.R, chosen.N, chosen.warps):
            assert size & (size - 1) == 0
        kept = chosen.K * planes or 1  # of rows read twice only the products
        registers = kept * chosen.N * number // 4 * (1 if chosen.merged else chosen.R)
        assert registers <= 255 * 32 * chosen.warps / 2, f"the sums of {words} words leave no register for x and w"


@pytest.mark.parametrize("count", [1, 49, 50, 101])
def test_steps_in_any_number_are_those_one_by_one(count: int) -> None:
    """Replays make STEPS at a time; what is left over is made singly."""
    case = made_up(9, 4, "float64")
    data = IMPLEMENTATION.prepare(case.problem)
    w, b = case.w, case.b
    for _ in range(count):
        found = IMPLEMENTATION.read(IMPLEMENTATION.gradient(data, *IMPLEMENTATION.native(w, b)))
        w, b = w - 0.25 * found.dw, b - 0.25 * found.db
    after_w, after_b = steps(IMPLEMENTATION, data, case.w, case.b, 0.25, count)
    np.testing.assert_allclose(after_w, w, rtol=1e-12)
    np.testing.assert_allclose(after_b, b, rtol=1e-12)


@pytest.mark.parametrize("m", [1, 3])
@pytest.mark.parametrize("order", ["C", "F"])
def test_an_array_that_is_taken_as_it_lies_is_laid_in_rows(monkeypatch: Any, m: int, order: Any) -> None:
    """On a GPU X isn't laid out anew before: of one example its strides say nothing of rows."""
    monkeypatch.setattr(triton_fused.tensors, "tensor", torch.from_numpy)
    case = pixels(m, 32, "float32")
    problem = Problem(np.array(case.problem.X, order=order), case.problem.Y, case.problem.dtype, case.problem.scale)
    data = IMPLEMENTATION.prepare(problem)
    found = IMPLEMENTATION.read(IMPLEMENTATION.gradient(data, *IMPLEMENTATION.native(case.w, case.b)))
    assert reference(case.problem, case.w, case.b).error_over_bound(found).worst <= 1


@pytest.mark.parametrize("order", ["C", "F", "backwards"])
def test_X_in_any_memory_order_is_laid_in_rows(order: str) -> None:
    case = made_up(6, 5, "float32")
    X = case.problem.X[::-1, ::-1] if order == "backwards" else np.array(case.problem.X, order=order)
    data = IMPLEMENTATION.prepare(Problem(X, case.problem.Y, case.problem.dtype))
    assert data.X.shape == (6, 8)
    np.testing.assert_array_equal(data.X.numpy()[:, :5], X.T)
    assert not data.X.numpy()[:, 5:].any()
