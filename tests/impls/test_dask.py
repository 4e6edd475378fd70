"""dask_blocks on real clusters: right on any tree of workers, undisturbed by the loss of one, nothing left behind."""

from __future__ import annotations

import logging
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any
from urllib.parse import urlsplit

import numpy as np
import psutil
import pytest

pytest.importorskip("distributed")

from distributed import LocalCluster

from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.make import make
from gradrace.bench.problems import Case, made_up, pixels
from gradrace.bench.results import UnusableInput
from gradrace.bench.stepping import steps
from gradrace.bench.training.classifier import train
from gradrace.bench.training.data import Request
from gradrace.bench.training.descent import Schedule
from gradrace.bench.training.events import Done
from gradrace.bench.verification.reference import reference
from gradrace.impls import dask_blocks
from gradrace.impls._dask import cluster as clusters
from gradrace.impls.discovery import everyone
from gradrace.impls.interface import SCHEDULER, GaveUp, Gradient, Problem

pytestmark = pytest.mark.slow

IMPLEMENTATION = dask_blocks.IMPLEMENTATION
SOURCE = everyone()["dask_blocks"]


@pytest.fixture(autouse=True, scope="module")
def nothing_left() -> Iterator[None]:
    """Every cluster is closed at the end, and all of its processes with it."""
    clusters.close()
    before = {*psutil.Process().children(recursive=True)}
    yield
    clusters.close()
    left = {*psutil.Process().children(recursive=True)} - before
    _, alive = psutil.wait_procs([process for process in left if not is_kept(process)], 10)
    assert alive == []


def is_kept(process: psutil.Process) -> bool:
    """Return whether it is a process of multiprocessing that lives as long as this one. Forked workers look like it."""
    kinds = ("resource_tracker", "forkserver")
    return process.ppid() == os.getpid() and any(kind in str(process.cmdline()) for kind in kinds)


@contextmanager
def cluster(workers: int) -> Iterator[LocalCluster]:
    with LocalCluster(
        n_workers=workers,
        threads_per_worker=1,
        dashboard_address="127.0.0.1:0",  # by default, one port is taken by all clusters that run at once
        scheduler_kwargs={"dashboard": False},
        env=clusters.ONE_THREAD,
        silence_logs=60,
    ) as made:
        yield made


@pytest.fixture
def joined(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[int], LocalCluster]]:
    """Makes a cluster of so many workers, which the implementation joins."""
    clusters.close()
    made = []

    def make_one(workers: int) -> LocalCluster:
        context = cluster(workers)
        made.append(context)
        found = context.__enter__()
        monkeypatch.setenv(SCHEDULER, found.scheduler_address)
        return found

    yield make_one
    clusters.close()
    for context in made:
        context.__exit__(None, None, None)


def computed(case: Case) -> tuple[Any, Gradient]:
    data = IMPLEMENTATION.prepare(case.problem)
    return data, IMPLEMENTATION.read(IMPLEMENTATION.gradient(data, case.w, case.b))


@pytest.mark.parametrize("workers", [1, 5])
def test_right_on_any_tree_of_workers(joined, workers):
    joined(workers)
    for case in (made_up(1001, 7), made_up(3, 4), made_up(500, 20, "float32"), pixels(100, 48)):
        data, gradient = computed(case)
        assert len(data.parts) == min(workers, case.problem.m)
        largest = max(-(-case.problem.m // len(data.parts)), 1)
        assert IMPLEMENTATION.facts(data) == {"workers": len(data.parts), "examples of a block": largest}
        assert reference(case.problem, case.w, case.b).fault(gradient) is None


def test_workers_of_its_own_are_forked_with_all_that_they_import_and_have_one_thread():
    """Each one imported distributed and Numba itself, which took most of the 4 s until a check's pair began."""
    clusters.close()
    before, client = os.environ.get("NUMBA_NUM_THREADS"), clusters.connect()
    found = client.run(
        lambda: (
            os.getppid(),
            "gradrace.impls._simd.pixels" in sys.modules,
            sys.modules["numba"].config.NUMBA_NUM_THREADS,
        )
    )
    ((parent, has_imported, threads),) = {*found.values()}
    assert psutil.Process(parent).ppid() == os.getpid()
    assert (has_imported, threads) == (True, 1)
    assert os.environ.get("NUMBA_NUM_THREADS") == before
    scheduler = client.scheduler_info()
    addresses = {urlsplit(address).hostname for address in (scheduler["address"], *scheduler["workers"])}
    assert addresses == {"127.0.0.1"}  # no other machine can connect


def test_only_workers_import_numba():
    program = "import sys, gradrace.impls.dask_blocks; print('numba' in sys.modules)"
    assert (
        subprocess.run([sys.executable, "-c", program], capture_output=True, check=True, text=True).stdout == "False\n"
    )


@pytest.mark.parametrize("is_shown", [True, False])
def test_a_cluster_of_its_own_has_a_dashboard_where_its_address_is_shown(monkeypatch, capsys, is_shown):
    clusters.close()
    monkeypatch.setattr(sys.stderr, "isatty", lambda: is_shown)
    link = clusters.connect().dashboard_link
    assert (link in capsys.readouterr().err) is is_shown
    place = urlsplit(link)
    with closing(HTTPConnection(place.netloc, timeout=30)) as connection:
        connection.request("GET", place.path)
        assert connection.getresponse().status == (HTTPStatus.OK if is_shown else HTTPStatus.NOT_FOUND)
    clusters.close()


def test_a_worker_that_is_killed_in_a_descent_changes_nothing(capsys):
    case = made_up(2000, 30)
    data = IMPLEMENTATION.prepare(case.problem)
    undisturbed, b = steps(IMPLEMENTATION, data, case.w, case.b, 0.1, 20)
    w, also_b = steps(IMPLEMENTATION, data, case.w, case.b, 0.1, 10)
    victim = [*data.client.run(os.getpid).values()][-1]
    os.kill(victim, signal.SIGKILL)
    w, also_b = steps(IMPLEMENTATION, data, w, also_b, 0.1, 10)
    assert victim not in data.client.run(os.getpid).values()
    assert "dask_blocks: a worker was lost; the step is repeated with " in capsys.readouterr().err
    assert w == pytest.approx(undisturbed, rel=1e-13)
    assert also_b == pytest.approx(b, rel=1e-13)


def test_workers_that_are_lost_again_and_again_are_given_up(joined, monkeypatch):
    joined(1)
    data, _ = computed(made_up(10, 3))
    monkeypatch.setattr(dask_blocks, "ATTEMPTS", 2)
    monkeypatch.setattr(type(data), "gradient", lambda *_: 1 / 0)
    monkeypatch.setattr(type(data), "lost", lambda _: True)
    with pytest.raises(GaveUp, match="lost 2 times in one step; check them, then add --resume if --model was given"):
        IMPLEMENTATION.gradient(data, np.zeros(3), np.float64(0))


def test_a_loss_that_the_scheduler_hears_of_later_is_one(joined, monkeypatch):
    """The neighbours of a worker that dies know of it first: the client asks the scheduler more than once."""
    joined(2)
    case = made_up(10, 3)
    data, right = computed(case)
    first = type(data).gradient
    looks = iter([type(data).workers(data)] * 3 + [type(data).workers(data)[:1]])
    failing = iter([True])

    def gradient(self, w_b):
        if next(failing, False):
            monkeypatch.setattr(type(data), "workers", lambda _: next(looks, [*data.used]))
            raise OSError("Unable to contact Actor's worker")
        return first(self, w_b)

    monkeypatch.setattr(type(data), "gradient", gradient)
    J, _, _ = IMPLEMENTATION.gradient(data, case.w, case.b)
    assert pytest.approx(right.J, rel=1e-13) == J


def test_a_worker_that_is_lost_while_examples_are_spread_is_survived(joined, monkeypatch):
    joined(2)
    first, failing = dask_blocks.Spread.spread, iter([True])

    def spread(self):
        if next(failing, False):
            self.used = frozenset(["tcp://127.0.0.1:1"])  # has gone
            raise RuntimeError("KilledWorker")
        first(self)

    monkeypatch.setattr(dask_blocks.Spread, "spread", spread)
    data, _ = computed(made_up(10, 3))
    assert len(data.parts) == 2


def test_a_mistake_on_a_worker_is_no_loss(joined):
    joined(2)
    data, _ = computed(made_up(10, 3))
    with pytest.raises(AttributeError):
        IMPLEMENTATION.gradient(data, "no array", np.float64(0))


def test_a_scheduler_that_goes_away_is_told_in_one_line_and_the_model_is_kept(joined, tmp_path):
    made = joined(2)
    labels = make(tmp_path / "X.npy", 300, 12, "float64", 1, lambda *_: None)
    training = training_of(tmp_path, labels, iterations=10_000_000)
    events = train(training, SOURCE, lambda *_: None)
    for _ in range(3):
        next(events)
    made.close()
    with pytest.raises(
        Exception, match="the scheduler is down; start the cluster again, then add --resume if --model was given"
    ):
        list(events)
    assert training.model.exists()


def training_of(folder: Path, labels: Path, iterations: int) -> Request:
    return Request(
        source=str(folder / "X.npy"),
        how=ReadOptions(label=str(labels), memory_bytes=1),
        schedule=Schedule(alpha=0.1, iterations=iterations),
        model=folder / "model.npz",
    )


@pytest.mark.parametrize("in_pixels", [True, False])
def test_workers_read_from_disk_what_outgrows_the_memory(tmp_path, in_pixels):
    labels = make(tmp_path / "X.npy", 300, 12, "float64", 1, lambda *_: None, pixels=in_pixels)
    training = training_of(tmp_path, labels, iterations=12)
    *_, done = train(training, SOURCE, lambda *_: None)
    training.model.unlink()
    fused = everyone()["numba_fused"]
    *_, expected = train(training, fused, lambda *_: None)
    assert isinstance(done, Done)
    assert done.model.w == pytest.approx(expected.model.w, rel=1e-12)
    assert done.reading is not None
    assert done.reading.descent.bytes == (3 + 12) * 300 * 12 * (1 if in_pixels else 8)


def test_a_cluster_of_other_versions_is_refused_with_both(joined, monkeypatch):
    joined(1)
    theirs = clusters.state()
    monkeypatch.setattr(clusters, "state", lambda: "of yesterday")
    with pytest.raises(GaveUp, match=f"runs gradrace {theirs}, this process of yesterday; install the same on both"):
        IMPLEMENTATION.prepare(made_up(10, 3).problem)


def test_a_cluster_without_workers_is_refused(joined):
    joined(0)
    with pytest.raises(GaveUp, match="has no workers; start some"):
        IMPLEMENTATION.prepare(made_up(10, 3).problem)


def test_a_scheduler_that_does_not_answer_is_refused(monkeypatch):
    clusters.close()
    monkeypatch.setattr(clusters, "CONNECT_S", 0.2)
    monkeypatch.setenv(SCHEDULER, "tcp://127.0.0.1:1")
    with pytest.raises(GaveUp, match=r"no scheduler answers at tcp://127\.0\.0\.1:1"):
        IMPLEMENTATION.prepare(made_up(10, 3).problem)


def test_what_workers_read_from_disk_is_verified_as_they_read_it(tmp_path, monkeypatch):
    """A mistake that is made only with X on disk: what is verified in memory would not show it."""
    labels = make(tmp_path / "X.npy", 300, 12, "float64", 1, lambda *_: None)
    in_memory = dask_blocks.Spread.some

    def some(self, start, stop):
        problem = self.problem
        if isinstance(problem.X, np.ndarray):
            return in_memory(self, start, stop)
        X = np.concatenate([-X for _, _, X in problem.X.blocks(start, stop)], axis=1)
        return Problem(X, problem.Y[:, start:stop], problem.dtype)

    monkeypatch.setattr(dask_blocks.Spread, "some", some)
    with pytest.raises(Exception, match=r"is off by .* times the error bound"):
        list(train(training_of(tmp_path, labels, iterations=1), SOURCE, lambda *_: None))


def test_what_is_not_finite_on_disk_is_named(tmp_path):
    labels = make(tmp_path / "X.npy", 300, 12, "float64", 1, lambda *_: None)
    np.lib.format.open_memmap(tmp_path / "X.npy", "r+")[270, 3] = np.nan
    with pytest.raises(UnusableInput, match=r"X\.npy: X is not finite in examples 0 to 299; fill what is missing"):
        list(train(training_of(tmp_path, labels, iterations=1), SOURCE, lambda *_: None))


def test_dask_tells_nothing_of_its_own_when_a_cluster_goes(joined):
    """Its client's logger has a level of its own, and would add a traceback to our one line."""
    joined(1)
    computed(made_up(10, 3))
    names = [name for name in logging.Logger.manager.loggerDict if name.split(".")[0] == "distributed"]
    assert "distributed.client" in names
    assert [name for name in names if logging.getLogger(name).isEnabledFor(logging.CRITICAL)] == []


KERNEL = "def prepare(problem): return problem\ndef gradient(data, w, b): return 42.0, w, b\n"

COPY = """
import sys
sys.path.insert(0, sys.argv[1])
import numpy as np
from gradrace.impls.dask_blocks import IMPLEMENTATION
from gradrace.impls.interface import Problem
if __name__ == "__main__":
    data = IMPLEMENTATION.prepare(Problem(np.ones((2, 9)), np.ones((1, 9)), np.dtype("float64"), 1.0))
    print(IMPLEMENTATION.gradient(data, np.zeros(2), np.float64(0))[0], flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    """Return the folder of another copy of the package, and beside it a script that uses this copy."""
    package = Path(sys.modules["gradrace"].__path__[0])
    shutil.copytree(package, tmp_path / "copy" / "gradrace", ignore=shutil.ignore_patterns("__pycache__"))
    (tmp_path / "script.py").write_text(COPY)
    return tmp_path / "copy"


@pytest.fixture
def temporary() -> Iterator[Path]:
    """Return a temporary folder with a short path, as that of a socket in it has at most 107 letters."""
    with TemporaryDirectory(dir="/tmp") as folder:
        yield Path(folder)


def started(copy: Path, kernel: str, temporary: Path) -> subprocess.Popen[str]:
    """Start the script of a copy with this kernel and this folder for its temporary files."""
    for name in ("fused", "pixels"):
        (copy / f"gradrace/impls/_simd/{name}.py").write_text(kernel)
    command = [sys.executable, copy.parent / "script.py", copy]
    environment = os.environ | {"TMPDIR": str(temporary), "NUMBA_NUM_THREADS": "1"}
    pipe = subprocess.PIPE
    return subprocess.Popen(command, env=environment, stdin=pipe, stdout=pipe, stderr=pipe, text=True)


def test_the_workers_use_the_copy_of_this_process_and_sigterm_leaves_no_folder(copy, temporary):
    with started(copy, KERNEL, temporary) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "42.0\n"  # another copy is installed
        assert [*temporary.glob("pymp-*")]
        process.terminate()
        assert process.wait() == -signal.SIGTERM
    assert not [*temporary.iterdir()]


def test_workers_start_where_the_path_of_temporary_files_is_too_long_for_a_socket(copy, temporary):
    (deep := temporary / ("a" * 100)).mkdir()
    with started(copy, KERNEL, deep) as process:
        assert process.communicate()[0] == "42.0\n"
    assert process.returncode == 0


def test_a_kernel_that_cannot_be_imported_is_told_as_such(copy, temporary):
    with started(copy, "raise ValueError('no such kernel')", temporary) as process:
        _, told = process.communicate()
    assert "ValueError: no such kernel" in told
    assert process.returncode == 1
