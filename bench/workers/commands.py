"""Programs of others, such as pip, that run within a time limit and leave no process behind."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping, Sequence
from tempfile import TemporaryFile

from gradrace.bench.workers import orphans


def completed(
    command: Sequence[str], timeout_s: float, environment: Mapping[str, str] = os.environ
) -> subprocess.CompletedProcess[bytes]:
    """Run a command without input, and return its result; afterwards, end it and all processes that it started.

    It leads its own process group, so that Ctrl-C reaches the caller alone, which then ends it. It writes to files: a
    process that it started could hold a pipe open.

    Raises:
        subprocess.TimeoutExpired: If it takes longer.
    """
    mark = orphans.new_mark()
    with TemporaryFile() as output, TemporaryFile() as errors:
        process = subprocess.Popen(
            command,
            env={**environment, orphans.MARK: mark},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        try:
            status = process.wait(max(0.0, timeout_s))
        finally:
            orphans.end(process.pid, mark)
            process.wait()
        output.seek(0)
        errors.seek(0)
        return subprocess.CompletedProcess(command, status, output.read(), errors.read())
