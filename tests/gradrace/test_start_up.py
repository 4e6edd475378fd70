"""Nothing slow is imported before a request is known to be possible, and nothing is started or left for one that isn't.

Seconds aren't asserted: they depend on the machine. Which modules are imported doesn't.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TypeAlias

import pytest

from gradrace.bench.machine.variables import SLEEPING_POOLS
from gradrace.bench.paths import ROOT
from gradrace.bench.workers.process import environment
from gradrace.cli import main

SLOW = {"dask", "distributed", "jax", "llvmlite", "matplotlib", "numba", "numpy", "pandas", "scipy", "sklearn", "torch"}

TYPOS = [
    "run --m x",
    "run --m 0",
    "run --nx 1e5",
    "run --budget -1",
    "run --budget soon",
    "run --impl nmpy",
    "run --impl nmpy.py",
    "run --against nmpy",
    "run --dtype float16",
    "run --device gpu",
    "run --threads 100000",
    "run --seed -1",
    "run --grid ful",
    "run --grid full --m 10",
    "run --like none.json",
    "run --like none.json --m 10",
    "run --data digits --m 10",
    "run --data digits --size 64",
    "run --data digits --scale 25",
    "run --data digits --examples row",
    "run --scheduler here",
    "run --resume",
    "run --colour red",
    "verify --m x",
    "verify --nx 1e5",
    "verify --impl nmpy",
    "verify --dtype float16",
    "verify --device gpu",
    "verify --threads 0",
    "check --against main --m x",
    "check --against main --threshold 0",
    "check --against main --budget -1",
    "check --against main --dtype float16",
    "check --against no-such-revision",
    "compare none.json none.json",
    "compare none.json none.json --threshold -1",
    "train --data digits --alpha x",
    "train --data digits --alpha 0",
    "train --data digits --decay -1",
    "train --data digits --tolerance nan",
    "train --data digits --impl nmpy",
    "train --data digits --dtype float16",
    "train --data digits --scale 25",
    "train --data digits --memory much",
    "train --data digits --test-share 2",
    "train --data digits --target nan --impl all",
    "train --data digits --budget 0",
    "train --data digits --resume",
    "predict none.npz",
    "predict none.npz none.png",
    "make X.npy --m x --nx 5",
    "make X.npy --m 5 --nx 5 --dtype float16",
    "new 1st",
    "new numba_loop",
    "explain nmpy",
    "explain numba_loop --results none.json",
    "report none.json",
    "history none",
    "sprint",
]
"""A typo or two in each option of each verb; first those that are refused without NumPy."""

WITHOUT_NUMPY = TYPOS[:5]

OWN = {
    "lacking.py": "import numpy as np\nimport no_such_library\nIMPLEMENTATION = no_such_library.made()\n",
    "script.py": "open('made', 'w')\nraise SystemExit(0)\n",
    "empty.py": "",
    "old.py": "from impls.interface import Implementation, Problem, Technique\n",
}
"""Files of the user's own."""

NOT_INSTALLED = ["jax", "distributed"]
"""Taken for missing, whether they are or not."""

POSSIBLE = "explain numba_loop"

IMPOSSIBLE = {
    "run --impl jax_jit --m 10 --nx 5": "--impl: jax_jit needs the package 'jax', which is not installed; install it,",
    "run --impl jax_jit,dask_blocks --out out": "--impl: jax_jit needs the package 'jax'",
    "run --impl numpy_vectorized --against jax_jit": "--against: jax_jit needs the package 'jax'",
    "run --impl lacking.py": "--impl: lacking needs the package 'no_such_library'",
    "verify --impl dask_blocks": "--impl: dask_blocks needs the package 'distributed'",
    "train --data digits --impl jax_jit --out out": "--impl: jax_jit needs the package 'jax'",
    "train --data digits --impl jax_jit,dask_blocks --out out": "--impl: jax_jit needs the package 'jax'",
    "train --data none.npz --out trained/here": "none.npz: no such file",
    "run --m 10000000000 --nx 1000,2000": "10000000000 × 1000 needs about",
    "run --m 10000000000 --nx 1000 --impl numpy_vectorized": "GB are free; give a smaller one, or fewer with --impl",
    "verify --m 10,10000000000 --nx 1000": "GB are free",
    **{f"{verb} --impl old.py": "write `from gradrace import Implementation" for verb in ("run", "verify")},
    "train --data digits --impl old.py --out out": "--impl: old.py imports `impls`, which is called `gradrace.impls`",
    **{
        f"{verb} {file}": f"{file} defines no IMPLEMENTATION"
        for verb in ("run --impl", "verify --impl", "train --data digits --impl", "explain")
        for file in ("script.py", "empty.py")
    },
    "history . --out site": "no results.json",
}
"""{request: what is said}."""

SAY = """
import io, json, sys, time
from contextlib import redirect_stderr, redirect_stdout

from gradrace.cli import main

started = []
sys.addaudithook(lambda event, details: started.append(details[0]) if event == "subprocess.Popen" else None)


def say(request):
    "Print the exit status, what is said, slow packages that are imported by now, processes that were started."
    sys.argv[1:] = request.split()
    started.clear()
    with redirect_stderr(io.StringIO()) as said, redirect_stdout(said):
        status = main._status(main.Call(time.perf_counter_ns()))
    print(json.dumps([status, said.getvalue(), sorted(slow & {*sys.modules}), started]))


requests, slow, missing = json.loads(sys.argv[1]), {*json.loads(sys.argv[2])}, json.loads(sys.argv[3])
if missing:
    from gradrace.impls._shared import imports
    find_spec = imports.find_spec
    imports.find_spec = lambda name: None if name in missing else find_spec(name)
for request in requests:
    say(request)
"""
"""All requests in one process, one after the other: what one of them imports is seen with the next ones, too."""

Said: TypeAlias = tuple[int, str, list[str], list[str]]


def said(
    requests: Sequence[str], folder: Path, missing: Sequence[str] = (), slow: Iterable[str] = SLOW
) -> dict[str, Said]:
    """Return the answers of `SAY` to requests that are made in a folder, which stays unchanged."""
    before = sorted(folder.iterdir())
    command = [sys.executable, "-P", "-c", SAY, *map(json.dumps, (requests, [*slow], missing))]
    variables = {**os.environ, "PYTHONPATH": str(ROOT), "COLUMNS": "80"}
    told = subprocess.run(
        command, cwd=folder, env=variables, stdout=subprocess.PIPE, text=True, check=True, timeout=300
    )
    lines = told.stdout.splitlines()
    assert sorted(folder.iterdir()) == before
    return {request: json.loads(line) for request, line in zip(requests, lines, strict=True)}


@pytest.fixture(scope="module")
def typos(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    return said([*TYPOS, POSSIBLE], tmp_path_factory.mktemp("typos"))


@pytest.fixture(scope="module")
def impossible(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Said]:
    folder = tmp_path_factory.mktemp("impossible")
    for name, text in OWN.items():
        (folder / name).write_text(text)
    return said([*IMPOSSIBLE], folder, NOT_INSTALLED)


@pytest.mark.parametrize("typo", TYPOS)
def test_a_typo_is_refused_before_anything_slow_is_imported(typos: dict[str, Said], typo: str) -> None:
    status, line, slow, started = typos[typo]
    assert (status, {*slow} - {"numpy"}) == (2, set())
    assert slow == [] or typo not in WITHOUT_NUMPY
    assert started == [] or typo.startswith("check")  # that asks git
    assert line.startswith("gradrace: ")
    assert line.count("\n") == 1


def test_what_is_imported_is_seen(typos: dict[str, Said]) -> None:
    status, _, slow, _ = typos[POSSIBLE]
    assert status == 0
    assert {"numpy", "pandas"} <= {*slow}


@pytest.mark.parametrize("request_", IMPOSSIBLE)
def test_what_is_impossible_starts_and_leaves_nothing(impossible: dict[str, Said], request_: str) -> None:
    status, line, _, started = impossible[request_]
    assert (status, started) == (2, [])
    assert line.startswith("gradrace: ")
    assert IMPOSSIBLE[request_] in line
    assert line.count("\n") == 1


def test_the_list_imports_no_library_that_takes_long(tmp_path: Path) -> None:
    status, table, slow, _ = said(["list"], tmp_path)["list"]
    assert (status, slow) == (0, ["numpy"])
    assert any(line.split()[:2] == ["numba_fused", "compiled"] for line in table.splitlines())


def test_plain_options_are_converted_without_pydantic(tmp_path: Path) -> None:
    plain = "train --data none --positive 3 --alpha 1e-3 --iterations 10 --impl numpy_vectorized --model m.npz"
    other = f"{plain} --tolerance 1_0"
    found = said([plain, other], tmp_path, slow=["pydantic"])
    assert [(status, slow) for status, _, slow, _ in found.values()] == [(2, []), (2, ["pydantic"])]


@pytest.mark.parametrize(("request_", "module"), [("train --data none", "train"), ("compare a b", "gate")])
def test_a_verb_imports_only_its_own_module(tmp_path: Path, request_: str, module: str) -> None:
    modules = [f"gradrace.cli.{name}" for name in {*main.VERBS.values()}]
    found = said([request_, "sprint"], tmp_path, slow=modules)
    assert [slow for _, _, slow, _ in found.values()] == [[f"gradrace.cli.{module}"], sorted(modules)]


def test_other_packages_are_looked_for_only_if_a_name_is_theirs(tmp_path: Path) -> None:
    requests = ["train --data none --impl numba_fused", "train --data none --impl nmpy"]
    found = said(requests, tmp_path, slow=["importlib.metadata"])
    assert [slow for _, _, slow, _ in found.values()] == [[], ["importlib.metadata"]]


def test_no_library_is_imported_while_cells_are_raced(tmp_path: Path) -> None:
    """SciPy, which predicts costs, takes up to 1 s, and what draws the report too: both load while workers start."""
    program = (
        "import sys\nfrom gradrace.bench.race.race import Race\nfrom gradrace.cli import main\n"
        "needed = {'scipy.optimize', 'scipy.special', 'matplotlib.figure', 'gradrace.reports.report'}\n"
        "def race(*_): raise MemoryError(str(needed <= {*sys.modules}))\n"
        "Race.run = race\nsys.exit(main._status(main.Call(0)))\n"
    )
    command = [
        sys.executable,
        "-P",
        "-c",
        program,
        *["run", "--m", "10", "--nx", "3", "--impl", "numpy_vectorized", "--out", "out"],
    ]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, cwd=tmp_path, env=variables, capture_output=True, text=True, check=False)
    assert "gradrace: True; give smaller" in told.stderr
    assert list(tmp_path.iterdir()) == []


def test_links_that_were_unpacked_as_files_are_told(tmp_path: Path) -> None:
    shutil.copytree(
        ROOT / "gradrace", tmp_path / "gradrace", ignore=shutil.ignore_patterns("impls", "bench", "reports")
    )
    (tmp_path / "gradrace" / "impls").write_text("../impls")
    told = subprocess.run(
        [sys.executable, "-P", "-c", "import gradrace"],
        env={**os.environ, "PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert told.stderr.splitlines()[-1].startswith(
        "ImportError: gradrace/impls, gradrace/bench and gradrace/reports are"
    )


ENVIRONMENT_AT_NUMPY = """
import json, os, sys

class Seen:
    def find_spec(self, name, *_):
        if name == "numpy":
            print(json.dumps({key: os.environ.get(key) for key in sys.argv[1].split(",")}))
            sys.exit()

import gradrace.cli.main as command
sys.meta_path.insert(0, Seen())
command.register("train")
try:
    command.app(["train", "--data", "digits", "--positive", "3"], standalone_mode=False, obj=command.Call(0))
except SystemExit:
    pass
"""


def test_libraries_of_a_single_training_are_loaded_with_the_settings_of_a_worker() -> None:
    """Otherwise a training on busy cores takes up to 15 times as long as the same in a race."""
    command = [sys.executable, "-P", "-c", ENVIRONMENT_AT_NUMPY, ",".join(SLEEPING_POOLS)]
    plain = {key: value for key, value in os.environ.items() if key not in SLEEPING_POOLS}
    env = {**plain, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, check=True)
    assert json.loads(told.stdout) == SLEEPING_POOLS
    worker = environment(2)
    assert {key: worker[key] for key in SLEEPING_POOLS} == SLEEPING_POOLS
