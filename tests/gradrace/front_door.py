"""The command line for tests: called in this process, or in a separate one as a user calls it.

A call in this process costs a tenth of one that imports everything again. `process` is for behaviour that needs a
separate process: signals, limits, another checkout, and output of libraries. `test_processes.py` tests that both give
the same answers.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from io import BytesIO, TextIOWrapper
from pathlib import Path
from subprocess import CompletedProcess
from unittest.mock import patch

import pytest

import gradrace.__main__ as front_door
from gradrace.bench.paths import ROOT

PROGRAM = [sys.executable, "-P", "-m", "gradrace"]
NARROW = {"COLUMNS": "80"}
STOPPING = (signal.SIGTERM, signal.SIGHUP, signal.SIGINT)

needs_checkout = pytest.mark.skipif(
    not (ROOT / ".git").exists(), reason="needs a checkout: an sdist has no history, and copies in place of links"
)


def process(*words: str | Path, cwd: Path | None = None, root: Path = ROOT, **variables: str) -> CompletedProcess[str]:
    """Run `gradrace` of a checkout in a separate process."""
    environment = {**os.environ, **NARROW, "PYTHONPATH": str(root), **variables}
    command = [*PROGRAM, *map(str, words)]
    return subprocess.run(command, cwd=cwd, env=environment, capture_output=True, text=True, check=False, timeout=300)


def gradrace(*words: str | Path, cwd: Path | None = None, **variables: str) -> CompletedProcess[str]:
    """Run `gradrace` in this process. An exception that isn't caught there is raised."""
    out, err = (TextIOWrapper(BytesIO(), encoding="utf-8") for _ in range(2))
    with _as_in_a_process(words, cwd or Path.cwd(), variables), redirect_stdout(out), redirect_stderr(err):
        try:
            front_door.main()
            status = 0
        except SystemExit as ended:
            status = int(ended.code or 0)
    return CompletedProcess(words, status, _text(out), _text(err))


@contextmanager
def _as_in_a_process(words: tuple[str | Path, ...], cwd: Path, variables: dict[str, str]) -> Iterator[None]:
    """Set the arguments, folder, environment and main module of a process, and restore all afterwards."""
    handlers = {number: signal.getsignal(number) for number in STOPPING}
    with patch.dict(os.environ, NARROW | variables), pytest.MonkeyPatch.context() as changed:
        changed.setattr(sys, "argv", [str(front_door.__file__), *map(str, words)])
        changed.setitem(sys.modules, "__main__", front_door)
        changed.chdir(cwd)
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)


def _text(stream: TextIOWrapper) -> str:
    stream.flush()
    stream.seek(0)
    return stream.read()


def refused(told: CompletedProcess[str], cause: str) -> None:
    """Assert that stderr has one line with the cause, and that the exit status is 2."""
    assert told.returncode == 2, told.stderr
    lines = [line for line in told.stderr.splitlines() if not line.startswith("warning: ")]  # of the machine
    assert len(lines) == 1
    assert lines[0].startswith("gradrace: ")
    assert cause in lines[0]
