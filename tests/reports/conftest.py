"""A made-up run of the default grid: cost models, noise that drifts from round to round, some absences."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

import numpy as np
import pytest

from gradrace.bench.results import FLOOR, Absence, Cell, ErrorOverBound, Extra, Measurement, Results

CostModel = tuple[str, float, float, float]
"""technique, and seconds a call, an example, and an element of X."""

COST_MODELS: dict[str, CostModel] = {
    "python_loop": ("loop", 1e-6, 600e-9, 65e-9),
    "numpy_columns": ("half-vectorized", 8e-6, 5e-6, 0.9e-9),
    "numpy_vectorized": ("vectorized", 18e-6, 25e-9, 0.35e-9),
    "numba_loop": ("compiled", 0.6e-6, 16e-9, 1.4e-9),
    "numba_parallel": ("compiled", 24e-6, 9e-9, 0.7e-9),
}

GRID = (
    *(Cell(m, 100, threads=2) for m in (10, 100, 1000, 10_000, 100_000)),
    *(Cell(1000, n_x, threads=2) for n_x in (10, 1000, 12_288)),
    Cell(209, 12_288, threads=2),
)

ABSENCES = (
    Absence(
        impl="python_loop",
        outcome="skipped",
        stage="plan",
        message="a call would take 0.7 s, the cell 25 s of the 60 s budget",
        cell=Cell(100_000, 100, threads=2),
    ),
    Absence(
        impl="numba_parallel",
        outcome="failed",
        stage="race",
        message="killed by SIGSEGV",
        cell=Cell(1000, 12_288, threads=2),
    ),
    Absence(
        impl="numpy_blocked", outcome="wrong", stage="verify", message="dw is 4.2e+10 times the bound from the oracle"
    ),
    Absence(
        impl="jax_jit",
        outcome="unavailable",
        stage="import",
        message="No module named 'jax'; pip install gradrace[jax]",
    ),
)


MACHINE = {
    "node": "lab-7",
    "processor": "x86_64",
    "machine": "x86_64",
    "python_implementation": "CPython",
    "python_version": "3.11.9",
    "system": "Linux",
    "release": "6.8.0",
    "cpu": {"brand_raw": "AMD EPYC 9R14", "count": 2, "flags": ["avx2", "avx512f"]},
    "gradrace": {"numpy": "2.4.6", "blas": {"name": "OpenBLAS", "threads": 2}, "load_1min": 0.12},
}


def made_up(
    models: Mapping[str, CostModel] = COST_MODELS,
    cells: Iterable[Cell] = GRID,
    absences: tuple[Absence, ...] = ABSENCES,
    seed: int = 0,
) -> Results:
    """A run in which every implementation follows its model."""
    rng = np.random.default_rng(seed)
    models = {**models, FLOOR: ("limit", 3e-7, 0.0, 8e-11)}
    absent = {(absence.impl, absence.cell) for absence in absences}
    measurements = []
    for cell in cells:
        drift = rng.lognormal(0, 0.06, 15)
        racing = [impl for impl in models if (impl, cell) not in absent]
        measurements += [measured(impl, models[impl], cell, drift, rng) for impl in racing]
    return Results(
        measurements=measurements,
        absences=[*absences],
        machine=MACHINE,
        commit={"id": "0123456789abcdef0123456789abcdef01234567", "branch": "main", "dirty": False},
        datetime="2026-01-31T12:00:00+00:00",
        options={"seed": 0, "budget_s": 60.0},
    )


def measured(impl: str, model: CostModel, cell: Cell, drift: np.ndarray, rng: np.random.Generator) -> Measurement:
    """Up to 15 samples that follow a model. drift: factors of the rounds, common to all."""
    technique, call_s, example_s, element_s = model
    seconds = call_s + example_s * cell.m + element_s * cell.m * cell.n_x
    samples = np.clip(int(1.5 / seconds), 3, 15)
    noise = drift[:samples] * rng.lognormal(0, 0.02, samples)
    return Measurement(
        impl=impl,
        cell=cell,
        samples_s=[float(seconds * factor) for factor in noise],
        calls=max(1, int(1e-3 / seconds)),
        extra=Extra(
            technique=technique,
            rounds=[*range(samples)],
            prepare_s=2e-9 * cell.m * cell.n_x,
            startup_s=1.4 if impl.startswith("numba") else 0.15,
            first_call_s=2 * seconds,
            peak_rss_bytes=90_000_000 + 16 * cell.elements,
            error_over_bound=ErrorOverBound(J=1e-4, dw=float(rng.uniform(1e-3, 2e-2)), db=2e-5),
        ),
    )


@pytest.fixture
def results() -> Results:
    """The made-up run of the default grid."""
    return made_up()


@pytest.fixture
def make() -> Callable[..., Results]:
    """`made_up`, for runs of other shapes."""
    return made_up
