"""Tests that the advice of each message works: `advice.toml` lists the messages and the commands that follow them."""

from __future__ import annotations

import atexit
import io
import os
import pickle
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
import tomllib
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import mkdtemp
from typing import Any
from unittest.mock import ANY

import h5py
import numpy as np
import pandas as pd
import pytest
from msgspec.structs import replace
from PIL import Image
from scipy.io import wavfile
from sklearn.linear_model import LogisticRegression

from gradrace.bench import results_file
from gradrace.bench.results import Results
from tests.gradrace.front_door import gradrace

ADVICE: dict[str, dict[str, Any]] = tomllib.loads(Path(__file__).with_name("advice.toml").read_text())

SHORT = {
    "TRAIN": "train --iterations 2 --alpha 0.01 --data",
    "RUN": "run --impl numpy_vectorized --m 10 --nx 3 --budget 30 --threads 1",
}

TABLE = "age,pulse,ill\n1,5,yes\n2,3,no\n4,9,yes\n7,1,no\n"
X = np.random.default_rng(0).normal(size=(6, 3))
Y = np.arange(6) % 2

CONTENTS: dict[str, Any] = {
    "nothing": None,
    "empty": "",
    "braces": "{}",
    "other tests": '{"benchmarks": [{"name": "test_fib", "params": null, "stats": {}}]}',
    "a script": "import sys\nprint('hello')\nsys.exit(1)\n",
    "another IMPLEMENTATION": "IMPLEMENTATION = 1\n",
    "an exception": "raise ValueError('mistaken')\nIMPLEMENTATION = 1\n",
    "a table": TABLE,
    "a text among numbers": TABLE.replace("5", "five"),
    "a number is missing": TABLE.replace("5", ""),
    "numbers are missing in most examples": "age,pulse,mass,ill\n,5,1,yes\n2,,3,no\n4,,2,yes\n7,1,4,no\n",
    "numbers are missing in one class": "age,pulse,ill\n,5,no\n,3,no\n4,9,yes\n7,1,yes\n8,6,yes\n3,2,yes\n",
    "no numbers": "age,pulse\n1,\n,2\n",
    "a genus": "mass,genus,species\n"
    + "".join(f"{row * 7 % 11},{'xxy'[row % 3]},{'abc'[row % 3]}\n" for row in range(30)),
    "two encodings": "town,class\n" + "".join(f"{('Köln', 'KÃ¶ln')[row % 3 > 0]},{row % 2}\n" for row in range(30)),
    "one encoding": "town,class\n" + "".join(f"{('Köln', 'Graz')[row % 3 > 0]},{row % 2}\n" for row in range(30)),
    "no head": "1,2,3\n4,5,6\n",
    "years as names": "2010,2015,3\n4,5,6\n1,7,2\n",
    "a label of a usual name": TABLE.replace("ill", "class"),
    "seconds": "time,age,ill\n" + "".join(f"{60 * row},{row % 3},{row % 2}\n" for row in range(120)),
    "train and test": "part,age,class\n"
    + "".join(f"{('train', 'test')[one % 2]},{one},{one % 3 % 2}\n" for one in [3, 1, 4] * 6),
    "North America": "age,mass,region\n"
    + "".join(f"{row or 'NA'},{row % 3},{('EU', 'AS', 'NA')[row % 3]}\n" for row in [2, 0, 1, 3, 4] * 9),
    "numbered": "nr,age,ill\n" + "".join(f"{row},{row % 3},{row % 2}\n" for row in range(12)),
    "numbers alone": "nr,ill\n" + "".join(f"{row},{row % 2}\n" for row in range(12)),
    "one-hot labels": "age,kind_a,kind_b\n" + "".join(f"{row % 7},{row % 2},{1 - row % 2}\n" for row in range(30)),
    "many categories": "town,class\n" + "".join(f"t{row % 60},{row % 2}\n" for row in range(240)),
    "a line": "age,ill\n",
    "few labels": "age,pulse,ill\n1,5,\n2,3,\n4,9,\n7,1,no\n5,2,yes\n",
    "a title": "Patients,2023\nage,pulse,mass,ill\n1,5,3,yes\n2,3,4,no\n",
    "a total": TABLE + "Total,18,\n",
    "text alone": "name,ill\nAl,0\nBo,1\n",
    "a web page": "<!DOCTYPE html>\n<html>none</html>\n",
    "a pointer": "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n",
    "several labels": "3,5 1:0.5 2:1\n5 1:2\n 2:4\n",
    "a regression": "size,price\n" + "".join(f"{row * 7 % 31}.5,{row * 5 % 31}.25\n" for row in range(30)),
    "svmlight": "1 1:0.5 3:2\n-1 2:1\n",
    "numbers as labels": "age,target\n" + "".join(f"{row % 7},{row * 1.25 + 0.1}\n" for row in range(30)),
    "classes of images": "id,breed\n1,pug\n2,husky\n",
    "three kinds": "width,kind\n1,a\n2,b\n3,c\n4,a\n",
    "three species": "width,species\n1,a\n2,b\n3,c\n4,a\n",
    "many of three species": "width,species\n" + "".join(f"{row * 7 % 5},{'abcbb'[row % 5]}\n" for row in range(30)),
    "the rarer two species": "width,species\n" + "".join(f"{row * 7 % 5},{'ac'[row % 2]}\n" for row in range(30)),
    "ages": "width,age\n" + "".join(f"{row * 7 % 5},{18 + row * 7 % 60}\n" for row in range(90)),
    "a short line": TABLE.replace("ill", "class").replace("2,3,", "2,"),
    "numbers": X,
    "infinite": X * np.inf,
    "a square": X[:3],
    "objects": np.array([[{}]]),
    "labels": np.arange(6) % 2,
    "prices": np.arange(12) * 1.5,
    "houses": np.random.default_rng(1).normal(size=(12, 3)),
    "an array of examples and labels": np.column_stack([X, np.arange(6) % 2]),
    "records": np.array([(1.5, 0), (2.5, 1), (9, 0)], dtype=[("age", float), ("ill", int)]),
    "labels and names": "name,ill\n" + "".join(f"{name},{name in 'ace'}\n" for name in "fedcba"),
    "a table without names": "".join(f"{i}.5,{i % 7}.25,{i % 2}\n" for i in range(50)),
    "names of classes": "healthy\nill\n",
    "an archive of a sparse matrix": {
        "data": np.ones(6),
        "indices": np.arange(6) % 3,
        "indptr": np.arange(7),
        "shape": np.array([6, 3]),
        "format": np.array(b"csr"),
    },
    "images of eight channels": np.ones((6, 8, 8, 8)),
    "the same without": np.ones((6, 512)),
    "an archive of examples with labels": {"rows": np.column_stack([X, np.arange(6) % 2])},
    "an archive of three other names": {"a": X, "b": X, "c": np.arange(6) % 2},
    "an archive": {"X": X, "y": np.arange(6) % 2},
    "labels of any length": {"X": X, "y": ["no", "yes"] * 3},
    "labels of fixed length": {"X": X, "y": np.array([b"no", b"yes"] * 3)},
    "examples as columns": {"X": X.T, "y": np.arange(6) % 2},
    "an archive with two y": {"X": X, "y": np.arange(6) % 2, "kind": np.arange(6) % 2, "target": np.arange(6) % 2},
    "an archive with two X": {"X": X, "x": X, "y": np.arange(6) % 2},
    "an archive for tests": {"x_test": X, "y_test": np.arange(6) % 2},
    "an archive of both parts": {
        "x_train": X,
        "y_train": np.arange(6) % 2,
        "x_test": X,
        "y_test": np.arange(6) % 2,
    },
    "bright images": np.full((6, 40, 40, 3), 230, np.uint8) + np.arange(6, dtype=np.uint8).reshape(6, 1, 1, 1),
    "three labels": np.arange(3) % 2,
    "an image": Image.new("RGB", (2, 2)),
    "no image": "none",
    "HEIC": "0000ftypheic",
}


def torch_pair(path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save((torch.tensor(X), torch.tensor(Y)), path)


def torch_parameters(path: Path) -> None:
    torch = pytest.importorskip("torch")
    torch.save(torch.nn.Linear(3, 1).state_dict(), path)


def safetensors(path: Path) -> None:
    pytest.importorskip("safetensors.numpy").save_file({"X": X, "y": Y}, path)


def avro(path: Path) -> None:
    fields = [{"name": name, "type": "double"} for name in ("age", "pulse", "ill")]
    schema = {"type": "record", "name": "row", "fields": fields}
    rows = [{"age": one[0], "pulse": one[1], "ill": float(ill)} for one, ill in zip(X, Y, strict=True)]
    with path.open("wb") as stream:
        pytest.importorskip("fastavro").writer(stream, schema, rows)


def tfrecord(path: Path) -> None:
    writer = pytest.importorskip("tfrecord").TFRecordWriter(str(path))
    for one, ill in zip(X, Y, strict=True):
        name = (["well", "sick"][ill].encode(), "byte")
        writer.write({"x": (one.tolist(), "float"), "kind": name, "ill": (int(ill), "int")})
    writer.close()


def database(path: Path) -> None:
    with closing(sqlite3.connect(path)) as of:
        for name in ("patients", "others"):
            pd.read_csv(io.StringIO(TABLE)).to_sql(name, of, index=False)


def sound(path: Path) -> None:
    pitch = 0.1 if "cat" in str(path) else 0.4
    wavfile.write(path, 8000, (1000 * np.sin(pitch * np.arange(400))).astype(np.int16))


MINE = """
import numpy as np
from gradrace.impls.interface import Implementation, Technique

def gradient(data, w, b):
    X, y = data
    z = w @ X + b
    {}
    J, dw, db = np.mean(L), X @ (a - y) / y.size, np.mean(a - y)
    return {}

IMPLEMENTATION = Implementation(
    technique=Technique.VECTORIZED, prepare=lambda problem: (problem.features(), problem.Y[0]), gradient=gradient
)
"""
SLIDE = "a = 1 / (1 + np.exp(-z)); L = -(y * np.log(a) + (1 - y) * np.log(1 - a))"
FINITE = "e = np.exp(-np.abs(z)); a = np.where(z >= 0, 1, e) / (1 + e); L = np.maximum(z, 0) - z * y + np.log1p(e)"

CONTENTS |= {
    "the formulas of the slide": MINE.format(SLIDE, "J, dw, db"),
    "formulas that stay finite": MINE.format(FINITE, "J, dw, db"),
    "a column": MINE.format(FINITE, "J, dw[:, None], db"),
    "a column made flat": MINE.format(FINITE, "J, np.ravel(dw[:, None]), db"),
    "a list": MINE.format(FINITE, "J, dw.tolist(), db"),
    "a list made an array": MINE.format(FINITE, "J, np.asarray(dw.tolist(), w.dtype), db"),
    "an array of one": MINE.format(FINITE, "np.array([J]), dw, db"),
    "its item": MINE.format(FINITE, "np.array([J]).item(), dw, db"),
}

CONTENTS |= {
    "a pair of tensors": torch_pair,
    "parameters of a model": torch_parameters,
    "safetensors": safetensors,
    "Avro": avro,
    "TFRecord": tfrecord,
    "two tables": database,
    "a sound": sound,
    "a pickled model": lambda path: path.write_bytes(pickle.dumps(LogisticRegression().fit(X, Y))),
}
"""Files of other programs, made by their own libraries; without the library, the row is skipped."""


RUNS = {"a run": 1.0, "a slower run": 1.01}
"""Factors of the seconds of `a_run` in its copies: two runs of the same seconds would count as one."""


@cache
def a_run() -> Path:
    """The results of one race, for all rows that speak of some."""
    folder = Path(mkdtemp(prefix="advice-"))
    atexit.register(shutil.rmtree, folder)
    assert call(folder, "RUN --out run") == (0, ANY)
    return folder / "run" / results_file.RESULTS


def slowed(run: Results, factor: float) -> Results:
    measured = [replace(one, samples_s=[factor * seconds for seconds in one.samples_s]) for one in run.measurements]
    return replace(run, measurements=measured)


def write(folder: Path, files: dict[str, str]) -> None:
    for name, kind in files.items():
        path = folder / name
        if kind in RUNS:
            path.mkdir(parents=True)
            results_file.write(path / results_file.RESULTS, slowed(results_file.read(a_run()), RUNS[kind]))
            continue
        contents = CONTENTS[kind]
        path.parent.mkdir(parents=True, exist_ok=True)
        if contents is None:
            path.unlink()
        elif callable(contents):
            contents(path)
        elif isinstance(contents, str):
            path.write_text(contents)
        elif isinstance(contents, dict) and path.suffix == ".h5":
            with h5py.File(path, "w") as file:
                file.update(contents)
        elif isinstance(contents, dict):
            np.savez(path, **contents)
        elif isinstance(contents, np.ndarray):
            np.save(path, contents, allow_pickle=True)
        else:
            contents.save(path)


def call(folder: Path, command: str) -> tuple[int, str]:
    words = shlex.split(re.sub("TRAIN|RUN", lambda found: SHORT[found[0]], command))
    told = gradrace(*words, cwd=folder)
    return told.returncode, told.stdout + told.stderr


@pytest.mark.parametrize("name", ADVICE)
def test_what_a_message_advises_succeeds(tmp_path: Path, name: str) -> None:
    row = ADVICE[name]
    write(tmp_path, row.get("files", {}))
    for command in row.get("before", []):
        assert call(tmp_path, command)[0] == 0, command
    status, said = call(tmp_path, row["command"])
    assert status == row.get("status", 2), said
    advice = re.search(row["says"], " ".join(said.split()))
    assert advice, said
    if shell := row.get("shell"):
        path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        words = ["sh", "-c", shell.format(*advice.groups())]
        subprocess.run(words, cwd=tmp_path, env={**os.environ, "PATH": path}, check=True)
    write(tmp_path, row.get("mended", {}))
    then = [row["then"]] if isinstance(row["then"], str) else row["then"]
    for command in then:
        status, said = call(tmp_path, command.format(*advice.groups()))
        assert status == 0, f"{command}: {said}"
        assert not re.search(row["says"], " ".join(said.split())), "the advice was followed, and is given again"
