"""The limit of a GPU, where there is none: its kernel in Triton's interpreter."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("torch", exc_type=ImportError)
pytest.importorskip("triton", exc_type=ImportError)

from gradrace.bench.problems import made_up, pixels
from gradrace.bench.race import floor_cuda


@pytest.mark.parametrize(("make", "m"), [(made_up, 700), (pixels, 701)])
@pytest.mark.parametrize("how", [(16, 4, 1, 1), (64, 4, 3, 2)])
def test_every_byte_is_read_but_those_of_the_last_incomplete_word(make, m, how):
    X = make(m, 3, "float32").problem.X
    words = np.frombuffer(X.tobytes(order="K")[: X.nbytes // 4 * 4], np.int32)
    way = floor_cuda.way(floor_cuda.torch.from_numpy(words.copy()), *how)
    way.launch()
    with np.errstate(over="ignore"):
        assert int(way.totals.sum(dtype=floor_cuda.torch.int32)) == int(words.sum(dtype=np.int32))


def test_it_takes_the_form_of_a_gradient():
    case = made_up(5, 3, "float64")
    data = floor_cuda.prepare(case.problem)
    _, dw, db = floor_cuda.limit(data, case.w, case.b)
    assert dw is case.w
    assert db is case.b
