"""A classifier's file: what is read is what was written, and nothing else is taken for one."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import msgspec
import numpy as np
import pytest

from gradrace.bench.datasets.feature_scaling import Scaling
from gradrace.bench.results import UnusableInput
from gradrace.bench.training.model import Model, Record, load, save

RNG = np.random.default_rng(0)
RECORD = Record(
    date="2026-11-25", implementation="numba_fused", dtype="float64", alpha=0.1, decay=0.0, data="x", costs=[(0, 0.69)]
)


def record(**changed: Any) -> np.ndarray:
    """Return a record as it is written, with other values; None leaves one out, as a model from before lacks it."""
    told = {**msgspec.to_builtins(RECORD), **changed}
    return np.array(json.dumps({name: value for name, value in told.items() if value is not None}))


PLAIN = Model(RNG.standard_normal(12), 0.5, Scaling(1 / 255), (2, 2, 3), (), ("non-cat", "cat"), RECORD)
TABLE = Model(
    RNG.standard_normal(2).astype(np.float32),
    -0.25,
    Scaling(1.0, RNG.standard_normal(2), np.ones(2)),
    (),
    ("age", "größe"),
    ("no", "yes"),
    RECORD,
).with_threshold(0.25)


@pytest.mark.parametrize("model", [PLAIN, TABLE])
def test_what_is_read_is_what_was_written(tmp_path: Path, model: Model) -> None:
    save(model, tmp_path / "model.npz")
    found = load(tmp_path / "model.npz")
    assert found.w.dtype == model.w.dtype
    np.testing.assert_array_equal(found.w, model.w)
    for name in ("b", "shape", "features", "classes", "record", "threshold"):
        assert getattr(found, name) == getattr(model, name)
    assert found.scaling.factor == model.scaling.factor
    if model.scaling.mean is None:
        assert found.scaling.mean is None
    else:
        np.testing.assert_array_equal(found.scaling.mean, model.scaling.mean)
    assert [path.name for path in tmp_path.iterdir()] == ["model.npz"]


@pytest.mark.parametrize(
    ("changed", "cause"),
    [
        ({"w": np.ones(5)}, "its parts don't fit each other"),
        ({"w": np.ones((12, 1))}, "its parts don't fit each other"),
        ({"w": np.arange(12)}, "its parts don't fit each other"),
        ({"w": np.full(12, np.nan)}, "its weights aren't finite"),
        ({"b": np.array(np.inf)}, "its weights aren't finite"),
        ({"mean": np.ones(3)}, "its parts don't fit each other"),
        ({"shape": np.array([np.inf])}, "not a model"),
        ({"features": np.empty((10**9, 0), dtype=np.str_)}, "its parts don't fit each other"),
        ({"shape": np.array([-2, -2, 3])}, "its parts don't fit each other"),
        ({"mean": np.full(12, "a"), "deviation": np.ones(12)}, "aren't finite numbers"),
        ({"mean": np.full(12, np.nan), "deviation": np.ones(12)}, "aren't finite numbers"),
        ({"mean": np.ones(12), "deviation": np.zeros(12)}, "its deviation isn't positive"),
        ({"factor": np.array(np.inf)}, "its scale isn't finite"),
        ({"classes": np.array(["a", "\ud800"])}, "classes holds invalid text"),
        ({"classes": np.array(["a", "b", "c"])}, "not a model"),
        ({"record": record(threshold=1.0)}, "its threshold isn't between 0 and 1"),
        ({"record": record(threshold=-0.5)}, "its threshold isn't between 0 and 1"),
        ({"record": np.array("{")}, "not a model"),
        ({"record": np.array('{"costs": []}')}, "not a model"),
        ({"w": np.array([object()] * 12)}, "never unpickled"),
    ],
)
def test_what_does_not_fit_together_is_refused(tmp_path: Path, changed: dict[str, np.ndarray], cause: str) -> None:
    file = tmp_path / "model.npz"
    save(PLAIN, file)
    with np.load(file, allow_pickle=False) as found:
        parts = {**found, **changed}
    np.savez(file, **parts)
    with pytest.raises(UnusableInput) as refusal:
        load(file)
    assert cause in str(refusal.value)
    assert "\n" not in str(refusal.value)


def test_other_files_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UnusableInput, match="no such file"):
        load(tmp_path / "none.npz")
    np.savez(tmp_path / "other.npz", X=np.ones(3))
    with pytest.raises(UnusableInput, match="not a model, as b is missing"):
        load(tmp_path / "other.npz")
    (tmp_path / "text.npz").write_text("words")
    with pytest.raises(UnusableInput, match=r"not a model \(no .npz file\)"):
        load(tmp_path / "text.npz")


def test_a_model_from_before_thresholds_and_tables_without_names_is_read(tmp_path: Path) -> None:
    save(PLAIN, tmp_path / "model.npz")
    with np.load(tmp_path / "model.npz", allow_pickle=False) as found:
        np.savez(tmp_path / "old.npz", **{**found, "record": record(threshold=None, unnamed=None)})
    old = load(tmp_path / "old.npz")
    assert (old.threshold, old.record) == (0.5, RECORD)
