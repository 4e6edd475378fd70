"""One process, one implementation: load it and run the race's requests, one at a time.

`process.start` starts it as `python -m gradrace.bench.workers FD LIFELINE NAME PATH`, with the thread variables set
before anything is imported. FD is its end of a pipe. When LIFELINE closes, it is killed. Standard output and error
belong to the implementation, and are kept to explain a crash.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import threading
import traceback
from contextlib import suppress
from multiprocessing.connection import Connection
from pathlib import Path

from gradrace.bench.text import one_line
from gradrace.bench.verification.judge import raised
from gradrace.bench.workers import channel
from gradrace.bench.workers.task import Task, run
from gradrace.impls.discovery import Source, Unavailable, load, missing_package


def serve(connection: Connection, source: Source) -> None:
    """Load the implementation, then run one operation after another until the race closes the pipe."""
    implementation = load(source)
    channel.send(connection, channel.returned(implementation.technique))
    task, own = Task(implementation), os.getpid()
    while True:
        call = channel.receive_call(connection)
        try:
            reply: channel.Reply = channel.returned(run(task, call.operation, call.arguments))
        except BaseException as error:  # an implementation may raise anything; the race reports it and continues
            with suppress(Exception):  # it may have closed standard error
                traceback.print_exc()
            missing = missing_package(error)
            reply = channel.Failed(missing or raised(error), missing is not None)
        if os.getpid() != own:
            os._exit(0)  # a copy that the implementation forked, and let return: only one may answer
        channel.send(connection, reply)


def end_with(lifeline: int) -> None:
    """Kill this process and its children when the race's end of the pipe closes.

    On Linux the kernel sends the signal: a kernel of Numba's that never returns would let no thread of Python run.
    Source: fcntl(2), F_SETSIG; pipe(7), a signal is sent when the other end is closed.
    """
    if hasattr(fcntl, "F_SETSIG"):
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, fcntl.F_SETSIG, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, os.O_ASYNC)
        if not select.select([lifeline], [], [], 0)[0]:
            return  # it was not closed before: no signal was missed
    threading.Thread(target=_kill_at_end, args=(lifeline,), daemon=True).start()


def _kill_at_end(lifeline: int) -> None:
    os.read(lifeline, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def main() -> None:
    """Serve the implementation that the command line names."""
    fd, lifeline, name, path = sys.argv[1:]
    connection = Connection(int(fd))
    end_with(int(lifeline))
    try:
        serve(connection, Source(name, Path(path)))
    except Unavailable as reason:
        channel.send(connection, channel.Failed(one_line(str(reason)), reason.missing))
    except (EOFError, ConnectionError):
        return  # the race has ended or died
