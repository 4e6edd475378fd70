"""Error rates of gates: checks of identical code, and of code that was made slower by a known factor.

    python -m studies.gate.study FILE --slowdown 0,0.1,0.2 --runs 20 --budget 20
    python -m studies.gate.study FILE --slowdown 0,0.1 --runs 10 --budget 60 --impl all
    python -m studies.gate.study FILE --slowdown 0,0.03,0.05 --threshold 0.02 --runs 200
    python -m studies.gate.study FILE --slowdown 0,0.2 --what descent --impl numba_loop
    python -m studies.gate.study FILE --slowdown 0 --at-once --impl numpy_vectorized,numpy_columns,numba_loop
    python -m studies.gate.study FILE --slowdown 0,0.1,0.2 --runs 20 --gate pytest-benchmark,asv
    python -m studies.gate.figure FILE

Each check appends a line of JSON to FILE, so that an interrupted study can be resumed. Unlike real checks, which
compile anew, those of a study share the compiled code of both sides.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import cache, partial
from itertools import product
from pathlib import Path
from time import perf_counter
from typing import Annotated, Literal, TypeAlias

import msgspec
import typer
from msgspec import Struct

from gradrace import options
from gradrace.bench.gate.check import Request, check_sides
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.findings import Finding
from gradrace.bench.results import UnusableInput
from gradrace.bench.scratch import scratch
from gradrace.bench.text import known
from gradrace.impls.discovery import Source, Unavailable, load, sources
from studies.gate import usual_gates
from studies.gate.slowed import FUNCTIONS, sides

Answer: TypeAlias = Literal["passed", "failed", "unknown"]

GRADRACE = "gradrace"
THRESHOLD = 0.05

BUSY_HALF_OF_THE_TIME = """
import time
while True:
    start = time.perf_counter()
    while time.perf_counter() < start + 0.05:
        pass
    time.sleep(0.05)
"""


class Said(Struct, frozen=True, kw_only=True):
    """Result of a gate.

    Attributes:
        alarms: Whether each of its rules raised an alarm.
        ratios: NEW / OLD of each pair of processes, by cell.
        answer: Answer of gradrace's check; None of other gates and of earlier studies.
        reasons: What it says of each finding that fails the check.
    """

    alarms: dict[str, bool]
    ratios: dict[str, list[float]] = {}
    answer: Answer | None = None
    reasons: list[str] = []


class Asked(Struct, frozen=True, kw_only=True):
    """Conditions of a check.

    Attributes:
        gate: Name of the gate.
        impl: Name of the implementation; several by commas, if they are checked at once.
        slowdown: Slowdown of NEW, 0.1 for 10 %.
        load: Whether another process kept a core busy half of the time.
        budget_s: Budget in seconds of gradrace's checks; other gates have none.
        threshold: Slowdown that passes, 0.05 for 5 %.
        what: What is slower: gradient, descent or prepare.
    """

    gate: str
    impl: str
    slowdown: float
    load: bool
    budget_s: float | None
    threshold: float = THRESHOLD
    what: str = "gradient"


class Trial(Struct, frozen=True, kw_only=True):
    """One check.

    Attributes:
        asked: Its conditions.
        said: Its result.
        seconds: Its duration in seconds.
        load_average: Load average of the machine over the minute before its end; None of earlier studies.
    """

    asked: Asked
    said: Said
    seconds: float
    load_average: float | None = None


Gate: TypeAlias = Callable[[Side, Side, int], Said]
"""Function that compares OLD with NEW; the number of the run is its seed."""


def read(file: Path) -> list[Trial]:
    """Return the checks so far, without a truncated last line. Raises UnusableInput if another line is invalid."""
    lines = file.read_bytes().splitlines(keepends=True) if file.exists() else []
    try:
        return [msgspec.json.decode(line, type=Trial) for line in lines if line.endswith(b"\n")]
    except msgspec.DecodeError as error:
        raise UnusableInput(f"{file}: not a study ({error}); name another file") from error


def append(file: Path, trial: Trial) -> None:
    """Append a line to the file, after removing a truncated last line."""
    if file.exists():
        whole, end, _cut = file.read_bytes().rpartition(b"\n")
        file.write_bytes(whole + end)
    with file.open("ab") as stream:
        stream.write(msgspec.json.encode(trial) + b"\n")


def main(
    file: Annotated[Path, typer.Argument(help="JSON lines; those there are count.")],
    slowdown: Annotated[str, typer.Option(help="Of NEW: 0 for identical code, 0.1 for 10 %; several by commas.")] = "0",
    runs: Annotated[int, typer.Option(min=1, help="Checks of each slowdown, those in FILE included.")] = 20,
    gate: Annotated[str, typer.Option(help="gradrace, pytest-benchmark, asv; several by commas.")] = "gradrace",
    impl: Annotated[
        str, typer.Option(help="Implementations, several by commas; all: those that can run.")
    ] = "numba_fused",
    budget: Annotated[float, typer.Option(help="Seconds of each of gradrace's checks.")] = 120.0,
    load: Annotated[bool, typer.Option("--load", help="Another process keeps one core busy half of the time.")] = False,
    threshold: Annotated[float, typer.Option(help="Slowdown that passes, 0.05 for 5 %.")] = THRESHOLD,
    what: Annotated[str, typer.Option(help="What is slower: gradient, descent or prepare.")] = "gradient",
    at_once: Annotated[bool, typer.Option("--at-once", help="Check all implementations in one check.")] = False,
) -> None:
    """Run the missing checks, alternating between implementations, slowdowns and gates."""
    slowdowns = [options.number("--slowdown", word) for word in slowdown.split(",")]
    known("--what", what, list(FUNCTIONS))
    if gate != GRADRACE and (what != "gradient" or at_once):
        raise UnusableInput(
            f"--gate {gate}: only gradrace takes --what and --at-once; leave --gate out or use {GRADRACE}"
        )
    impls = options.names(impl) or [source.name for source in sources() if can_run(source)]
    impls = [",".join(impls)] if at_once else impls
    with scratch() as here, loaded(load):
        compared = cache(lambda name, value: sides(here / f"{name}-{value}", name.split(","), value, what))
        for run, name, value, kind in product(range(runs), impls, slowdowns, gate.split(",")):
            asked = Asked(
                gate=kind,
                impl=name,
                slowdown=value,
                load=load,
                budget_s=budget if kind == GRADRACE else None,
                threshold=threshold,
                what=what,
            )
            ask = gate_named(kind, name, budget, threshold)
            if sum(trial.asked == asked for trial in read(file)) > run:
                continue
            trial = timed(asked, partial(ask, *compared(name, value), run))
            append(file, trial)
            print(f"{kind} {name} {value:g} {run + 1}: {told(trial)} in {trial.seconds:.0f} s", flush=True)


def can_run(source: Source) -> bool:
    """Return whether an implementation can be loaded here: its packages are installed, and it has its GPU."""
    with suppress(Unavailable):
        return load(source) is not None
    return False


def told(trial: Trial) -> str:
    """Return the result of a check as text: gradrace's answer, or the rules of another gate that raised an alarm."""
    alarms = [rule for rule, alarm in trial.said.alarms.items() if alarm]
    return trial.said.answer or ", ".join(alarms) or "no alarm"


def timed(asked: Asked, ask: Callable[[], Said]) -> Trial:
    """Run one check, and return it with its duration."""
    started_s = perf_counter()
    said = ask()
    seconds, load_average = round(perf_counter() - started_s, 1), round(os.getloadavg()[0], 1)
    return Trial(asked=asked, said=said, seconds=seconds, load_average=load_average)


def gate_named(name: str, impl: str, budget_s: float, threshold: float = THRESHOLD) -> Gate:
    """Return the gate for one implementation, or gradrace's for several by commas, in the cells of a check."""
    threads = options.threads(None)
    cells = options.checked_cells("", "", "float64", threads)

    def ours(old: Side, new: Side, seed: int) -> Said:
        request = Request("", cells, threshold, budget_s, threads, seed, names=impl.split(","))
        report = check_sides(old, new, request, lambda *_: None)
        ratios = {
            place(found, several="," in impl): [round(ratio, 4) for ratio in found.pairs]
            for found in report.findings
            if found.pairs
        }
        reasons = [f"{place(found)}: {found.outcome}: {found.reason or found.ratio}" for found in report.alarms]
        return Said(alarms={"exact test": bool(report.alarms)}, ratios=ratios, answer=report.answer, reasons=reasons)

    def usual(gate: Callable[..., dict[str, bool]]) -> Gate:
        return lambda old, new, _: Said(alarms=gate(old, new, impl, cells, threshold))

    gates = {
        GRADRACE: ours,
        "pytest-benchmark": usual(usual_gates.pytest_benchmark),
        "asv": usual(usual_gates.asv),
    }
    return gates[known("--gate", name, list(gates))]


def place(found: Finding, *, several: bool = False) -> str:
    """Return what a finding is of: 1000 × 100, "descent" after it, and the implementation before it if several are."""
    words = [found.impl] if several else []
    return " ".join([*words, f"{found.cell.m} × {found.cell.n_x}", *(["descent"] if found.steps else [])])


@contextmanager
def loaded(load: bool) -> Iterator[subprocess.Popen[bytes] | None]:
    """Run another process that keeps one core busy half of the time, if `load` is set."""
    if not load:
        yield None
        return
    with subprocess.Popen([sys.executable, "-c", BUSY_HALF_OF_THE_TIME]) as process:
        try:
            yield process
        finally:
            process.kill()


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))  # so that child processes are ended too
    try:
        typer.run(main)
    except UnusableInput as reason:
        sys.exit(str(reason))
