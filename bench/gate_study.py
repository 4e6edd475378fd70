"""The gate measured itself: checks of identical code, and of code that was made slower by a known factor.

    python -m bench.gate_study FILE --slowdown 0,0.1,0.2 --runs 20 --budget 20
    python -m reports.gate_study FILE

Each check is a line of JSON that is appended to FILE as soon as it is done: an interrupted study goes on where it was.
What both sides compile is kept from one check to the next, which real checks compile anew.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from time import perf_counter
from typing import Annotated

import msgspec
import typer
from msgspec import Struct

from bench import options
from bench.check import Request, check_sides
from bench.environment import ROOT
from bench.findings import Finding
from bench.sides import Side

BUSY_HALF_OF_THE_TIME = """
import time
while True:
    start = time.perf_counter()
    while time.perf_counter() < start + 0.05:
        pass
    time.sleep(0.05)
"""

SLOWED = '''"""{impl}, made slower by a known factor: it waits for a share of the time that each call took."""

from dataclasses import replace
from time import perf_counter_ns

from impls import _unslowed

LEAST_NS = 20_000
"""Waits are saved up to this, so that the clock's own 60 ns don't count."""

owed_ns = 0.0


def gradient(*arguments):
    global owed_ns
    start = perf_counter_ns()
    result = _unslowed.IMPLEMENTATION.gradient(*arguments)
    end = perf_counter_ns()
    owed_ns += {slowdown} * (end - start)
    if owed_ns > LEAST_NS:
        while perf_counter_ns() < end + owed_ns:
            pass
        owed_ns = 0.0
    return result


IMPLEMENTATION = replace(_unslowed.IMPLEMENTATION, gradient=gradient)
'''


class Trial(Struct, frozen=True, kw_only=True):
    """One check. slowdown: of NEW, 0.1 for 10 %. load: whether another process kept a core busy half of the time."""

    slowdown: float
    load: bool
    budget_s: float
    seconds: float
    findings: list[Finding]

    @property
    def alarmed(self) -> bool:
        """Whether it failed."""
        return any(finding.alarms for finding in self.findings)


def read(file: Path) -> list[Trial]:
    """The checks so far. Raises msgspec.DecodeError if a line is something else."""
    if not file.exists():
        return []
    return [msgspec.json.decode(line, type=Trial) for line in file.read_bytes().splitlines()]


def main(
    file: Annotated[Path, typer.Argument(help="JSON lines; those there are count.")],
    slowdown: Annotated[str, typer.Option(help="Of NEW: 0 for identical code, 0.1 for 10 %; several by commas.")] = "0",
    runs: Annotated[int, typer.Option(min=1, help="Checks of each slowdown, those in FILE included.")] = 20,
    impl: Annotated[str, typer.Option(help="The implementation.")] = "numba_fused",
    budget: Annotated[float, typer.Option(help="Seconds of each check.")] = 120.0,
    load: Annotated[bool, typer.Option("--load", help="Another process keeps one core busy half of the time.")] = False,
) -> None:
    """Run the checks that are missing, the slowdowns by turns."""
    slowdowns = [float(word) for word in slowdown.split(",")]
    with TemporaryDirectory(prefix="gradrace-study-") as scratch, loaded(load):
        pairs = {value: sides(Path(scratch) / f"{number}", impl, value) for number, value in enumerate(slowdowns)}
        for run in range(runs):
            for value, (old, new) in pairs.items():
                key = (value, load, budget)
                done = sum((trial.slowdown, trial.load, trial.budget_s) == key for trial in read(file))
                if done > run:
                    continue
                trial = one(old, new, impl, value, budget, load=load, seed=run)
                with file.open("ab") as stream:
                    stream.write(msgspec.json.encode(trial) + b"\n")
                told = ", ".join(f"{f.cell.m} × {f.cell.n_x} {f.outcome} {f.ratio or 0:.3f}" for f in trial.findings)
                print(f"{value:g} {run + 1}: {'ALARM' if trial.alarmed else 'passed'} in {trial.seconds:.0f} s: {told}")


def one(old: Side, new: Side, impl: str, slowdown: float, budget_s: float, *, load: bool, seed: int) -> Trial:
    """One check of the two sides."""
    threads = options.threads(None)
    cells = options.checked_cells("", "", "float64", threads)
    request = Request("", cells, 0.05, budget_s, threads, seed, names=[impl])
    started_s = perf_counter()
    report = check_sides(old, new, request, lambda _: None)
    seconds = perf_counter() - started_s
    return Trial(slowdown=slowdown, load=load, budget_s=budget_s, seconds=seconds, findings=report.findings)


def sides(folder: Path, impl: str, slowdown: float) -> tuple[Side, Side]:
    """This checkout's implementations twice, both in the same wrapping, NEW slower by the factor."""
    made = []
    for name, factor in (("OLD", 0.0), ("NEW", slowdown)):
        side = Side(name, folder / name)
        side.folder.mkdir(parents=True)
        shutil.copytree(ROOT / "impls", side.impls, ignore=shutil.ignore_patterns("__pycache__"))
        if slowdown:
            (side.impls / f"{impl}.py").rename(side.impls / "_unslowed.py")
            (side.impls / f"{impl}.py").write_text(SLOWED.format(impl=impl, slowdown=factor))
        made.append(side)
    return made[0], made[1]


@contextmanager
def loaded(load: bool) -> Iterator[None]:
    """Another process that keeps one core busy half of the time, if there is to be one."""
    if not load:
        yield
        return
    with subprocess.Popen([sys.executable, "-c", BUSY_HALF_OF_THE_TIME]) as process:
        try:
            yield
        finally:
            process.kill()


if __name__ == "__main__":
    typer.run(main)
