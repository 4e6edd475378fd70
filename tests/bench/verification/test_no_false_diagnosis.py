"""An error of any size that merely lies near a known mistake gets no diagnosis."""

from __future__ import annotations

import numpy as np
import pytest

from gradrace.bench.problems import made_up
from gradrace.bench.verification.diagnosis import diagnosis
from gradrace.impls import numpy_vectorized
from gradrace.impls.interface import Gradient

RIGHT = numpy_vectorized.IMPLEMENTATION
ONE = np.array([0, 0, 1, 0, 0])


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("size", [1e-12, 1e-9, 1e-6, 1e-4, 1e-3, 1e-2, 0.3])
@pytest.mark.parametrize("m", [27, 3000])
def test_other_errors_of_any_size_get_no_diagnosis(m: int, size: float, dtype: str) -> None:
    case = made_up(m, 5, dtype)
    g = RIGHT.read(RIGHT.gradient(RIGHT.prepare(case.problem), case.w, case.b))
    for J, dw, db in ((1, 0, 0), (0, 1, 0), (0, ONE, 0), (0, 0, 1), (1, 1, 1), (1, ONE, -1), (0, -2 * ONE / size, 0)):
        wrong = Gradient(g.J * (1 + size * J), (g.dw * (1 + size * dw)).astype(dtype), g.db * (1 + size * db))
        assert diagnosis(case, wrong) is None
