"""Runs that are interrupted at random moments: finished cells are kept, no process is left, --resume completes them.

`python -m tests.faults.interruptions --times 200` prints a line for each kind of signal, and exits 1 if anything was
lost, lived on, or ended in a traceback.
"""

from __future__ import annotations

import os
import random
import re
import shlex
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated

import psutil
import typer

from gradrace.bench.paths import ROOT
from gradrace.bench.race.resume import missing
from gradrace.bench.race.sizes import cells
from gradrace.bench.results import Measurement
from gradrace.bench.results_file import read

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGKILL)
SIZES = (10, 40), (3, 60)
WORDS = ["--m", "10,40", "--nx", "3,60", "--impl", "numpy_vectorized,numpy_columns", "--budget", "30", "--threads", "1"]
CELLS = cells([(m, n_x) for m in SIZES[0] for n_x in SIZES[1]], ["float64"], threads=1)
MARK = "GRADRACE_INTERRUPTED"
"""Environment variable that marks the processes of a run, so that orphans are found."""

EXPECTED = {
    signal.SIGINT: {0, 130, -signal.SIGINT},
    signal.SIGTERM: {0, 143, -signal.SIGTERM},
    signal.SIGKILL: {0, -signal.SIGKILL},
}
"""Possible exit statuses; 0 if the run had ended before.

SIGINT within an `exec`, which dataclasses use, kills CPython at its end. SIGTERM kills it before a program has begun,
or after it has ended. A shell reports both as 130 and 143.
"""

LAST_BREATH_S = 20.0


@dataclass(frozen=True)
class Trial:
    """One interruption. finished: cells that were on disk. faults: what went wrong, in words."""

    signum: signal.Signals
    after_s: float
    finished: int
    faults: tuple[str, ...]


def interrupted(signum: signal.Signals, after_s: float, scratch: Path) -> Trial:
    """Start a run in an empty folder, interrupt it so many seconds later, look, resume it, and look again."""
    mark = f"{os.getpid()}-{scratch.name}"
    environment = {**os.environ, MARK: mark, "TMPDIR": str(scratch)}
    out = scratch / "out"
    run = subprocess.Popen(_command(out), env=environment, cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    time.sleep(after_s)
    run.send_signal(signum)
    said = run.communicate(timeout=LAST_BREATH_S)[1].decode(errors="replace")
    faults = [*_alive(mark), *_said(signum, run.returncode, said)]
    before = _measured(out)
    advised = re.search(r"resume with: gradrace (.*)", said)
    again = [*_command(out)[:3], *shlex.split(advised[1])] if advised else [*_command(out), "--resume"]
    faults += [] if advised or not before or "interrupted" not in said else ["no command was offered that resumes"]
    resumed = subprocess.run(again, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    faults += [f"--resume ended with {resumed.returncode}: {resumed.stderr[-200:]}"] if resumed.returncode else []
    faults += [*_alive(mark)]
    after = _measured(out)
    faults += [f"{one.impl} at {one.cell} was lost" for one in before if one not in after]
    faults += [f"{cell} is missing" for cell in (missing(CELLS, read(out / "results.json")) if after else CELLS)]
    most = 1 if signum == signal.SIGKILL else 0
    left = [path.name for path in scratch.iterdir() if path != out]
    faults += [f"left behind: {name}" for name in left[most:]]
    return Trial(signum, after_s, len({one.cell for one in before}), tuple(faults))


def _command(out: Path) -> list[str]:
    return [sys.executable, "-m", "gradrace", "run", *WORDS, "--out", str(out)]


def _measured(out: Path) -> list[Measurement]:
    """Return the measurements on disk; none without a file."""
    file = out / "results.json"
    return read(file).measurements if file.exists() else []


def _said(signum: signal.Signals, status: int, said: str) -> Iterator[str]:
    if status not in EXPECTED[signum]:
        yield f"exit status {status}: {said[-200:]}"
    if "Traceback" in said:
        yield f"traceback: {said[-500:]}"


def _alive(mark: str) -> Iterator[str]:
    """Yield the processes of the run that are still alive after a pause."""
    _, alive = psutil.wait_procs([process for process in psutil.process_iter() if _marked(process, mark)], 5.0)
    for process in alive:
        yield f"lives on: {process.pid} {process.name()}"


def _marked(process: psutil.Process, mark: str) -> bool:
    try:
        return process.pid != os.getpid() and process.environ().get(MARK) == mark
    except psutil.Error:
        return False


def main(
    times: Annotated[int, typer.Option(min=1, help="Interruptions, the signals by turns.")] = 200,
    longest: Annotated[float, typer.Option(help="Seconds after which it is too late: about what a run takes.")] = 12.0,
    seed: Annotated[int, typer.Option(help="Of the moments.")] = 0,
) -> None:
    """Interrupt runs at random moments."""
    rng = random.Random(seed)
    tried: Counter[str] = Counter()
    midway: Counter[str] = Counter()
    faults = 0
    for number in range(times):
        signum = SIGNALS[number % len(SIGNALS)]
        with TemporaryDirectory(prefix="interrupted-") as scratch:
            trial = interrupted(signum, rng.uniform(0, longest), Path(scratch))
        tried[signum.name] += 1
        midway[signum.name] += 0 < trial.finished < len(CELLS)
        faults += len(trial.faults)
        print(f"{number + 1}: {signum.name} after {trial.after_s:.2f} s, {trial.finished} cells kept", flush=True)
        for fault in trial.faults:
            print(f"{signum.name} after {trial.after_s:.2f} s: {fault}", flush=True)
    for name, count in tried.items():
        print(f"{name}: {count} interruptions, {midway[name]} of them with some cells finished and others not")
    print(f"{faults} faults in {times} interruptions")
    raise typer.Exit(bool(faults))


if __name__ == "__main__":
    typer.run(main)
