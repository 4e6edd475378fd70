"""WorkerProcess processes: what they answer, and what becomes of those that don't."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import nullcontext, suppress
from itertools import cycle
from pathlib import Path

import numpy as np
import psutil
import pytest

from gradrace.bench.machine.available import cores, nearest_cores
from gradrace.bench.paths import ROOT
from gradrace.bench.problems import made_up, save
from gradrace.bench.results import BUDGET_OVER, STARVED
from gradrace.bench.run import the_limit
from gradrace.bench.timing import Deadline
from gradrace.bench.verification.judge import same_bits
from gradrace.bench.verification.reference import reference
from gradrace.bench.workers import process
from gradrace.bench.workers.answers import Forgotten
from gradrace.bench.workers.client import ProcessWorker, begin, ended
from gradrace.bench.workers.process import (
    EACH_ON_A_CORE,
    NO_ANSWER,
    WorkerFailed,
    WorkerHung,
    WorkerLost,
    WorkerOutOfBudget,
    WorkerProcess,
    WorkerStarved,
    WorkerUnavailable,
    environment,
)
from gradrace.bench.workers.task import Task
from gradrace.bench.workers.waiting import Schedule
from gradrace.impls.discovery import FRESH_CACHE, Source, everyone
from tests.bench.implementations import write

PATIENCE_S = 60


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "case"
    folder.mkdir()
    save(made_up(6, 3), folder)
    return folder


@pytest.fixture
def start() -> Iterator[Callable[[Source], WorkerProcess]]:
    workers = []

    def start(source: Source) -> WorkerProcess:
        workers.append(process.start(source, threads=1))
        return workers[-1]

    yield start
    for worker in workers:
        worker.end()


def prepared(worker: WorkerProcess, folder: Path) -> WorkerProcess:
    worker.expect(str, PATIENCE_S)
    worker.ask(Task.prepare, str(folder), timeout_s=PATIENCE_S)
    return worker


def test_a_worker_computes_the_gradient_and_times_it(tmp_path: Path, folder: Path, start) -> None:
    worker = start(write(tmp_path, "right"))
    assert worker.expect(str, PATIENCE_S) == "vectorized"
    worker.ask(Task.prepare, str(folder), timeout_s=PATIENCE_S)
    computed = worker.ask(Task.compute, timeout_s=PATIENCE_S)
    case = made_up(6, 3)
    assert reference(case.problem, case.w, case.b).error_over_bound(computed.gradient).worst <= 1
    assert computed.call_s > 0
    calibrated = worker.ask(Task.calibrate, 1e-3, timeout_s=PATIENCE_S)
    assert calibrated.calls >= 1
    assert worker.ask(Task.sample, calibrated.calls, timeout_s=PATIENCE_S).call_s > 0
    assert same_bits(worker.ask(Task.last, timeout_s=PATIENCE_S), computed.gradient)
    assert isinstance(worker.ask(Task.forget, timeout_s=PATIENCE_S), Forgotten)


@pytest.mark.parametrize(
    ("facts", "told"),
    [
        ("{'workers': 2, 'kind': 'rows'}", {"workers": 2, "kind": "rows"}),
        ("{'x' * 1000: 'y' * 1000, 1: None, 'n': 10**40}", {"x" * 80: "y" * 80, "1": "None", "n": "1" + "0" * 40}),
        ("{str(n): n for n in range(99)}", {str(n): n for n in range(8)}),
    ],
)
def test_what_an_implementation_tells_of_itself_is_cut_short(tmp_path, folder, start, facts, told) -> None:
    source = write(tmp_path, "tells")
    source.path.write_text(
        source.path.read_text().replace("gradient=gradient)", f"gradient=gradient, facts=lambda _: {facts})")
    )
    worker = start(source)
    worker.expect(str, PATIENCE_S)
    worker.ask(Task.prepare, str(folder), timeout_s=PATIENCE_S)
    assert worker.ask(Task.forget, timeout_s=PATIENCE_S).facts == told


def test_nan_and_a_wrong_shape_travel_as_they_are(tmp_path: Path, folder: Path, start) -> None:
    source = write(tmp_path, "odd", gradient="return np.nan, np.full((3, 1), np.inf, dtype=np.float32), db")
    computed = prepared(start(source), folder).ask(Task.compute, timeout_s=PATIENCE_S)
    assert np.isnan(computed.gradient.J)
    assert computed.gradient.dw.shape == (3, 1)
    assert computed.gradient.dw.dtype == np.float32


@pytest.mark.parametrize("signal", ["SIGKILL", "SIGSEGV", "SIGTERM"])
def test_one_that_is_killed_is_named_with_its_signal(tmp_path: Path, folder: Path, start, signal: str) -> None:
    source = write(tmp_path, "dies", gradient=f"os.kill(os.getpid(), signal.{signal})")
    with pytest.raises(WorkerLost, match=f"killed by {signal}"):
        prepared(start(source), folder).ask(Task.compute, timeout_s=PATIENCE_S)


@pytest.mark.slow
def test_processes_that_an_implementation_spawns_import_nothing_of_bench(tmp_path: Path, folder: Path, start) -> None:
    """Each of Dask's workers imported it, as Python's `multiprocessing` imports the main module again."""
    lines = (
        "with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "    loaded = pool.apply(eval, ('[*__import__(\"sys\").modules]',))\n"
        "assert not [name for name in loaded if name.startswith('gradrace.bench')]"
    )
    worker = prepared(start(write(tmp_path, "spawns", top="import multiprocessing", gradient=lines)), folder)
    worker.ask(Task.compute, timeout_s=PATIENCE_S)


def test_one_that_exits_is_named_with_its_status_and_last_words(tmp_path: Path, folder: Path, start) -> None:
    source = write(tmp_path, "leaves", gradient="print('no more', flush=True); os._exit(7)")
    with pytest.raises(WorkerLost, match=r"exited with status 7 \(no more\)"):
        prepared(start(source), folder).ask(Task.compute, timeout_s=PATIENCE_S)


@pytest.mark.slow
def test_one_that_hangs_is_ended_with_its_children(tmp_path: Path, folder: Path, start) -> None:
    note = tmp_path / "child"
    lines = f"pid = os.fork()\nopen({str(note)!r}, 'w').write(str(pid)) if pid else None\ntime.sleep(1000)"
    worker = prepared(start(write(tmp_path, "hangs", gradient=lines)), folder)
    with pytest.raises(WorkerLost, match="no answer within"):
        worker.ask(Task.compute, timeout_s=1)
    child = int(note.read_text())
    assert worker.process.poll() is not None
    with suppress(psutil.NoSuchProcess):
        psutil.Process(child).wait(timeout=PATIENCE_S)  # raises if it lives on


@pytest.mark.slow
def test_one_that_dies_while_its_child_lives_is_named_and_the_child_ended(tmp_path: Path, folder: Path, start) -> None:
    note = tmp_path / "child"
    lines = (
        "pid = os.fork()\n"
        "if pid == 0: time.sleep(1000)\n"
        f"open({str(note)!r}, 'w').write(str(pid))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    with pytest.raises(WorkerLost, match="killed by SIGKILL"):
        prepared(start(write(tmp_path, "orphans", gradient=lines)), folder).ask(Task.compute, timeout_s=PATIENCE_S)
    with suppress(psutil.NoSuchProcess):
        psutil.Process(int(note.read_text())).wait(timeout=PATIENCE_S)


def test_one_that_closes_the_pipe_and_lives_on_is_ended(
    tmp_path: Path, folder: Path, start, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(process, "LAST_BREATH_S", 0.5)
    worker = prepared(start(write(tmp_path, "closes", gradient="os.closerange(3, 300); time.sleep(1000)")), folder)
    with pytest.raises(WorkerLost, match="closed its end of the pipe"):
        worker.ask(Task.compute, timeout_s=PATIENCE_S)
    assert worker.process.poll() is not None


@pytest.mark.slow
def test_one_that_has_hung_is_not_asked_again(tmp_path: Path, folder: Path) -> None:
    worker = ProcessWorker(write(tmp_path, "hangs", gradient="time.sleep(1000)"), threads=1, patience_s=2.0)
    worker.ask(Task.prepare, str(folder))
    with pytest.raises(WorkerFailed, match="gave no answer within 2 s"):
        worker.ask(Task.compute)
    assert worker.lost_s == 2.0
    with pytest.raises(WorkerFailed, match="not called again"):
        worker.ask(Task.prepare, str(folder))
    worker.end()


def test_one_that_still_works_at_the_end_of_the_budget_is_ended_and_not_to_blame(tmp_path: Path) -> None:
    worker = ProcessWorker(write(tmp_path, "hangs"), threads=1, patience_s=60.0, until=Deadline(lambda: 1, 0))
    absence = begin(worker)
    assert absence is not None
    assert (absence.outcome, absence.is_of_the_budget) == ("skipped", True)
    with pytest.raises(WorkerOutOfBudget, match=f"^{BUDGET_OVER}$"):
        worker.ask(Task.last)


def looked(waited_ns: int) -> Schedule:
    return Schedule(waited_ns, 1, {1: 0}, {1: waited_ns})


@pytest.mark.slow
@pytest.mark.parametrize("unhurried", [False, True])
def test_time_without_a_core_counts_only_in_a_hurry_and_is_told_then(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, unhurried: bool
) -> None:
    """It is taken to have waited for a core all the time."""
    monkeypatch.setattr(process, "schedule", lambda _: looked(time.monotonic_ns()))
    source = write(tmp_path, "starves", gradient="time.sleep(3)")
    with ended([ProcessWorker(source, threads=1, patience_s=PATIENCE_S, unhurried=unhurried)]) as (worker,):
        worker.ask(Task.prepare, str(folder))
        worker.patience_s = 1.0
        with nullcontext() if unhurried else pytest.raises(WorkerStarved, match=f"^{NO_ANSWER} 1 s .*: {STARVED}$"):
            worker.ask(Task.compute)
        assert worker.ran_s < 0.1
        with nullcontext() if unhurried else pytest.raises(WorkerStarved, match=r"^not called again: "):
            worker.ask(Task.last)


@pytest.mark.slow
@pytest.mark.parametrize(("waited_ms", "least_s"), [(300, 0.3), (150, 0.5)])
def test_the_time_with_a_core_is_known_of_one_that_other_processes_disturbed(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, waited_ms: int, least_s: float
) -> None:
    """It waited in the 0.5 s in which it is watched, and may have waited before, so no more than 0.5 s count."""
    looks = iter([looked(0), looked(waited_ms * 1_000_000)])
    monkeypatch.setattr(process, "schedule", lambda _: next(looks))
    with ended([ProcessWorker(write(tmp_path, "hangs", gradient="time.sleep(1000)"), 1, PATIENCE_S)]) as (worker,):
        worker.ask(Task.prepare, str(folder))
        worker.patience_s = 1.0
        with pytest.raises(WorkerStarved):
            worker.ask(Task.compute)
        assert least_s <= worker.ran_s <= 0.5


@pytest.mark.slow
@pytest.mark.parametrize("waited_ns", [0, 120_000_000, 10**12])
def test_one_that_hangs_is_ended_however_long_it_waited_for_a_core(
    tmp_path: Path, folder: Path, monkeypatch: pytest.MonkeyPatch, waited_ns: int
) -> None:
    """It is watched for half a second, of which it waited for a core for a quarter at least if that is to blame."""
    looks = cycle([looked(0), looked(waited_ns)])
    monkeypatch.setattr(process, "schedule", lambda _: next(looks))
    monkeypatch.setattr(process, "MOST_WAITING", 2)
    source = write(tmp_path, "hangs", gradient="time.sleep(1000)")
    with ended([ProcessWorker(source, threads=1, patience_s=PATIENCE_S, unhurried=True)]) as (worker,):
        worker.ask(Task.prepare, str(folder))
        worker.patience_s = 1.0
        with pytest.raises(WorkerHung, match="gave no answer within 1 s") as told:
            worker.ask(Task.compute)
        assert not isinstance(told.value, WorkerStarved)


def test_an_array_of_objects_is_refused_where_it_was_made(tmp_path: Path, folder: Path, start) -> None:
    source = write(tmp_path, "objects", gradient="dw = dw.astype(object)")
    with pytest.raises(WorkerFailed, match="dw is an array of Python objects, not an array of numbers"):
        prepared(start(source), folder).ask(Task.compute, timeout_s=PATIENCE_S)


def test_one_whose_results_later_calls_change_is_found(tmp_path: Path, folder: Path, start) -> None:
    top = "buffer = np.zeros(3)"
    worker = prepared(start(write(tmp_path, "reuses", top=top, gradient="buffer[:] = dw; dw = buffer")), folder)
    worker.ask(Task.compute, timeout_s=PATIENCE_S)
    assert worker.ask(Task.compute_elsewhere, timeout_s=PATIENCE_S).overwrites


def test_a_worker_keeps_to_its_cores(tmp_path: Path, start) -> None:
    worker = start(write(tmp_path, "confined"))
    worker.expect(str, PATIENCE_S)
    assert len(psutil.Process(worker.process.pid).cpu_affinity()) == 1


def test_two_busy_threads_are_two_though_they_share_one_core(tmp_path: Path, folder: Path, start) -> None:
    """As on a busy machine, where a multithreaded implementation finds fewer free cores than it has threads."""
    alone = write(tmp_path, "alone", top="from hashlib import sha256", gradient="sha256(bytes(10_000_000))")
    shared = write(
        tmp_path,
        "shared",
        top="from concurrent.futures import ThreadPoolExecutor\nfrom hashlib import sha256",
        gradient="with ThreadPoolExecutor(1) as pool: pool.submit(sha256, bytes(10_000_000)), "
        "sha256(bytes(10_000_000))",
    )
    threads = [
        prepared(start(source), folder).ask(Task.calibrate, 1e-3, timeout_s=PATIENCE_S).threads
        for source in (alone, shared)
    ]
    assert threads == pytest.approx([1, 2], abs=0.3)


def test_what_it_raises_is_told_in_one_line_and_it_goes_on(tmp_path: Path, folder: Path, start) -> None:
    source = write(tmp_path, "raises", gradient="if calls == 1: raise ValueError('no\\nsuch luck')")
    worker = prepared(start(source), folder)
    with pytest.raises(WorkerFailed, match=r"^ValueError: no \(raises\.py, line \d+\)$"):
        worker.ask(Task.compute, timeout_s=PATIENCE_S)
    worker.ask(Task.compute, timeout_s=PATIENCE_S)


def test_what_it_prints_does_not_disturb_what_it_answers(tmp_path: Path, folder: Path, start) -> None:
    source = write(tmp_path, "prints", gradient="print('x' * 3_000_000, flush=True)")
    prepared(start(source), folder).ask(Task.compute, timeout_s=PATIENCE_S)


@pytest.mark.parametrize(
    ("top", "reason"),
    [
        ("import no_such_package", "needs the package 'no_such_package'"),
        ("1 / 0", "ZeroDivisionError while importing"),
        ("def f(:", "SyntaxError while importing"),
        ("os._exit(3)", "exited with status 3"),
    ],
)
def test_one_that_cannot_be_loaded_says_why(tmp_path: Path, start, top: str, reason: str) -> None:
    with pytest.raises(WorkerFailed, match=reason):
        start(write(tmp_path, "unavailable", top=top)).expect(str, PATIENCE_S)


def test_threads_are_set_before_anything_is_imported(tmp_path: Path, folder: Path, start) -> None:
    check = "assert os.environ['NUMBA_NUM_THREADS'] == os.environ['OMP_NUM_THREADS'] == '1'"
    start(write(tmp_path, "looks", top=check)).expect(str, PATIENCE_S)
    assert process.environment(3)["OPENBLAS_NUM_THREADS"] == "3"


def test_a_worker_is_told_where_to_compute_and_refuses_what_it_cannot(tmp_path: Path, start) -> None:
    told = write(
        tmp_path, "told", top="assert (os.environ['GRADRACE_DEVICE'], os.environ['JAX_PLATFORMS']) == ('cpu',) * 2"
    )
    start(told).expect(str, PATIENCE_S)
    assert process.environment(1, device="cuda")["JAX_PLATFORMS"] == "cuda"
    with pytest.raises(WorkerUnavailable, match="computes on cpu, not on cuda"):
        start(write(tmp_path, "stays").on("cuda")).expect(str, PATIENCE_S)


def test_a_worker_leaves_when_the_race_is_gone(tmp_path: Path, start) -> None:
    worker = start(write(tmp_path, "left"))
    worker.expect(str, PATIENCE_S)
    worker.connection.close()
    assert worker.process.wait(timeout=PATIENCE_S) == 0


RACE = """
import sys
from pathlib import Path
from gradrace.bench.workers import process
from gradrace.impls.discovery import Source
worker = process.start(Source("orphan", Path(sys.argv[1])), threads=1)
print(worker.process.pid, flush=True)
sys.stdin.read()
"""


@pytest.mark.slow
@pytest.mark.parametrize(
    ("before", "waiting"),
    [
        ("", "time.sleep(600)"),
        ("os.fork()", "time.sleep(600)"),
        ("import ctypes", "ctypes.PyDLL(None).sleep(600)"),  # holds the lock of the interpreter meanwhile
    ],
)
def test_no_worker_outlives_a_race_that_is_killed(tmp_path: Path, before: str, waiting: str) -> None:
    """Nor what it has started, whatever it is doing."""
    note = tmp_path / "note"
    source = write(tmp_path, "orphan", top=f"{before}\nopen({str(note)!r}, 'a').write('.')\n{waiting}")
    race = subprocess.Popen(
        [sys.executable, "-c", RACE, str(source.path)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with race:
        assert race.stdout is not None
        worker = psutil.Process(int(race.stdout.readline()))
        while not note.exists() or len(note.read_text()) < 1 + (before == "os.fork()"):
            assert worker.is_running()
            time.sleep(0.05)
        everyone = [worker, *worker.children(recursive=True)]
        race.kill()
    _, alive = psutil.wait_procs(everyone, timeout=PATIENCE_S)
    assert alive == []


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or cores() < 2, reason="needs two cores, and a system that binds"
)
def test_the_limits_threads_stay_each_on_a_core_of_its_own(folder: Path) -> None:
    limit = the_limit(threads=2, patience_s=PATIENCE_S)
    try:
        limit.ask(Task.prepare, str(folder))
        threads = [thread.id for thread in psutil.Process(limit._process.process.pid).threads()]
        homes = [os.sched_getaffinity(thread) for thread in threads]
        assert sorted(core for home in homes if len(home) == 1 for core in home) == sorted(nearest_cores(2))
    finally:
        limit.end()


SHARED_CORE = """
for core in 0 1; do mount --bind "$1" /sys/devices/system/cpu/cpu$core/topology/thread_siblings_list || exit 77; done
exec "$2" -c "$3"
"""
"""Shell script that runs Python where cores 0 and 1 seem to be one physical core: pretended siblings, Python, code."""

HOMES = """
import os, numba, numpy, psutil
@numba.njit(parallel=True)
def fill(array):
    for i in numba.prange(len(array)):
        array[i] = i
fill(numpy.zeros(4))
homes = [os.sched_getaffinity(thread.id) for thread in psutil.Process().threads()]
print(sorted(core for home in homes if len(home) == 1 for core in home))
"""


@pytest.mark.slow
@pytest.mark.skipif(
    not hasattr(os, "sched_getaffinity") or os.sched_getaffinity(0) != {0, 1} or not shutil.which("unshare"),
    reason="needs Linux with two cores",
)
def test_threads_that_share_a_physical_core_stay_each_on_a_hardware_thread(tmp_path: Path) -> None:
    """On many virtual machines of two cores these are one physical core. OMP_PLACES=cores left both threads free."""
    siblings = tmp_path / "siblings"
    siblings.write_text("0-1\n")
    command = ["unshare", "-r", "-m", "sh", "-c", SHARED_CORE, "sh", siblings, sys.executable, HOMES]
    done = subprocess.run(
        command, env=environment(2) | EACH_ON_A_CORE, capture_output=True, text=True, check=False, timeout=PATIENCE_S
    )
    if done.returncode in (1, 77) and "Traceback" not in done.stderr:
        pytest.skip("files of the system can't be replaced here")
    assert (done.stdout, done.stderr) == ("[0, 1]\n", "")


def test_a_worker_that_is_bound_otherwise_runs_in_another_process() -> None:
    source = everyone()["numpy_vectorized"]
    worker = ProcessWorker(source, 1, 60, bound=True)
    with ended([worker]):
        worker.start()
        first = worker._process
        worker.bind(bound=True)
        assert worker._process is first
        worker.bind(bound=False)
        assert worker._process is None
        assert worker.ask(Task.descends) is False  # it is started again


@pytest.mark.skipif(not Path("/proc/self/environ").exists(), reason="the system doesn't show a process's environment")
@pytest.mark.parametrize("anew", [False, True])
def test_one_that_compiles_anew_has_an_empty_folder_for_that(anew: bool) -> None:
    source = everyone()["numpy_vectorized"]
    worker = process.start(source, threads=1, anew=anew)
    try:
        worker.expect(str, 60)
        settings = Path(f"/proc/{worker.process.pid}/environ").read_text().split("\0")
        (folder,) = (text.partition("=")[2] for text in settings if text.startswith(f"{FRESH_CACHE}="))
        assert bool(folder) == anew
    finally:
        worker.end()
