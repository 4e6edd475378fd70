"""One process, one implementation: loads it and does what the race asks, one request at a time.

Started by `process.start` as `python -m gradrace.bench.workers.worker FD LIFELINE NAME PATH`, its thread variables
set before anything is imported. FD is its end of a pipe, LIFELINE what it doesn't outlive; standard output and error
are the implementation's own, kept for the post-mortem.
"""

from __future__ import annotations

import fcntl
import os
import select
import signal
import sys
import threading
import time
import traceback
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

import numpy as np

from gradrace.bench import problems, stepping, timing
from gradrace.bench.machine import memory
from gradrace.bench.text import one_line
from gradrace.bench.verification import judge
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.workers import messages
from gradrace.bench.workers.messages import Reply, Request
from gradrace.impls.discovery import Source, Unavailable, load
from gradrace.impls.interface import Implementation

CLOCK = time.perf_counter_ns

LEAST_SAMPLE_S = timing.RESOLUTIONS_PER_SAMPLE * timing.resolution_ns(CLOCK) * 1e-9

MOST_FACTS, MOST_LETTERS, LARGEST = 8, 80, 2**53
"""What an implementation may tell of itself."""

TRIALS, LONG_S = 3, 0.002
"""Trials of a thing that an interruption may disturb; one is enough for a call so long that no interruption counts."""


class Server:
    """The implementation, and the case that it has prepared."""

    def __init__(self, implementation: Implementation[Any, Any, Any]) -> None:
        self.implementation = implementation
        self.call: Callable[[], Any] | None = None
        self.last: Any = None
        self.case: Any = None
        self.reached: Any = None

    def answer(self, request: Request) -> Reply:
        """Do what is asked."""
        match request:
            case messages.Prepare(folder):
                return self.prepare(Path(folder))
            case messages.Compute(elsewhere):
                return self.compute_elsewhere() if elsewhere else self.compute()
            case messages.Calibrate(least_s):
                return self.calibrate(max(least_s, LEAST_SAMPLE_S))
            case messages.Sample(calls):
                call_s, self.last = timing.sample(self.prepared, calls, CLOCK)
                return messages.Sampled(call_s)
            case messages.Descend(alpha, steps):
                return self.descend(alpha, steps)
            case messages.Advance(alpha, steps):
                return self.advance(alpha, steps)
            case messages.Observe(exercise):
                return self.observe(exercise)
            case messages.BeLate():
                return messages.Late(self.late_s())
            case messages.Last():
                return self.computed(call_s=0.0)
            case messages.Forget():
                facts = self.facts()
                self.let_go()
                return messages.Forgotten(memory.peak_rss_bytes(), facts)

    @property
    def prepared(self) -> Callable[[], Any]:
        """The timed call on the prepared case."""
        if self.call is None:
            raise RuntimeError("asked to compute before a case was prepared")
        return self.call

    def facts(self) -> dict[str, str | int]:
        """What the implementation tells of what it made of the case, cut short; revisions of old tell nothing."""
        tell = getattr(self.implementation, "facts", None)
        told = {} if tell is None or self.case is None else tell(self.case[0])
        return {one_line(str(name))[:MOST_LETTERS]: _fact(value) for name, value in [*told.items()][:MOST_FACTS]}

    def let_go(self) -> None:
        """Of the case, and of all that was made of it."""
        self.call = self.last = self.case = self.reached = None

    def prepare(self, folder: Path) -> Reply:
        """Load the case and prepare it; only the latter is timed."""
        self.let_go()  # the previous case must not stand beside this one in memory
        memory.reset_peak()
        case = problems.load(folder)
        implementation = self.implementation
        w, b = implementation.native(case.w, case.b)
        prepare_s, data = timing.timed(lambda: implementation.prepare(case.problem), CLOCK)
        self.call = partial(implementation.gradient, data, w, b)
        self.case = (data, case.w, case.b)
        self.reached = (np.zeros_like(case.w), np.zeros_like(case.b)[()])
        return messages.Prepared(prepare_s)

    def calibrate(self, least_s: float) -> Reply:
        """How many calls make a sample, and how many cores they keep busy."""
        cpu_s = time.process_time()
        elapsed_s, (calls, call_s) = timing.timed(lambda: timing.calibrate(self.prepared, CLOCK, least_s), CLOCK)
        return messages.Calibrated(calls, call_s, (time.process_time() - cpu_s) / elapsed_s)

    def compute(self) -> Reply:
        """One timed call."""
        call_s, self.last = timing.timed(self.prepared, CLOCK)
        return self.computed(call_s)

    def compute_elsewhere(self) -> Reply:
        """One call at another point, by way of which `last` stays what it was."""
        data, w, b = self.case
        first = messages.pack(self.implementation.read(*self.last))
        native = self.implementation.native(*judge.another_point(w, b))
        call_s, result = timing.timed(lambda: self.implementation.gradient(data, *native), CLOCK)
        computed = messages.Computed(call_s, messages.pack(self.implementation.read(*result)))
        if messages.pack(self.implementation.read(*self.last)) != first:
            raise RuntimeError("a later call changes what an earlier one returned")
        return computed

    def late_s(self) -> float:
        """How much longer it takes to read a result at once than one that was given time: the least of a few each."""
        at_once_s, given_time_s = [], []
        for _ in range(TRIALS):
            _, result = timing.timed(self.prepared, CLOCK)
            at_once_s.append(timing.timed(partial(self.implementation.read, *result), CLOCK)[0])
            call_s, result = timing.timed(self.prepared, CLOCK)
            time.sleep(max(LONG_S, call_s))
            given_time_s.append(timing.timed(partial(self.implementation.read, *result), CLOCK)[0])
            if call_s > LONG_S:
                break
        return min(at_once_s) - min(given_time_s)

    def descend(self, alpha: float, steps: int) -> Reply:
        """A descent on the prepared case."""
        data, w, b = self.case
        seconds, (w, b) = timing.timed(lambda: stepping.steps(self.implementation, data, w, b, alpha, steps), CLOCK)
        return messages.Descended(seconds / steps, np.asarray(w).tobytes(), float(b))

    def advance(self, alpha: float, steps: int) -> Reply:
        """A part of a descent from zeros, and the cost that it has reached; only the steps are timed."""
        (data, _, _), (w, b) = self.case, self.reached
        seconds = 0.0
        with np.errstate(over="ignore", invalid="ignore"):  # where numbers overflow, the cost says so
            if steps:
                take = partial(stepping.steps, self.implementation, data, w, b, alpha, steps)
                seconds, (w, b) = timing.timed(take, CLOCK)
            J = stepping.cost(self.implementation, data, w, b)
        if w.dtype != self.case[1].dtype or w.shape != self.case[1].shape:
            raise TypeError(f"its descent returns w of {w.dtype} and shape {w.shape}")
        self.reached = (w, b)
        return messages.Advanced(seconds, J, w.tobytes(), float(b))

    def observe(self, exercise: Exercise) -> Reply:
        """Three calls on a case of their own."""
        case = exercise.case()
        seconds, observation = timing.timed(lambda: judge.observe(self.implementation, case), CLOCK)
        return messages.Observed(seconds, [*map(messages.pack, observation.gradients)], [*observation.harm])

    def computed(self, call_s: float) -> Reply:
        """The last gradient, in NumPy's types."""
        return messages.Computed(call_s, messages.pack(self.implementation.read(*self.last)))


def serve(connection: Connection, source: Source) -> None:
    """Load the implementation, then answer until the race has gone."""
    implementation = load(source)
    messages.send(connection, messages.Ready(implementation.technique))
    server, own = Server(implementation), os.getpid()
    while True:
        request = messages.receive_request(connection)
        try:
            reply = server.answer(request)
        except BaseException as error:  # an implementation may raise anything; the race reports it and goes on
            with suppress(Exception):  # it may have closed standard error
                traceback.print_exc()
            reply = messages.Failed(_one_line(error))
        if os.getpid() != own:
            os._exit(0)  # a copy that the implementation forked, and let return: only one may answer
        messages.send(connection, reply)


def end_with(lifeline: int) -> None:
    """Have this process, and what it started, killed once nobody holds the pipe's other end: the race was killed.

    By the kernel where it can (Linux): a kernel of Numba's that never returns would let no thread of Python run.
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
        messages.send(connection, messages.Failed(one_line(str(reason)), reason.missing))
    except (EOFError, ConnectionError):
        return  # the race is over, or has died


def _fact(value: object) -> str | int:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) < LARGEST:
        return value
    return one_line(str(value))[:MOST_LETTERS]


def _one_line(error: BaseException) -> str:
    kind = type(error).__name__
    try:
        text = one_line(str(error))
    except Exception:  # what it raised can't say what it is
        text = ""
    return one_line(f"{kind}: {text}" if text else kind)


if __name__ == "__main__":
    main()
