"""Benchmarks for pytest-benchmark, which `studies.intervals.tools` runs."""

from __future__ import annotations

from typing import Any

import pytest

from studies.intervals.prepared import impls, prepared


@pytest.mark.parametrize("impl", impls())
def test_gradient(benchmark: Any, impl: str) -> None:
    """Time the gradient of an implementation."""
    benchmark(prepared(impl))
