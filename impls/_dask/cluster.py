"""A Dask cluster: an existing one, or a local one with a process for each allowed thread."""

from __future__ import annotations

import atexit
import logging
import multiprocessing
import os
import shutil
import signal
import sys
import threading
from functools import cache
from multiprocessing import forkserver, util
from pathlib import Path
from typing import Any

import dask
import numpy as np
from dask.system import CPU_COUNT
from distributed import Client, LocalCluster, utils

from gradrace.impls._shared.compile_cache import state
from gradrace.impls.interface import SCHEDULER, THREAD_VARIABLES, GaveUp

CONNECT_S = 10.0

ONE_THREAD = dict.fromkeys(THREAD_VARIABLES, "1")

QUIET = {
    "distributed.worker.profile.enabled": False,  # it samples every thread 100 times a second
    "distributed.admin.tick.interval": "1h",  # at 20 ms, 6 event loops check for delays: 7 % of a core in all
    "distributed.admin.tick.limit": "2h",
    "distributed.scheduler.allowed-failures": 0,
}


@cache
def connect() -> Client:
    """Return the one client of this process, which is closed at exit. Raises GaveUp if there is no usable cluster."""
    for name in ("distributed", "distributed.client", "distributed.gc", "tornado.application"):  # own levels
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)  # dask_blocks reports a lost worker in one line
    address = os.environ.get(SCHEDULER)
    with dask.config.set(QUIET):
        client = join(address) if address else Client(own_cluster(), direct_to_workers=True)
    atexit.register(close)
    if address or sys.stderr.isatty():
        print(f"dask_blocks: dashboard at {client.dashboard_link}", file=sys.stderr)
    return client


def own_cluster() -> LocalCluster:
    """Return a local cluster with a process of one thread for each allowed thread.

    It has a dashboard if its address is shown on a terminal, as importing Bokeh takes 0.7 s of CPU. Its files are in
    the temporary folder of this process: Dask would leave `dask-scratch-space` in that of the system.
    """
    folder = util.get_temp_dir()
    remove_at_sigterm(Path(folder))
    method = "forkserver" if start_forking() else "spawn"
    with dask.config.set({"distributed.worker.multiprocessing-method": method, "temporary-directory": folder}):
        return LocalCluster(
            n_workers=allowed_threads(),
            threads_per_worker=1,
            memory_limit=None,
            dashboard_address="127.0.0.1:0",
            scheduler_kwargs={"dashboard": sys.stderr.isatty()},
            env=ONE_THREAD,
            silence_logs=logging.CRITICAL + 1,
        )


def allowed_threads() -> int:
    """Return the number of threads that Numba would have, which takes 0.35 s of CPU to import.

    It is at least 1, and at most the number of cores.
    """
    given = os.environ.get("NUMBA_NUM_THREADS", "")
    most = int(CPU_COUNT)
    return min(max(1, int(given)), most) if given.isdecimal() else most


def start_forking() -> bool:
    """Start the process that the workers are forked from, unless it runs; return whether it does.

    It doesn't if its socket can't be in the temporary folder: a path of more than 107 letters is too long.

    Numba has one thread there, as in the workers, so that none of GNU's OpenMP exists when it is forked. It imports
    from where this process does, and not from the current folder. Before version 3.12.8, Python doesn't pass that on,
    and the kernels of another copy of gradrace were used.
    """
    utils._forkserver_preload_set = True  # noqa: SLF001  # Dask would import pandas here
    multiprocessing.set_forkserver_preload(["gradrace.impls._dask.ahead"])
    given = ONE_THREAD | {"PYTHONPATH": os.pathsep.join(sys.path), "PYTHONSAFEPATH": "1"}
    before = {name: os.environ[name] for name in given if name in os.environ}
    os.environ |= given
    try:
        forkserver.ensure_running()
    except OSError:
        return False
    finally:
        os.environ |= before
        for name in given.keys() - before.keys():
            del os.environ[name]
    return True


def remove_at_sigterm(folder: Path) -> None:
    """Remove a temporary folder if SIGTERM ends this process, as in a race; a handler that exists is kept.

    `multiprocessing` removes its folder only at an ordinary exit.
    """

    def end(number: int, _: object) -> None:
        shutil.rmtree(folder, ignore_errors=True)
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)

    is_main = threading.current_thread() is threading.main_thread()  # no other one can set a handler
    if is_main and signal.getsignal(signal.SIGTERM) is signal.SIG_DFL:
        signal.signal(signal.SIGTERM, end)


def join(address: str) -> Client:
    """Return a client of the cluster at an address.

    Raises:
        GaveUp: If it doesn't answer, has no workers, or runs other versions.
    """
    try:
        client = Client(address, timeout=CONNECT_S, direct_to_workers=True)
    except (OSError, ValueError, TypeError) as error:  # TypeError is for tls://, which needs certificates
        raise GaveUp(f"no scheduler answers at {address} ({error}); start one, or leave out --scheduler") from error
    try:
        if not require_same(client):
            raise GaveUp(f"the cluster at {address} has no workers; start some, or leave out --scheduler")
    except GaveUp:
        client.close()
        raise
    return client


def require_same(client: Client) -> int:
    """Return the number of workers, which may join at any time.

    Raises GaveUp if one runs another version, or lacks gradrace.
    """
    try:
        theirs = client.run(versions)
    except ImportError as error:
        raise GaveUp(f"a worker can't import gradrace ({error}); install the same version there") from error
    mine = versions()
    for worker, found in theirs.items():
        for name, version in mine.items():
            if found[name] != version:
                raise GaveUp(f"{worker} runs {name} {found[name]}, this process {version}; install the same on both")
    return len(theirs)


def versions() -> dict[str, str]:
    """Return the versions that must be equal on both sides: a hash of gradrace's implementations, and NumPy's."""
    return {"gradrace": state(), "NumPy": np.__version__}


def close() -> None:
    """Disconnect and end the local cluster; the next `connect` begins anew."""
    if not connect.cache_info().currsize:
        return
    client = connect()
    connect.cache_clear()
    atexit.unregister(close)
    cluster: Any = client.cluster
    client.close()
    if cluster is not None:
        cluster.close()
