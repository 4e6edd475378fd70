"""Problems for tests, drawn by Hypothesis with any mixture of hardness."""

from __future__ import annotations

from hypothesis import strategies as st

from gradrace.bench.problems import Case
from gradrace.bench.results import Dtype
from gradrace.bench.verification.hard_problems import case

SIZES = [(1, 1), (1, 6), (7, 1), (5, 5), (12, 3), (9, 13)]
"""(m, n_x), few of them: some implementations compile anew for each."""


@st.composite
def cases(draw: st.DrawFn, dtype: Dtype | None = None) -> Case:
    """A case of a small size with any mixture of hardness; of either precision if none is named."""
    m, n_x = draw(st.sampled_from(SIZES))
    return case(
        m,
        n_x,
        dtype or draw(st.sampled_from(["float64", "float32"])),
        features=draw(st.sampled_from(["normal", "scales", "subnormal", "repeated"])),
        labels=draw(st.sampled_from(["mixed", "all 0", "all 1"])),
        order=draw(st.sampled_from(["C", "F", "strided", "reversed"])),
        largest_z=draw(st.sampled_from([0.0, 1e-6, 4.0, 40.0, 1000.0])),
        read_only=draw(st.booleans()),
        seed=draw(st.integers(0, 2**16)),
    )
