"""Seeds: valid inputs of every kind that a reader takes, made by the code of other tests."""

from __future__ import annotations

import io
import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import h5py
import msgspec
import numpy as np
import pandas as pd
from PIL import Image, features

from gradrace.bench.results import FLOOR, FLOOR_CUDA, Cell, Results
from gradrace.bench.results_file import write
from gradrace.bench.training.model import save
from tests.bench.datasets.sources import save_arrays
from tests.bench.datasets.test_datasets import LABELS, PIXELS, X
from tests.bench.datasets.test_programs import written_workbook
from tests.bench.test_results_file import SAMPLE
from tests.bench.training.test_model import PLAIN, TABLE
from tests.fuzz.containers import joined, packed
from tests.fuzz.scratch import memory
from tests.gradrace.test_compare import Conditions, Saver
from tests.reports.conftest import COST_MODELS, made_up

SAMPLES = 3
"""Samples of a measurement: few, so that most changes affect something else."""

IMAGES = ("PNG", "JPEG", "GIF", "BMP", "TIFF", "WEBP", "PPM", "TGA", "PCX", "ICO", "SGI", "DDS", "QOI", "XBM")


def seeds(reader: str) -> list[bytes]:
    """Return the seeds of a reader."""
    with TemporaryDirectory(dir=memory()) as made:
        return [*_MAKERS[reader](Path(made))]


LOOPS = {name: COST_MODELS[name] for name in ("python_loop", "numpy_vectorized")}


def _report(folder: Path) -> Iterator[bytes]:
    """Yield the largest results file, and one with enough cells for a cost model and a map."""
    yield max(_results(folder), key=len)
    square = [Cell(m, n_x) for m in (10, 100, 1000) for n_x in (10, 100, 1000)]
    yield _written(folder, _with_few_samples(made_up(LOOPS, square)))


def _results(folder: Path) -> Iterator[bytes]:
    on_gpu = {**LOOPS, "numba_fused@cuda": ("compiled", 1e-5, 0.0, 1e-11)}
    yield _written(folder, SAMPLE)
    yield _written(folder, _with_few_samples(made_up({"numba_loop": COST_MODELS["numba_loop"]}, [Cell(209, 12_288)])))
    gpu = _with_few_samples(made_up(on_gpu, [Cell(10, 10, "float32", 2, pixels) for pixels in (False, True)]))
    floors = [msgspec.structs.replace(one, impl=FLOOR_CUDA) for one in gpu.measurements if one.impl == FLOOR]
    yield _written(folder, msgspec.structs.replace(gpu, measurements=[*gpu.measurements, *floors]))
    plain = json.loads(_written(folder, SAMPLE))
    plain["benchmarks"][0]["extra_info"] = {}
    del plain["gradrace"]
    yield json.dumps(plain).encode()


def _with_few_samples(results: Results) -> Results:
    replace = msgspec.structs.replace
    few = [
        replace(
            one,
            samples_s=one.samples_s[:SAMPLES],
            extra=replace(one.extra, rounds=[*range(len(one.samples_s[:SAMPLES]))]),
        )
        for one in results.measurements
    ]
    return replace(results, measurements=few)


def _written(folder: Path, results: Results) -> bytes:
    """Return a results file as one line, so that no change affects mere spaces."""
    write(folder / "results.json", results)
    file = json.loads((folder / "results.json").read_bytes())
    for benchmark in file["benchmarks"]:
        benchmark["stats"] = {name: benchmark["stats"][name] for name in ("data", "iterations")}
        for unread in ("group", "name", "fullname", "param", "options"):
            del benchmark[unread]
    return json.dumps(file, separators=(",", ":")).encode()


def _compare(folder: Path) -> Iterator[bytes]:
    cells = (Cell(10, 10),)
    for number, (name, slowdowns, met) in enumerate([
        ("slower", {"a": 1.0}, Conditions(cells=cells)),
        ("elsewhere", {"a": 0.6}, Conditions(cells=cells, node="lab-8")),
        ("bare", {"a": 1.0, "b": 2.0}, Conditions(cells=cells, has_limit=False, numpy="2.5.0")),
    ]):  # fmt: skip
        saver = Saver(folder / name)
        runs = [saver.run(by, how) for _ in range(5) for by, how in (
            ({"a": 1.0, "b": 1.0}, Conditions(cells=cells)),
            ({impl: 1.3 * factor for impl, factor in slowdowns.items()}, met),
        )]  # fmt: skip
        dated = [
            msgspec.structs.replace(run, datetime=f"2026-01-31T12:{number}{place}:00+00:00")
            for place, run in enumerate(runs)
        ]
        yield joined(_written(folder, _with_few_samples(run)) for run in dated)


def _model(folder: Path) -> Iterator[bytes]:
    for model in (PLAIN, TABLE):
        save(model, folder / "model.npz")
        yield (folder / "model.npz").read_bytes()


def _npy(folder: Path) -> Iterator[bytes]:
    arrays = (
        *(X, X.T.copy(), np.asfortranarray(X), X.astype(np.float32), PIXELS, LABELS, LABELS == 1, LABELS.astype("U3")),
        *(np.array([b"a", b"b", b"b", b"a", b"b"]), np.array(["ham", "spam", "spam", "ham", "spam"]), LABELS[:, None]),
    )
    for array in arrays:
        stream = io.BytesIO()
        np.save(stream, array)
        yield stream.getvalue()


def _npz(folder: Path) -> Iterator[bytes]:
    for arrays in (
        {"X": X, "y": LABELS},
        {"X": X.T, "y": LABELS.astype(str)},
        {"images": PIXELS, "labels": LABELS == 1},
        {"data": np.asfortranarray(X).astype(np.float16), "target": LABELS * 1.0},
    ):
        yield save_arrays(folder / "a.npz", **arrays).read_bytes()


def _csv(folder: Path) -> Iterator[bytes]:
    yield b"a,b,y\n1,2,0\n3,4.5,1\n5,-6e3,1\n7,8,0\n"
    yield b"a,b,y\n1,True,no\n3,False,yes\n"
    yield b'"a","b, too",y\r\n"1",2,0\r\n3,"4",1\r\n'
    yield b"\xef\xbb\xbfb,y,a\n1,ham,2\n3,spam,4\n"


def _arff(folder: Path) -> Iterator[bytes]:
    head = b"@relation x\n@attribute a numeric\n@attribute 'b c' real\n@attribute y {no,yes}\n"
    yield head + b"% a comment\n@data\n1,2,no\n3,4.5,yes\n5,6,no\n"
    yield head + b"@data\n{0 1,1 2}\n{1 4.5,2 yes}\n{}\n{0 7,2 yes}\n"


def _stata(folder: Path) -> Iterator[bytes]:
    frame = pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(y=["no", "yes", "yes", "no", "yes"])
    for version in (114, 117, 118, 119):
        path = folder / f"{version}.dta"
        frame.astype({"y": "category"}).to_stata(path, write_index=False, version=version)
        yield path.read_bytes()
    frame.assign(c=["x" * 3000] * 5).to_stata(path, write_index=False, version=117, convert_strl=["c"])
    yield path.read_bytes()


def _sqlite(folder: Path) -> Iterator[bytes]:
    frame = pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(y=["no", "yes", "yes", "no", "yes"])
    with closing(sqlite3.connect(folder / "a.db")) as of:
        of.execute("PRAGMA page_size = 512")
        frame.to_sql("people", of, index=False)
    yield (folder / "a.db").read_bytes()


def _workbook(folder: Path) -> Iterator[bytes]:
    written_workbook(
        folder / "a.xlsx", [["a", "b", "y"], *([f"{row}", f"{row % 3}", f"c{row % 2}"] for row in range(8))]
    )
    yield (folder / "a.xlsx").read_bytes()


def _hdf5(folder: Path) -> Iterator[bytes]:
    names = np.array([b"non-cat", b"cat"])
    path = folder / "a.h5"
    yield save_arrays(path, train_set_x=PIXELS, train_set_y=LABELS, list_classes=names).read_bytes()
    yield save_arrays(path, test_set_x=PIXELS, test_set_y=LABELS * 1.0).read_bytes()
    yield save_arrays(path, X=X, y=np.where(LABELS, b"yes", b"no")).read_bytes()
    yield save_arrays(path, x_train=PIXELS.transpose(0, 3, 1, 2), y_train=LABELS == 1, x_test=PIXELS[:, 0]).read_bytes()
    with h5py.File(path, "w", libver="latest") as file:
        file.create_dataset("train_set_x", data=PIXELS, chunks=(2, 4, 3, 3), compression="gzip", shuffle=True)
        file.create_dataset("train_set_y", data=LABELS, chunks=(2,), fletcher32=True)
        file["list_classes"] = ["non-cat", "cat"]
    yield path.read_bytes()


def _parquet(folder: Path) -> Iterator[bytes]:
    frame = pd.DataFrame(X[:, :2], columns=["a", "b"]).assign(y=LABELS)
    for written, options in (
        (frame, {"compression": None, "row_group_size": 2}),
        (frame.assign(y=["no", "yes", "yes", "no", "yes"]), {"compression": "snappy", "index": True}),
        (frame.astype({"a": "Float64", "b": "float32", "y": "category"}), {"compression": "gzip"}),
        (frame.set_index("a", append=True), {"compression": "zstd", "store_schema": False}),
    ):
        stream = io.BytesIO()
        written.to_parquet(stream, **options)
        yield stream.getvalue()


def _zarr(folder: Path) -> Iterator[bytes]:
    import zarr

    for number, (layout, options) in enumerate([
        (3, {"chunks": (2, 3)}),
        (3, {"chunks": (1, 3), "shards": (4, 3)}),
        (2, {"chunks": (5, 3)}),
        (3, {"chunks": (5, 3), "compressors": None}),
    ]):  # fmt: skip
        place = folder / f"{number}.zarr"
        group = zarr.open_group(place, mode="w", zarr_format=layout)
        group.create_array("X", data=X, **options)
        group.create_array("y", data=LABELS)
        yield packed({str(file.relative_to(place)): file.read_bytes() for file in place.rglob("*") if file.is_file()})


def _image(folder: Path) -> Iterator[bytes]:
    image = Image.fromarray(PIXELS[0])
    for kind in IMAGES:
        stream = io.BytesIO()
        (image.convert("1") if kind == "XBM" else image).save(stream, kind)
        yield stream.getvalue()
    for mode in ("1", "L", "LA", "P", "RGBA", "I;16"):
        stream = io.BytesIO()
        Image.new(mode, (3, 2)).save(stream, "PNG")
        yield stream.getvalue()
    for name, kind in (("jpg_2000", "JPEG2000"), ("avif", "AVIF")):
        if features.check(name):
            stream = io.BytesIO()
            image.save(stream, kind)
            yield stream.getvalue()
    stream = io.BytesIO()
    image.save(stream, "JPEG", exif=_turned())
    yield stream.getvalue()


def _turned() -> Image.Exif:
    exif = Image.Exif()
    exif[0x0112] = 6  # a camera held upright
    return exif


_MAKERS: dict[str, Callable[[Path], Iterator[bytes]]] = {
    "results": _results,
    **dict.fromkeys(("report", "pictures"), _report),
    "compare": _compare,
    "model": _model,
    "npy": _npy,
    "npz": _npz,
    "csv": _csv,
    "arff": _arff,
    "stata": _stata,
    "sqlite": _sqlite,
    "workbook": _workbook,
    "hdf5": _hdf5,
    "parquet": _parquet,
    "zarr": _zarr,
    "image": _image,
}
