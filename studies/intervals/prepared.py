"""The timed call and its environment, the same for pytest-benchmark and pyperf."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from gradrace.bench.machine.available import cores
from gradrace.bench.machine.variables import SLEEPING_POOLS
from gradrace.bench.paths import ROOT
from gradrace.bench.results import Cell
from gradrace.impls.interface import THREAD_VARIABLES

SIZE, IMPLS = "GRADRACE_STUDY_SIZE", "GRADRACE_STUDY_IMPLS"
"""Environment variables that name the size, as in 1000x10, and the implementations."""


def environment(names: Sequence[str], cell: Cell, home: Path) -> dict[str, str]:
    """Return the environment of a tool: threads as in gradrace's workers, and what is to be measured."""
    # pytest-benchmark measures nothing if it takes itself for a worker of pytest-xdist.
    inherited = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    threads = dict.fromkeys(THREAD_VARIABLES, str(cores()))
    asked = {SIZE: f"{cell.m}x{cell.n_x}", IMPLS: ",".join(names), "HOME": str(home), "PYTHONPATH": str(ROOT)}
    return inherited | SLEEPING_POOLS | threads | asked


def impls() -> list[str]:
    """Return the names of the implementations to measure."""
    return os.environ.get(IMPLS, "").split(",")


def prepared(name: str) -> Callable[[], Any]:
    """Prepare an implementation and call it once; return the call that is timed."""
    from functools import partial

    from gradrace.bench.problems import made_up
    from gradrace.impls.discovery import everyone, load

    implementation = load(everyone()[name])
    m, n_x = map(int, os.environ[SIZE].split("x"))
    case = made_up(m, n_x)
    call = partial(
        implementation.gradient, implementation.prepare(case.problem), *implementation.native(case.w, case.b)
    )
    call()
    return call
