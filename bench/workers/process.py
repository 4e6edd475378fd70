"""The race's side of a worker process: start it, run operations in it, and describe its failures in one line."""

from __future__ import annotations

import os
import signal
import socket
import struct
import subprocess
import tempfile
from collections.abc import Callable
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from time import monotonic
from typing import IO, TypeVar, TypeVarTuple

from gradrace.bench.machine.available import nearest_cores
from gradrace.bench.machine.variables import SLEEPING_POOLS
from gradrace.bench.paths import HERE, Home
from gradrace.bench.results import BUDGET_OVER, STARVED
from gradrace.bench.scratch import scratch
from gradrace.bench.text import one_line
from gradrace.bench.workers import channel, orphans
from gradrace.bench.workers.task import Task, types
from gradrace.bench.workers.waiting import schedule, waited_s
from gradrace.impls.discovery import FRESH_CACHE, Source
from gradrace.impls.interface import CPU, CUDA, DEVICE, THREAD_VARIABLES

EACH_ON_A_CORE = {"OMP_PLACES": "threads", "OMP_PROC_BIND": "spread"}
"""Environment that binds each OpenMP thread to its own core, on different physical cores while there are enough.

On a virtual machine an idle core may have been returned to the host. Linux may then wake a thread on the core of the
thread that waits for it. Of calls of 4 ms with two threads 77 % ran on one core, and 2 % with bound threads. Without
OMP_PLACES, two threads of GCC's OpenMP share one physical core if it runs two. With OMP_PLACES=cores, those that must
share one may both run on one of its two hardware threads.
"""

ON_DEVICE = {
    CPU: {DEVICE: CPU, "JAX_PLATFORMS": "cpu"},
    # JAX would allocate three quarters of a GPU's memory at once.
    CUDA: {DEVICE: CUDA, "JAX_PLATFORMS": "cuda", "XLA_PYTHON_CLIENT_PREALLOCATE": "false"},
}

WORKER = "gradrace.bench.workers"
"""Package that a worker process runs."""

LOOK_AFTER_S = 0.5
"""Seconds between checks whether a worker that doesn't answer still runs."""

LAST_BREATH_S = 5.0
"""Seconds for a process to end after it has closed the pipe."""

MOST_WAITING = 9
"""Maximum time without a core, in timeouts, that doesn't count: one that hangs busily may wait for it for ever."""

STALLED_S = 5
"""Seconds for the rest of an answer once its beginning has arrived: an answer is written in one go."""

NO_ANSWER = "gave no answer within"
"""Beginning of the description of a timeout."""

STARVED_SHARE = 0.25
"""Share of the time that a process waited for a core from which on that is to blame.

With eight other busy processes on 2 cores, it was a third to a half while numba_fused compiled.
"""

Arguments = TypeVarTuple("Arguments")
Result = TypeVar("Result")


class WorkerFailed(Exception):
    """Error of a worker that raised, died or hung, described in one line."""


class WorkerLost(WorkerFailed):
    """Error of a process that died, or was ended because it didn't answer."""


class WorkerHung(WorkerLost):
    """Error of a process that did not answer before its timeout, and was ended."""


class WorkerStarved(WorkerHung):
    """Error of a process that did not answer before its timeout, as other processes used all cores.

    ran_s: seconds of the timeout in which it had a core or needed none (`with_core_s`); 0 if they aren't known.
    """

    def __init__(self, message: str, ran_s: float = 0.0) -> None:
        super().__init__(message)
        self.ran_s = ran_s


class WorkerOutOfBudget(WorkerHung):
    """Error of a process that was ended at the end of the budget, which says nothing about its implementation."""

    def __init__(self, message: str = BUDGET_OVER) -> None:
        super().__init__(message)


class WorkerUnavailable(WorkerFailed):
    """Error of an implementation that can't be loaded, or can't compute, because a package is missing."""


@dataclass(frozen=True, slots=True)
class WorkerProcess:
    """A worker process that runs until `end`.

    lifeline: one end of a pipe; the worker is killed when it closes.
    mark: text that identifies the worker and the processes that it started.
    compiled: the folder for what a foreign implementation compiles, which is removed at the end.
    unhurried: whether time in which it waits for a core doesn't count towards a timeout.
    """

    source: Source
    process: subprocess.Popen[bytes]
    connection: Connection
    output: IO[bytes]
    lifeline: IO[bytes]
    mark: str
    compiled: ExitStack
    unhurried: bool

    def ask(self, operation: Callable[[Task, *Arguments], Result], *arguments: *Arguments, timeout_s: float) -> Result:
        """Run an operation of `Task` in the worker's process, and return its result.

        Raises WorkerFailed if the implementation raised, WorkerLost if the process died or did not answer in time.
        """
        try:
            channel.send(self.connection, channel.Call(operation.__name__, list(arguments)))
        except OSError as error:
            raise self._died() from error
        kind: type[Result] = types(operation)[-1]
        return self.expect(kind, timeout_s)

    def expect(self, kind: type[Result], timeout_s: float) -> Result:
        """Wait for a reply of this type; raises as `ask` does."""
        try:
            self._wait(timeout_s)
            reply = channel.receive(self.connection, kind)
        except channel.Garbled as error:
            raise self._babbled() from error
        except (EOFError, OSError) as error:
            raise self._died() from error
        if isinstance(reply, channel.Failed):
            raise (WorkerUnavailable if reply.missing else WorkerFailed)(reply.message)
        return reply

    def end(self) -> None:
        """End the process and all processes that it started, at once, even if it has already died."""
        orphans.end(self.process.pid, self.mark)  # it leads its own process group
        self.process.wait()
        self.connection.close()
        self.output.close()
        self.lifeline.close()
        with suppress(OSError):  # the processes that it started may still write there
            self.compiled.close()

    def _wait(self, timeout_s: float) -> None:
        """Wait until there is something to read. Raises WorkerHung after the timeout, EOFError if the process has died.

        A child of a dead worker may hold the pipe open, so that no end of file arrives: the process itself is checked.
        Waiting for a core is noticed from half of the timeout on, as looking takes 5 ms.
        """
        half_s = timeout_s / 2
        middle_s, before, waiting_s = monotonic() + half_s, None, 0.0
        end_s = middle_s + half_s
        while not self.connection.poll(min(LOOK_AFTER_S, max(0.0, end_s - monotonic()))):
            if self.process.poll() is not None and not self.connection.poll():
                raise EOFError
            if before is None and monotonic() >= middle_s:
                before = schedule(self.process.pid)
            if before is not None and monotonic() >= end_s:
                waiting_s = waited_s(before, schedule(self.process.pid))
                if self.unhurried:
                    end_s = middle_s + half_s + min(waiting_s, MOST_WAITING * timeout_s)
            if monotonic() >= end_s:
                self.end()
                share = waiting_s / (end_s - middle_s)
                if share > STARVED_SHARE:
                    told = f"{NO_ANSWER} {timeout_s:.0f} s and was ended: {STARVED}"
                    raise WorkerStarved(told, with_core_s(timeout_s, share))
                raise WorkerHung(f"{NO_ANSWER} {timeout_s:.0f} s and was ended")

    def _died(self) -> WorkerLost:
        try:
            status = self.process.wait(timeout=LAST_BREATH_S)
        except subprocess.TimeoutExpired:
            self.end()
            return WorkerLost("its process closed its end of the pipe and was ended")
        said = self._last_line()
        self.end()
        if status < 0:
            return WorkerLost(f"its process was killed by {_signal_name(-status)}")
        return WorkerLost(f"its process exited with status {status}{said}")

    def _babbled(self) -> WorkerLost:
        self.end()
        return WorkerLost("something else than an answer came through its pipe, and it was ended")

    def _last_line(self) -> str:
        self.output.seek(max(0, os.fstat(self.output.fileno()).st_size - 1000))
        lines = self.output.read().decode(errors="replace").splitlines()
        said = next(filter(None, map(one_line, reversed(lines))), "")
        return f" ({said})" if said else ""


def with_core_s(timeout_s: float, waited: float) -> float:
    """Return the seconds of a timeout in which a process had a core, at most half of them.

    The first half isn't observed, and the process may have waited then. More than half would also blame an
    implementation more easily for a timeout on a busy machine than without other processes.

    waited: share of the second half in which it waited for a core.
    """
    return timeout_s * max(0.0, min(0.5, 1 - waited))


def _signal_name(number: int) -> str:
    """Return the name of a signal, such as SIGKILL. Most of the real-time signals have no name."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def start(
    source: Source,
    threads: int,
    home: Home = HERE,
    *,
    bound: bool = False,
    anew: bool = False,
    unhurried: bool = False,
) -> WorkerProcess:
    """Start a worker process for an implementation. It sends the technique once the implementation is loaded.

    home: the package `gradrace` that the process imports, and its interpreter.
    bound: whether each OpenMP thread stays on its own core.
    anew: whether Numba uses no kernel that was compiled before, as for foreign code.
    unhurried: as for `WorkerProcess`.
    """
    ours, theirs = Pipe()
    _limit_waiting(ours)
    output = tempfile.TemporaryFile()  # noqa: SIM115  # the worker closes it
    mark = orphans.new_mark()
    compiled = ExitStack()
    fresh = str(compiled.enter_context(scratch())) if anew or source.is_foreign(home.folder / "gradrace") else ""
    read_end, write_end = os.pipe()
    watched, lifeline = os.fdopen(read_end, "rb"), os.fdopen(write_end, "wb")
    with theirs, watched:
        fds = [theirs.fileno(), watched.fileno()]
        process = subprocess.Popen(
            # -P: the user's current folder may contain an `impls` or a `numpy.py`
            [home.python, "-P", "-m", WORKER, *map(str, fds), source.name, str(source.path)],
            env=environment(threads, home, source.device)
            | {orphans.MARK: mark, FRESH_CACHE: fresh}
            | (EACH_ON_A_CORE if bound else {}),
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # so that Ctrl-C reaches the race alone, and `end` also what the worker started
        )
    limit_cores(process.pid, threads)
    return WorkerProcess(source, process, ours, output, lifeline, mark, compiled, unhurried)


def _limit_waiting(connection: Connection) -> None:
    """Limit the wait for the rest of an answer: after STALLED_S, reading raises BlockingIOError."""
    with socket.socket(fileno=os.dup(connection.fileno())) as end:
        end.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", STALLED_S, 0))


def limit_cores(pid: int, threads: int) -> None:
    """Restrict a newly started process to `threads` cores: JAX's threads obey no other setting."""
    if hasattr(os, "sched_setaffinity") and threads < len(os.sched_getaffinity(0)):
        with suppress(ProcessLookupError):
            os.sched_setaffinity(pid, nearest_cores(threads))


def settle(pid: int, place: int | None, threads: int) -> None:
    """Pin a process's main thread to one of its cores, or unpin it; its other threads stay free.

    place: index of the core, counted cyclically from 0; None unpins the thread.
    """
    if hasattr(os, "sched_setaffinity"):
        cores = sorted(nearest_cores(threads))
        with suppress(ProcessLookupError):
            os.sched_setaffinity(pid, cores if place is None else {cores[place % len(cores)]})


def environment(threads: int, home: Home = HERE, device: str = CPU) -> dict[str, str]:
    """Return the environment of a worker.

    It sets the number of threads of every pool that the worker might start, lets idle pools sleep, and selects the
    device.
    """
    path = os.pathsep.join(filter(None, dict.fromkeys([*home.path, os.environ.get("PYTHONPATH")])))
    return {
        **os.environ,
        "PYTHONPATH": path,
        **dict.fromkeys(THREAD_VARIABLES, str(threads)),
        **SLEEPING_POOLS,
        **ON_DEVICE[device],
    }
