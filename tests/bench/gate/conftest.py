"""Problems of two small cells for checks on a simulated clock."""

from __future__ import annotations

import numpy as np
import pytest

from gradrace.bench.problems import from_seed
from gradrace.bench.race.cell import ReadyCell
from gradrace.bench.race.race import set_up
from gradrace.bench.workers import client
from tests.bench.gate.noisy import CELLS


@pytest.fixture(autouse=True)
def one_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes at once would each seem to take the seconds of both, as they share the clock."""
    monkeypatch.setattr(client, "cores", lambda: 1)


@pytest.fixture(scope="module")
def ready_cells(tmp_path_factory: pytest.TempPathFactory) -> list[ReadyCell]:
    made = []
    for cell in CELLS:
        folder = tmp_path_factory.mktemp(f"m{cell.m}")
        made.append(ReadyCell(cell, folder, set_up(cell, from_seed(0), folder), np.random.default_rng(0)))
    return made
