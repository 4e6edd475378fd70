"""The oracle in a process of its own: as a thread it would slow down the judge, and make implementations wait."""

from __future__ import annotations

import os
import subprocess
import sys
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, suppress
from multiprocessing import Pipe
from multiprocessing.connection import Connection
from queue import SimpleQueue
from typing import Any

from gradrace.bench.machine.available import cores
from gradrace.bench.results import UnusableInput
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.verification.scenes.truth import Right, right_results
from gradrace.bench.workers.process import environment
from gradrace.bench.workers.worker import end_with


class OracleProcess:
    """A process that computes right results, one after the other. Both ends are our own code: results are pickled."""

    def __init__(self) -> None:
        self._connection, theirs = Pipe()
        watched, self._lifeline = os.pipe()
        fds = [theirs.fileno(), watched]
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, *map(str, fds)],
            env=environment(cores()),
            pass_fds=fds,
            stdin=subprocess.DEVNULL,
            start_new_session=True,  # Ctrl-C reaches the command alone
        )
        theirs.close()
        os.close(watched)

    @property
    def pid(self) -> int:
        """Return the process's id."""
        return self._process.pid

    def right(self, exercise: Exercise) -> Right:
        """Return the references of a problem, or the truth of a scene.

        Raises UnusableInput if there is no finite gradient, or if the process was ended.
        """
        try:
            self._connection.send(exercise)
            reply = self._connection.recv()
        except (EOFError, OSError) as error:
            status = self._process.wait()
            raise UnusableInput(
                f"the process that computes the right results ended with status {status}: is there enough memory?"
            ) from error
        if isinstance(reply, UnusableInput):
            raise reply
        right: Right = reply
        return right

    def close(self) -> None:
        """End the process, whatever it computes."""
        self._process.kill()
        self._process.wait()
        self._connection.close()
        os.close(self._lifeline)


class Oracles(ExitStack):
    """Several such processes, each of which computes the next result that is wanted; or none, for few results.

    Starting a process takes 0.7 s, as much as computing the results of some twenty exercises.
    """

    def __init__(self, count: int) -> None:
        super().__init__()
        self._asking = self.enter_context(ThreadPoolExecutor(max(1, count)))
        self._idle: SimpleQueue[OracleProcess] = SimpleQueue()
        for _ in range(count):
            self._idle.put(self.enter_context(closing(OracleProcess())))
        self._answer = self._ask if count else right_results

    def right(self, exercise: Exercise) -> Future[Right]:
        """Return the right results, when they are there, see `OracleProcess.right`."""
        return self._asking.submit(self._answer, exercise)

    def _ask(self, exercise: Exercise) -> Right:
        process = self._idle.get()
        try:
            return process.right(exercise)
        finally:
            self._idle.put(process)


def serve(connection: Connection) -> None:
    """Answer with the right results of one exercise after another, until the pipe closes."""
    while True:
        exercise = connection.recv()
        reply: Any
        try:
            reply = right_results(exercise)
        except UnusableInput as error:
            reply = error
        connection.send(reply)


if __name__ == "__main__":
    pipe, lifeline = map(int, sys.argv[1:])
    end_with(lifeline)
    with suppress(EOFError, ConnectionError):
        serve(Connection(pipe))
