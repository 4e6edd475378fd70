"""Files of other programs: each is named, and the command of its message makes a file of it that is read."""

from __future__ import annotations

import bz2
import gzip
import io
import pickle
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import joblib
import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import sparse
from scipy.io import mmwrite
from sklearn.utils import Bunch

from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.read import read
from gradrace.bench.results import UnusableInput
from tests.bench.datasets.sources import followed, refusal, run

M = 20
FRAME = pd.DataFrame({"age": np.arange(M) * 7 % 13, "mass": np.arange(M) * 3.5 % 11, "ill": np.arange(M) % 2})
GUESSES = ReadOptions(guesses=True, size=(4, 4))


def matrix(path: Path) -> None:
    mmwrite(path, sparse.csr_matrix(FRAME.rename(columns={"ill": "y"}).to_numpy(dtype=float)))


TABLES: dict[str, Callable[[Path], object]] = {
    "a.mtx": matrix,
    "a.pkl": FRAME.to_pickle,
    "a.pkl.gz": lambda path: path.write_bytes(gzip.compress(pickle.dumps(FRAME))),
    "a.pkl.bz2": lambda path: path.write_bytes(bz2.compress(pickle.dumps(FRAME))),
}


def zipfile_of(*names: str) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for name in names:
            archive.writestr(name, b"")
    return stream.getvalue()


def torch_file(pickled: bytes) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("a/data.pkl", b"\x80\2" + pickled)
        archive.writestr("a/version", b"3")
    return stream.getvalue()


@pytest.mark.parametrize("name", TABLES)
def test_the_command_makes_a_table_that_is_read(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    TABLES[name](path)
    run("python -c" + refusal(path).partition("python -c")[2], tmp_path)
    dataset = read(f"{path}.csv", GUESSES)
    np.testing.assert_allclose(dataset.X.T, FRAME[["age", "mass"]], rtol=1e-12)
    np.testing.assert_array_equal(dataset.labels, FRAME.ill)


PICKLED: dict[str, Callable[[Path], object]] = {
    "pair": lambda path: path.write_bytes(pickle.dumps((ARRAYS["X"], ARRAYS["y"]))),
    "list": lambda path: path.write_bytes(pickle.dumps([ARRAYS["X"], ARRAYS["y"]], protocol=2)),
    "dictionary": lambda path: path.write_bytes(pickle.dumps(ARRAYS)),
    "names in bytes": lambda path: path.write_bytes(pickle.dumps({b"data": ARRAYS["X"], b"labels": ARRAYS["y"]})),
    "Bunch": lambda path: path.write_bytes(pickle.dumps(Bunch(data=ARRAYS["X"], target=ARRAYS["y"], DESCR="made"))),
    "joblib": lambda path: joblib.dump(ARRAYS, path),
    "compressed joblib": lambda path: joblib.dump(ARRAYS, path, compress=("gzip", 3)),
}
ARRAYS = {"X": FRAME[["age", "mass"]].to_numpy(), "y": FRAME.ill.to_numpy()}


@pytest.mark.parametrize("kind", PICKLED)
def test_the_command_saves_the_arrays_of_a_pickle(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it's.pkl"
    PICKLED[kind](path)
    run("python -c" + refusal(path).partition("python -c")[2], tmp_path)
    dataset = read(f"{path}.npz", GUESSES)
    np.testing.assert_array_equal(dataset.X.T, ARRAYS["X"])
    np.testing.assert_array_equal(dataset.labels, ARRAYS["y"])


STAND_INS = {
    "safetensors": {
        "safetensors/__init__.py": "",
        "safetensors/numpy.py": "import numpy\nload_file = lambda path: dict(numpy.load('a.npz'))\n",
    },
    "PyTorch": {
        "torch.py": """import numpy
class Tensor:
    def __init__(self, array): self.array = array
    def numpy(self, *, force): return self.array
def load(path, *, map_location, weights_only):
    found = dict(numpy.load("a.npz"))
    if path.startswith("each"):
        return [*zip(found["X"], found["y"])]
    if path.startswith("list"):
        return {name: array.tolist() for name, array in found.items()}
    found = {name: Tensor(array) for name, array in found.items()}
    if path.startswith("nested"):
        return {"train": found, "epoch": 3}
    if path.startswith("three"):
        return found["X"], found["y"], {}
    return found if path.startswith("d") else (found["X"], found["y"])
def stack(arrays): return Tensor(numpy.stack(arrays))
def tensor(values): return Tensor(numpy.array(values))
"""
    },
    "Avro": {
        "fastavro.py": "import pandas\nreader = lambda stream: iter(pandas.read_csv('a.csv').to_dict('records'))\n"
    },
    "TFRecord": {
        "tfrecord.py": """import numpy, pandas
def tfrecord_loader(path, index):
    for row in pandas.read_csv("a.csv").to_dict("records"):
        age, mass, ill = row.values()
        yield {"of": numpy.array([age, mass]), "ill": b"no" if ill == 0 else b"yes"}
"""
    },
}
"""Libraries that aren't installed with the tests, as far as the commands call them: {kind: {file: source}}."""

ZIPPED = zipfile_of("a/data.pkl", "a/version")


@pytest.mark.parametrize(
    ("kind", "name", "contents"),
    [
        ("safetensors", "it's.safetensors", b'\x40\0\0\0\0\0\0\0{"X"'),
        ("safetensors", "model", b'\x40\0\0\0\0\0\0\0{"X"'),
        ("PyTorch", "d.pt", ZIPPED),
        ("PyTorch", "pair.pth", ZIPPED),
        ("PyTorch", "each.pt", ZIPPED),
        ("PyTorch", "lists.pt", ZIPPED),
        ("PyTorch", "nested.pt", ZIPPED),
        ("PyTorch", "three.pt", ZIPPED),
        ("PyTorch", "dict of old.pt", b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02"),
        ("Avro", "it's.avro", b"Obj\x01"),
        ("TFRecord", "a.tfrecord", b"\x10\0"),
        ("TFRecord", "it's.tfrecords", b"\x10\0"),
    ],
)
def test_the_command_with_a_library_makes_a_file_that_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, name: str, contents: bytes
) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_bytes(contents)
    FRAME.to_csv("a.csv", index=False)
    np.savez("a.npz", **ARRAYS)
    for file, source in STAND_INS[kind].items():
        Path(file).parent.mkdir(exist_ok=True)
        Path(file).write_text(source)
    dataset = followed(re.sub(r"pip install [a-z -]+ && ", "", refusal(name)), tmp_path, GUESSES)
    np.testing.assert_allclose(dataset.X.T, FRAME[["age", "mass"]], rtol=1e-12)
    np.testing.assert_array_equal(dataset.labels, FRAME.ill)


def test_the_command_reads_orc(tmp_path: Path) -> None:
    pytest.importorskip("pyarrow")
    FRAME.to_orc(tmp_path / "a.orc")
    run("python -c" + refusal(tmp_path / "a.orc").partition("python -c")[2], tmp_path)
    assert read(str(tmp_path / "a.orc.csv"), GUESSES).m == M


def pets(folder: Path) -> list[Path]:
    for name in ("cat/1.png", "cat/2.png", "dog/1.png"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (5, 5)).save(folder / name)
    return sorted(folder.rglob("*.png"))


def archive(path: Path, files: list[Path], top: Path) -> None:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as made:
            for file in files:
                made.write(file, file.relative_to(top))
    else:
        with tarfile.open(path, "w:gz" if path.suffix in (".gz", ".tgz") else "w") as packed:
            for file in files:
                packed.add(file, file.relative_to(top))


@pytest.mark.parametrize("name", ["my pets.zip", "pets.tar", "pets.tar.gz", "pets.tgz"])
@pytest.mark.parametrize("top", ["", "all"])
def test_archives_of_images_are_unpacked_by_the_command(tmp_path: Path, name: str, top: str) -> None:
    archive(tmp_path / name, pets(tmp_path / "made" / top), tmp_path / "made")
    dataset = followed(refusal(tmp_path / name), tmp_path, GUESSES)
    assert (dataset.m, dataset.classes) == (3, ("cat", "dog"))


R_DATA = "is R data, which isn't read; go on with --data"


def test_an_archive_is_unpacked_into_a_new_folder(tmp_path: Path) -> None:
    archive(tmp_path / "a.zip", pets(tmp_path / "a"), tmp_path)
    assert f"go on with --data {tmp_path / 'a-unpacked'} after" in refusal(tmp_path / "a.zip")


@pytest.mark.parametrize(
    ("name", "contents", "told"),
    [
        ("a.xpt", b"HEADER RECORD*******LIBRARY", "is a SAS transport file"),
        ("a.sas7bdat", b"\0" * 12 + b"\xc2\xea\x81\x60" + b"\0" * 40, "not a whole SAS file ("),
        ("a.dta", b"\x72\x01\x01\0" + b"\7" * 90, "not a whole Stata file ("),
        ("a.db", b"SQLite format 3\0" + b"\7" * 90, "not a whole SQLite database ("),
        ("a.rds", gzip.compress(b"X\n\0\0\0\3", mtime=0), R_DATA),
        ("a.RData", gzip.compress(b"RDX3\nX\n", mtime=0), R_DATA),
        ("a.safetensors", b'\x40\0\0\0\0\0\0\0{"X"', "is a safetensors file"),
        ("a.nii.gz", gzip.compress(b"\0" * 344 + b"n+1\0", mtime=0), "is a NIfTI scan"),
        ("a.dcm", b"\0" * 128 + b"DICM", "is a DICOM image, which isn't read; save it as PNG"),
        ("a.wav", b"RIFF\0\0\0\0WAVE", "is sound"),
        ("a.mp4", b"\0\0\0\x18ftypisom", "is a video"),
        ("a.avro", b"Obj\x01", "is an Avro file"),
        ("a.csv.zst", b"\x28\xb5\x2f\xfd", "is an archive; go on with --data"),
        ("a.sql", b"CREATE TABLE a (b int);\n", "is SQL"),
        ("a.xls", b"<table border=1>\n<tr>", "is an HTML table"),
        ("a.json", b"{}", "holds no table"),
        ("a.safetensors", b'\x40\0\0\0\0\0\0\0{"fc.weight":{"dtype":"F32"}}', "is a model in safetensors"),
        ("a.tfrecord", b"\x05\0\0\0\0\0\0\0abcdhello", "is a TFRecord file without tf.train.Example"),
        (
            "a.pth",
            torch_file(b"}q\0X\x08\0\0\x000.weightq\1"),
            "is a model of PyTorch, which isn't read; name the file",
        ),
        ("a.pth", torch_file(b"}q\0X\x04\0\0\0biasq\1"), "is a model of PyTorch"),
        ("a.pt", torch_file(b"ctorch.nn.modules.linear\nLinear\n"), "is a model of PyTorch"),
        ("a.pt", torch_file(b"cnumpy\nndarray\nq\3"), "is a file of PyTorch with objects"),
        ("a.pt", torch_file(b"ctorch.utils.data.dataset\nTensorDataset\n"), "is a file of PyTorch with objects"),
        ("a.pt", torch_file(b"}q\0X\6\0\0\0weightq\1ccollections\nOrderedDict\n"), "is a file of PyTorch, which"),
        (
            "a.pt",
            b"\x80\x02\x8a\nl\xfc\x9cF\xf9 j\xa8P\x19.\x80\x02",
            "is a file of PyTorch, which isn't read; go on with",
        ),
    ],
)
def test_files_of_other_programs_are_named(tmp_path: Path, name: str, contents: bytes, told: str) -> None:
    (tmp_path / name).write_bytes(contents)
    assert refusal(tmp_path / name).startswith(told)


@pytest.mark.parametrize(
    ("source", "told"),
    [
        ("https://example.org/a.csv", "is an address, not a file; download it: curl -LO https://example.org/a.csv"),
        ("dta.csv", "no such file; did you mean data.csv?"),
        ("digit", "no such file; did you mean digits?"),
        ("gone.csv", "is a link that leads to no file; name the file itself"),
    ],
)
def test_sources_that_are_no_files_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, told: str
) -> None:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "data.csv").write_text("a,y\n1,0\n")
    (tmp_path / "gone.csv").symlink_to("gone.csv")
    with pytest.raises(UnusableInput, match=re.escape(f"{source}: {told}")):
        read(source, GUESSES)
