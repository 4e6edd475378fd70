"""The race as ordinary pytest-benchmark tests: `pytest bench/ --benchmark-only`.

Everything runs in this one process, one implementation after the other, with the threads that the environment allows.
This is useful beside other benchmarks, but `gradrace run` measures more fairly.
"""

from __future__ import annotations

from typing import Any

import pytest

from gradrace.bench.machine.available import cores
from gradrace.bench.machine.variables import require_unspoiled
from gradrace.bench.problems import made_up
from gradrace.bench.results import Dtype, UnusableInput
from gradrace.bench.verification.reference import reference
from gradrace.impls.discovery import Unavailable, everyone, load, sources
from gradrace.impls.interface import CPU


@pytest.fixture(autouse=True, scope="module")
def plain_environment() -> None:
    """End before any timing if the environment slows down a library."""
    used = [source.libraries() for source in sources() if not source.missing()]
    try:
        require_unspoiled({"numpy"}.union(*used))
    except UnusableInput as reason:
        pytest.exit(str(reason), pytest.ExitCode.USAGE_ERROR)


# Rounds of 1 ms, not of the plug-in's 5 µs: 50 times fewer samples, each less noisy, and 1 MB of JSON instead of 50.
@pytest.mark.benchmark(min_time=1e-3, max_time=0.5)
@pytest.mark.parametrize("threads", [cores()])
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize(("m", "n_x"), [(10, 10), (100, 100), (1000, 100), (100, 1000)])
@pytest.mark.parametrize("impl", [source.name for source in sources() if CPU in source.devices()])
def test_gradient(benchmark: Any, impl: str, m: int, n_x: int, dtype: Dtype, threads: int) -> None:
    """Time one call of the implementation, after its gradient has been verified against the oracle."""
    try:
        implementation = load(everyone()[impl])
    except Unavailable as reason:
        pytest.skip(str(reason))
    case = made_up(m, n_x, dtype)
    data = implementation.prepare(case.problem)
    w, b = implementation.native(case.w, case.b)
    error = reference(case.problem, case.w, case.b).error_over_bound(
        implementation.read(implementation.gradient(data, w, b))
    )
    assert error.worst <= 1
    benchmark.group = f"m={m} n_x={n_x} {dtype}"
    benchmark.extra_info["technique"] = implementation.technique
    benchmark.extra_info["error_over_bound"] = {"J": error.J, "dw": error.dw, "db": error.db}
    benchmark(implementation.gradient, data, w, b)
