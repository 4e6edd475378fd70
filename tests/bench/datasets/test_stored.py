"""X on disk: the same numbers as in memory, from every kind of file, whatever the runs; and the same descent."""

from __future__ import annotations

import gc
import json
import os
import pickle
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from gradrace.bench.datasets.feature_scaling import scaling
from gradrace.bench.datasets.formats.chunked import Chunked, check_chunks
from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions, Wanted
from gradrace.bench.datasets.formats.stored import Stored, equal_runs, is_stored, read_ahead
from gradrace.bench.datasets.read import read, read_features
from gradrace.bench.results import UnusableInput

RNG = np.random.default_rng(0)
M, N_X = 103, 12
FLOATS = RNG.standard_normal((M, N_X))
PIXELS = RNG.integers(0, 256, (M, 2, 2, 3), dtype=np.uint8)
LABELS = RNG.integers(0, 2, M)


def npy(folder: Path, X: NDArray[np.generic], y: NDArray[np.generic] = LABELS) -> tuple[Path, ReadOptions]:
    np.save(folder / "X.npy", X)
    np.save(folder / "y.npy", y)
    return folder / "X.npy", ReadOptions(label=str(folder / "y.npy"))


def hdf5(folder: Path) -> tuple[Path, ReadOptions]:
    h5py = pytest.importorskip("h5py")
    with h5py.File(folder / "X.h5", "w") as file:
        file.create_dataset("train_set_x", data=PIXELS, chunks=(10, 2, 2, 3), compression="gzip")
        file["train_set_y"] = LABELS
    return folder / "X.h5", ReadOptions()


def zarr(folder: Path) -> tuple[Path, ReadOptions]:
    group = pytest.importorskip("zarr").open_group(folder / "X.zarr", mode="w")
    group.create_array("X", data=FLOATS.astype(np.float32), chunks=(10, N_X))
    group.create_array("y", data=LABELS)
    return folder / "X.zarr", ReadOptions()


def parquet(folder: Path) -> tuple[Path, ReadOptions]:
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    columns = {f"feature {number}": FLOATS[:, number] for number in range(N_X)}
    parquet.write_table(pyarrow.table({**columns, "cat": LABELS}), folder / "X.parquet", row_group_size=9)
    return folder / "X.parquet", ReadOptions(label="cat")


NOTHING = 9 * N_X * 8 * 5
"""Bytes: a row group may take them, and all of X may not."""

KINDS: dict[str, Callable[[Path], tuple[Path, ReadOptions]]] = {
    "npy, float32": lambda folder: npy(folder, FLOATS.astype(np.float32)),
    "npy, examples as columns": lambda folder: npy(folder, FLOATS.T.copy(order="F")),
    "npy, images": lambda folder: npy(folder, PIXELS),
    "hdf5": hdf5,
    "zarr": zarr,
    "parquet": parquet,
}


def stored(path: Path, how: ReadOptions) -> tuple[Dataset, Stored]:
    dataset = read(str(path), replace(how, memory_bytes=NOTHING))
    assert is_stored(dataset.X)
    return dataset, dataset.X


@pytest.mark.parametrize("kind", KINDS)
def test_what_stays_on_disk_is_what_would_be_read_into_memory(tmp_path, kind):
    path, how = KINDS[kind](tmp_path)
    whole = read(str(path), how)
    dataset, X = stored(path, how)
    assert (dataset.labels == whole.labels).all()
    assert (dataset.classes, dataset.shape, dataset.features) == (whole.classes, whole.shape, whole.features)
    assert X.shape == whole.X.shape == (N_X, M)
    for count in (1, 7, 10, M, 2 * M):
        runs = X.rows.runs(count)
        assert [start for start, _ in runs] == [0, *(stop for _, stop in runs[:-1])]
        blocks = [np.array(block) for block in read_ahead(X, runs)]  # copied, as a buffer is used again
        assert (np.concatenate(blocks, axis=1) == whole.X).all()
    places = np.array([100, 3, 3])
    assert (dataset.some(places).X == whole.X[:, places]).all()
    assert (X[:, 5:8] == whole.X[:, 5:8]).all()


@pytest.mark.parametrize("kind", KINDS)
def test_what_fits_the_memory_is_read_into_it(tmp_path, kind):
    path, how = KINDS[kind](tmp_path)
    assert isinstance(read(str(path), replace(how, memory_bytes=1e9)).X, np.ndarray)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("scale", ["standardize", "255", "none"])
def test_it_is_scaled_as_it_would_be_in_memory(tmp_path, kind, scale):
    path, how = KINDS[kind](tmp_path)
    whole, (dataset, _) = read(str(path), how), stored(path, how)
    expected = scaling(scale, whole).problem(whole).features()
    problem = scaling(scale, dataset).problem(dataset)
    assert problem.X[:, :].astype(np.float64) * problem.scale == pytest.approx(expected, rel=1e-6, abs=1e-6)


def test_only_runs_of_whole_examples_can_be_read(tmp_path):
    _, X = stored(*npy(tmp_path, FLOATS))
    for key in ((slice(1, None), slice(0, 2)), (slice(None), slice(0, 9, 2))):
        with pytest.raises(IndexError, match="runs of whole examples"):
            X[key]


def test_a_file_that_has_shrunk_since_is_told(tmp_path):
    path, how = npy(tmp_path, FLOATS)
    _, X = stored(path, how)
    path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(UnusableInput, match=rf"X\.npy: changed or damaged .*ends before example {M}"):
        X[:, :M]
    assert X.changed()
    with pytest.raises(UnusableInput, match="it ends too early"):
        stored(path, how)


def test_runs_of_equal_length():
    assert equal_runs(10, 4) == [(0, 4), (4, 8), (8, 10)]
    assert equal_runs(0, 4) == []
    assert equal_runs(10, 4, chunk=3) == [(0, 3), (3, 6), (6, 9), (9, 10)]
    assert equal_runs(10, 1, chunk=7) == [(0, 7), (7, 10)]


@pytest.mark.parametrize(
    ("X", "y", "changed", "message"),
    [
        (FLOATS.T.copy(), LABELS, {}, "an example's numbers aren't contiguous"),
        (
            np.asfortranarray(PIXELS),
            LABELS,
            {},
            "an example's numbers aren't contiguous; save X with examples as rows, in C's",
        ),
        (FLOATS, LABELS[:-1], {}, "102 labels, but the sides of X are 103 and 12 long"),
        (FLOATS, LABELS, {"examples": "columns"}, "103 labels, but the columns of X are 12"),
        (FLOATS[:N_X], LABELS[:N_X], {}, "go on with --examples rows, or"),
        (FLOATS.astype(complex), LABELS, {}, "not integers or floats"),
        (FLOATS, np.zeros(M), {}, "a classifier needs two classes"),
    ],
)
def test_what_cannot_be_used_is_refused_before_it_is_read(tmp_path, X, y, changed, message):
    path, how = npy(tmp_path, X, y)
    with pytest.raises(UnusableInput, match=message):
        stored(path, replace(how, **changed))


@pytest.mark.parametrize("X", [FLOATS.T.copy(), np.asfortranarray(FLOATS), np.asfortranarray(PIXELS)])
def test_what_lies_in_another_way_is_no_matter_where_it_fits_the_memory(tmp_path, X):
    path, how = npy(tmp_path, X)
    expected = read(str(path), how).X
    assert (read(str(path), replace(how, memory_bytes=1e9)).X == expected).all()


def test_a_folder_is_no_file_whatever_it_is_called(tmp_path):
    (tmp_path / "d.npy" / "cat").mkdir(parents=True)
    with pytest.raises(UnusableInput, match="no sub-folder with images"):
        read(str(tmp_path / "d.npy"), ReadOptions(memory_bytes=1e9))


@pytest.mark.parametrize("kind", KINDS)
def test_a_change_is_noticed(tmp_path, kind):
    path, how = KINDS[kind](tmp_path)
    _, X = stored(path, how)
    assert not X.changed()
    file = max(file for file in (path.rglob("*") if path.is_dir() else [path]) if file.is_file())
    os.utime(file, ns=(1, 1))
    assert X.changed()
    assert stored(path, how)[1].identity != X.identity


def test_a_damaged_header_is_refused(tmp_path):
    path, how = npy(tmp_path, FLOATS)
    path.write_bytes(b"\x93NUMPY\x01\x00\x03\x00{x}")
    with pytest.raises(UnusableInput, match=r"not a whole \.npy file"):
        stored(path, how)


def test_an_index_of_pandas_is_no_feature_and_an_empty_group_no_run(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    pandas = pytest.importorskip("pandas")
    for index in (range(5, 1005), [f"row {number}" for number in range(1000)]):
        frame = pandas.DataFrame({"a": np.arange(1000.0), "cat": [0, 1] * 500}, index=pandas.Index(index))
        table = pyarrow.Table.from_pandas(frame)
        with parquet.ParquetWriter(tmp_path / "X.parquet", table.schema) as writer:
            writer.write_table(table, row_group_size=90)
            writer.write_table(table[:0])
        path, how = tmp_path / "X.parquet", ReadOptions(label="cat", keep=("a",))
        dataset, X = stored(path, how)
        assert dataset.features == read(str(path), how).features == ("a",)
        assert X.rows.runs(1)[-2:] == [(900, 990), (990, 1000)]
        assert (X[:, 80:1000] == np.arange(80.0, 1000.0)).all()


def test_a_row_group_beyond_the_memory_is_refused(tmp_path):
    path, how = parquet(tmp_path)
    with pytest.raises(UnusableInput, match="write it with a smaller row_group_size, or give more --memory"):
        read(str(path), replace(how, memory_bytes=9 * N_X * 8))


def test_what_is_not_finite_is_told_before_it_spoils_the_mean(tmp_path):
    X = FLOATS.copy()
    X[50, 3] = np.nan
    dataset, _ = stored(*npy(tmp_path, X))
    with pytest.raises(UnusableInput, match=r"X\.npy: feature 4 isn't finite in some example"):
        scaling("standardize", dataset)


def test_a_column_of_text_is_refused(tmp_path):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(pyarrow.table({"a": ["x", "y"], "cat": [0, 1]}), tmp_path / "X.parquet")
    with pytest.raises(UnusableInput, match=r"not numeric: a \('x'\); no feature is left"):
        stored(tmp_path / "X.parquet", ReadOptions(label="cat"))


@pytest.mark.parametrize("memory_bytes", [None, 1.0])
@pytest.mark.parametrize("name", ["a", "cat"])
def test_bytes_that_are_no_text_are_refused(tmp_path, name, memory_bytes):
    pyarrow, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    raw = pyarrow.array([b"\xff", b"a"])
    for column in (raw, raw.view(pyarrow.string())):
        parquet.write_table(pyarrow.table({"a": [0, 1], "cat": [0, 1], name: column}), tmp_path / "X.parquet")
        with pytest.raises(UnusableInput, match=r"X\.parquet: [^\n]*$"):
            read(str(tmp_path / "X.parquet"), ReadOptions(label="cat", memory_bytes=memory_bytes))


@pytest.mark.parametrize(
    "arrays", [{"X": FLOATS}, {"X": FLOATS[:, :, None, None, None], "y": LABELS}, {"X": FLOATS[1:], "y": LABELS}]
)
def test_a_zarr_folder_of_something_else_is_refused(tmp_path, arrays):
    group = pytest.importorskip("zarr").open_group(tmp_path / "X.zarr", mode="w")
    for name, array in arrays.items():
        group.create_array(name, data=array)
    with pytest.raises(UnusableInput, match=r"no labels beside X|X is of shape"):
        stored(tmp_path / "X.zarr", ReadOptions())


class Harm:
    """What runs a command when it is unpickled."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def __reduce__(self) -> tuple[Callable[[Path], None], tuple[Path]]:
        return Path.mkdir, (self.folder,)


@pytest.mark.parametrize("name", ["X", "y"])
def test_a_zarr_folder_that_would_be_unpickled_is_refused(tmp_path, name):
    group = pytest.importorskip("zarr").open_group(tmp_path / "X.zarr", mode="w", zarr_format=2)
    group.create_array("X", data=FLOATS, chunks=(M, N_X))
    group.create_array("y", data=LABELS, chunks=(M,))
    assert stored(tmp_path / "X.zarr", ReadOptions())[0].m == M
    about = tmp_path / "X.zarr" / name / ".zarray"
    about.write_text(json.dumps({**json.loads(about.read_text()), "compressor": {"id": "pickle", "protocol": 4}}))
    for chunk in ("0.0", "0"):
        if (tmp_path / "X.zarr" / name / chunk).exists():
            (tmp_path / "X.zarr" / name / chunk).write_bytes(pickle.dumps(Harm(tmp_path / "harm")))
    for how in (ReadOptions(), ReadOptions(memory_bytes=1)):
        with pytest.raises(UnusableInput, match="pickle"):
            read(str(tmp_path / "X.zarr"), how)
    assert not (tmp_path / "harm").exists()


def test_a_codec_that_nobody_has_heard_of_is_refused(tmp_path):
    numcodecs = pytest.importorskip("numcodecs")
    group = pytest.importorskip("zarr").open_group(tmp_path / "X.zarr", mode="w", zarr_format=2)
    group.create_array("X", data=FLOATS, filters=numcodecs.FixedScaleOffset(0, 1, "<f8"))
    group.create_array("y", data=LABELS)
    with pytest.raises(UnusableInput, match="X is coded by FixedScaleOffset; write it with Blosc"):
        read(str(tmp_path / "X.zarr"), ReadOptions())


def test_sharded_chunks_are_read(tmp_path):
    group = pytest.importorskip("zarr").open_group(tmp_path / "X.zarr", mode="w")
    group.create_array("X", data=FLOATS, chunks=(5, N_X), shards=(20, N_X))
    group.create_array("y", data=LABELS)
    assert (read(str(tmp_path / "X.zarr"), ReadOptions()).X == FLOATS.T).all()


def test_a_damaged_array_beside_the_others_is_no_matter(tmp_path, caplog):
    group = pytest.importorskip("zarr").open_group(tmp_path / "X.zarr", mode="w")
    for name, array in {"X": FLOATS, "y": LABELS, "z": LABELS}.items():
        group.create_array(name, data=array)
    (tmp_path / "X.zarr" / "z" / "zarr.json").write_text("{")
    assert read(str(tmp_path / "X.zarr"), ReadOptions()).m == M
    gc.collect()  # a task that zarr forgot tells its traceback when it goes
    assert not caplog.records


def test_a_group_is_no_array(tmp_path):
    group = pytest.importorskip("zarr").open_group(tmp_path / "X.zarr", mode="w")
    group.create_array("y", data=LABELS)
    group.create_group("X")
    with pytest.raises(UnusableInput, match="X is no array"):
        read(str(tmp_path / "X.zarr"), ReadOptions())


def test_chunks_of_more_examples_than_the_memory_holds_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    rows = Chunked(Path("X.zarr"), "X", (20_000, 3072), np.dtype(np.float32), 20_000)
    with pytest.raises(UnusableInput, match=r"chunks of 20000 examples need 0\.74 GB, but only"):
        check_chunks(rows, ReadOptions(memory_bytes=3e7))
    check_chunks(rows, ReadOptions(memory_bytes=1e9))
    check_chunks(rows, ReadOptions())
    check_chunks(replace(rows, chunk=1000), ReadOptions(memory_bytes=1))  # less than anything takes


def test_a_zarr_number_to_classify_is_refused(tmp_path):
    group = pytest.importorskip("zarr").open_group(tmp_path / "X.zarr", mode="w")
    group.create_array("X", data=np.array(3.0))
    with pytest.raises(UnusableInput, match=r"X is of shape \(\)"):
        list(read_features(str(tmp_path / "X.zarr"), Wanted(1)))
