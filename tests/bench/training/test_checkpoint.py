"""A training's model is saved when the last checkpoint is a second old."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any, cast

import numpy as np
import pytest

from gradrace.bench.training.checkpoint import Checkpoint
from gradrace.bench.training.data import TrainingData
from gradrace.bench.training.descent import State


def test_a_checkpoint_is_saved_every_second(monkeypatch: pytest.MonkeyPatch) -> None:
    times_s = iter([0.0, 0.5, 0.999, 1.0, 1.5, 2.1])
    saved: list[int] = []
    monkeypatch.setattr(Checkpoint, "save", lambda _, state: saved.append(state.iteration))
    checkpoint = Checkpoint(cast(TrainingData, SimpleNamespace()), "mine", lambda: round(next(times_s) * 1e9))
    for iteration in range(5):
        checkpoint.keep(State(iteration, 0.5, np.zeros(2), cast(Any, 0.0)))
    assert saved == [2, 4]
    assert len(checkpoint.costs) == 5
