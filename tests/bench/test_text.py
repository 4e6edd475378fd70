"""Words of messages: numbers that differ look different."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradrace.bench.text import apart


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        (0.25, 0.5, ("0.25", "0.5")),
        (1 / 3, 0.3334, ("0.33333", "0.3334")),
        (0.123456789012, 0.123456789013, ("0.1234567890120", "0.1234567890130")),
        (1.0, float(np.nextafter(1.0, 2)), ("1", "1.0000000000000002")),
        (float("nan"), 0.5, ("nan", "0.5")),
        (-0.0, 1e-300, ("-0", "1e-300")),
    ],
)
def test_numbers_are_written_to_the_digits_in_which_they_differ(one, other, told) -> None:
    assert tuple(map(float, apart(one, other)))[1] == float(told[1])
    assert apart(one, other)[0].rstrip("0.") == told[0].rstrip("0.")


@given(st.floats(allow_nan=False), st.floats(allow_nan=False))
def test_different_numbers_never_look_the_same(one: float, other: float) -> None:
    texts = apart(one, other)
    assert (texts[0] == texts[1]) == (one == other and np.signbit(one) == np.signbit(other))
