"""Made-up examples on disk: what was asked for, something to learn, nothing left of what was given up."""

from __future__ import annotations

from collections import namedtuple

import numpy as np
import pytest

from gradrace.bench.datasets import make as making
from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.make import alpha_of_pixels, make
from gradrace.bench.datasets.read import read
from gradrace.bench.results import UnusableInput
from gradrace.bench.training.curvature import Curvature
from gradrace.impls.interface import Problem


def hear(*_: object) -> None:
    """Nobody listens."""


@pytest.mark.parametrize(("dtype", "pixels"), [("float32", False), ("float64", False), ("float32", True)])
def test_the_file_is_what_was_asked_for(tmp_path, monkeypatch, dtype, pixels):
    labels = make(tmp_path / "X.npy", 50, 7, dtype, 3, hear, pixels=pixels)
    X, y = np.load(tmp_path / "X.npy"), np.load(labels)
    assert (X.shape, X.dtype) == ((50, 7), np.uint8 if pixels else dtype)
    assert {*y.tolist()} == {0, 1}
    dataset = read(str(tmp_path / "X.npy"), ReadOptions(label=str(labels)))
    assert (dataset.m, dataset.n_x) == (50, 7)
    monkeypatch.setattr(making, "BLOCK", 70)
    more = make(tmp_path / "again.npy", 50, 7, dtype, 3, hear, pixels=pixels)
    assert (np.load(tmp_path / "again.npy")[:10] == X[:10]).all()
    assert (np.load(more)[:10] == y[:10]).all()
    assert len(np.unique(np.load(tmp_path / "again.npy"), axis=0)) == 50  # no block is another's copy
    make(tmp_path / "other.npy", 50, 7, dtype, 4, hear, pixels=pixels)
    assert (np.load(tmp_path / "other.npy") != X).any()


@pytest.mark.parametrize("pixels", [False, True])
def test_there_is_something_to_learn(tmp_path, pixels):
    labels = make(tmp_path / "X.npy", 4000, 5, "float64", 0, hear, pixels=pixels)
    X, y = np.load(tmp_path / "X.npy").astype(np.float64), np.load(labels)
    difference = X[y == 1].mean(axis=0) - X[y == 0].mean(axis=0)
    side = (X - X.mean(axis=0)) @ difference > 0
    assert 0.6 < (side == y).mean() < 0.95


@pytest.mark.parametrize("n_x", [1, 30, 300])
def test_with_the_alpha_that_is_told_pixels_go_down(tmp_path, n_x):
    labels = make(tmp_path / "X.npy", 2000, n_x, "float64", 0, hear, pixels=True)
    X, y = np.load(tmp_path / "X.npy"), np.load(labels)
    allowed = Curvature(Problem(X.T / 255, y[np.newaxis].astype(np.float64), np.dtype(np.float64))).largest_alpha()
    assert alpha_of_pixels(n_x) == pytest.approx(allowed / 2, rel=0.06)


def test_a_disk_without_room_is_told_before_anything_is_written(tmp_path, monkeypatch):
    usage = namedtuple("usage", "free")  # noqa: PYI024  # as shutil has it
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10**9))
    with pytest.raises(UnusableInput, match=r"needs 8\.0 GB, 1\.0 GB are free there"):
        make(tmp_path / "X.npy", 10**7, 100, "float64", 0, hear)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("taken", ["X.npy", "X.labels.npy"])
def test_what_is_there_already_stays(tmp_path, taken):
    (tmp_path / taken).write_text("mine")
    with pytest.raises(UnusableInput, match=f"{taken}: exists already; name another file"):
        make(tmp_path / "X.npy", 10, 10, "float64", 0, hear)
    assert (tmp_path / taken).read_text() == "mine"
    with pytest.raises(UnusableInput, match=r"name it like foo\.npy"):
        make(tmp_path / "foo", 10, 10, "float64", 0, hear)


def test_nothing_is_left_of_what_was_interrupted(tmp_path):
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        make(tmp_path / "X.npy", 10, 10, "float64", 0, interrupt)
    assert list(tmp_path.iterdir()) == []
