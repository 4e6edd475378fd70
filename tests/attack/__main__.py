"""`python -m tests.attack`: are all wrong implementations rejected, and all right ones accepted?

What `gradrace verify` does is done to every file in both precisions, and `gradrace run` races those whose mistake shows
in a race alone. Each check that ends otherwise than it should is a row. The exit status is 1 if there is such a row.
"""

from __future__ import annotations

import argparse
import os
import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from multiprocessing.connection import Connection
from pathlib import Path
from tempfile import TemporaryDirectory

from threadpoolctl import threadpool_limits

from gradrace.bench import verify
from gradrace.bench.machine.available import cores
from gradrace.bench.paths import ROOT
from gradrace.bench.results import FAULTS, Cell, Dtype
from gradrace.bench.run import Request, run
from gradrace.bench.subjects.subject import MOST_S
from gradrace.bench.verification import judge
from gradrace.bench.verification.hard_problems import Exercise
from gradrace.bench.verification.scenes.play import play
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.scenes.truth import Right, Truth, right_results
from gradrace.impls.discovery import Source, Unavailable, load, sources
from tests.attack.table import NOT_CAUGHT_YET, RACED, RACED_RIGHT, WRONG

DTYPES: tuple[Dtype, ...] = ("float64", "float32")

SIZES = ((10, 10), (50, 10), (1000, 10), (1000, 100), (5000, 100), (20_000, 100))
"""(m, n_x) of the races."""

BUDGET_S = 20.0
"""Seconds for the race of one file, starting its worker and verifying it included."""

LARGE = 50_000
"""Number of entries of X from which on the time of a problem shows the time of an entry, not that of calls."""

PATIENCE_S = 120.0
"""Seconds for all problems of one file."""

Found = dict[Dtype, str | None]
"""The first finding in each precision."""


@dataclass(frozen=True)
class Check:
    """A file in a precision, and what was found there: nothing, if it was taken for right. at: the sizes of a race."""

    is_wrong: bool
    name: str
    dtype: Dtype
    found: str | None
    at: str = ""

    @property
    def is_missed(self) -> bool:
        """Return whether a wrong file was accepted, or a right one rejected."""
        return self.is_wrong == (self.found is None)

    @property
    def is_known(self) -> bool:
        """Return whether it is known that this wrong file is accepted."""
        return self.name in NOT_CAUGHT_YET.get(self.dtype, ())

    def __str__(self) -> str:
        if not self.is_wrong:
            return f"{self.name} ({self.dtype}): right, but {self.found}"
        entry = WRONG[self.name]
        return f"{self.name} ({self.dtype}): {entry.kind}; shown by {getattr(entry, self.dtype)!r}{self.at}"


def main() -> int:
    """Verify, race, print rows and a last line; return the exit status."""
    parser = argparse.ArgumentParser(prog="python -m tests.attack", description=__doc__)
    parser.add_argument("names", nargs="*", help="files of tests/wrong and tests/right; all if none is given")
    parser.add_argument("--no-race", action="store_true", help="leave out `gradrace run`")
    asked = parser.parse_args()
    begun = time.monotonic()
    chosen = [source for source in files() if not asked.names or source.name in asked.names]
    checks = verified([source for source in chosen if source.name not in RACED])
    if not asked.no_race:
        checks += raced([source for source in chosen if source.name in {*RACED, *RACED_RIGHT}])
    for check in checks:
        if check.is_missed:
            print(check, "(known)" if check.is_known else "")
    print(f"{time.monotonic() - begun:.0f} s")
    print(summary(checks))
    return int(any(check.is_missed for check in checks))


def files() -> list[Source]:
    """Return all wrong and right files."""
    return [*sources(ROOT / "tests" / "wrong"), *sources(ROOT / "tests" / "right")]


def summary(checks: Sequence[Check]) -> str:
    """Return the last line."""
    wrong, right = ([check for check in checks if check.is_wrong is is_wrong] for is_wrong in (True, False))
    rejected, accepted = (sum(not check.is_missed for check in some) for some in (wrong, right))
    return f"{rejected} wrong rejected of {len(wrong)}, {accepted} right accepted of {len(right)}"


def verified(chosen: Sequence[Source]) -> list[Check]:
    """Return what is found of each file in each precision in which it is wrong; of right ones in both."""
    trials = [(exercise, right_results(exercise)) for exercise in verify.exercises((), DTYPES, 0)]
    with ThreadPoolExecutor(cores()) as pool:
        found = list(pool.map(lambda source: apart(source, trials), chosen))
    return [
        Check(source.name in WRONG, source.name, dtype, first[dtype])
        for source, first in zip(chosen, found, strict=True)
        for dtype in DTYPES
        if source.name not in WRONG or getattr(WRONG[source.name], dtype)
    ]


def apart(source: Source, trials: Sequence[tuple[Exercise, Right]]) -> Found:
    """Return the findings of a file, in a forked process: it may do harm, and the trials needn't be made again."""
    receiving, sending = get_context("fork").Pipe(duplex=False)
    process = get_context("fork").Process(target=findings, args=(source, trials, sending))
    process.start()
    sending.close()
    try:
        return receiving.recv() if receiving.poll(PATIENCE_S) else dict.fromkeys(DTYPES, "hangs")
    except EOFError:
        return dict.fromkeys(DTYPES, "died")
    finally:
        process.kill()
        process.join()


def findings(source: Source, trials: Sequence[tuple[Exercise, Right]], sending: Connection) -> None:
    """Send the first finding in each precision; as in `gradrace verify`, what would take too long isn't tried."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), 2)
    found: Found = dict.fromkeys(DTYPES)
    entry_s = 0.0
    try:
        implementation = load(source)
        with threadpool_limits(1):
            for exercise, trial in trials:
                size = trial.elements if isinstance(trial, Truth) else trial.case.problem.X.size
                if found[exercise.dtype] is not None or entry_s * size > MOST_S:
                    continue
                begun = time.perf_counter()
                seen: Sequence[str]
                if isinstance(trial, Truth):
                    _, seen = trial.judge(play(implementation, SCENES[exercise.name](exercise.dtype)))
                else:
                    seen = judge.check(implementation, trial).findings
                if seen:
                    found[exercise.dtype] = f"{exercise}: {seen[0]}"
                if size > LARGE and not (isinstance(trial, Truth) and trial.long):
                    entry_s = (time.perf_counter() - begun) / size
    except Unavailable as reason:
        found = dict.fromkeys(DTYPES, str(reason))
    sending.send(found)
    os._exit(0)  # whatever threads are left


def raced(chosen: Sequence[Source]) -> list[Check]:
    """Return what `gradrace run` finds of each file, one after the other: a wrong one must be wrong at every size."""
    cells = [Cell(m, n_x, "float64") for m, n_x in SIZES]
    checks = []
    with TemporaryDirectory(prefix="gradrace-attack-") as folder:
        for source in chosen:
            results = run(Request([source], cells, BUDGET_S, 0, cores()), Path(folder) / source.name, lambda *_: None)
            absences = [one for one in results.absences if one.impl == source.name and one.outcome in FAULTS]
            is_wrong = source.name in WRONG
            raced_at = [f"{one.cell.m} × {one.cell.n_x}" for one in results.measurements if one.impl == source.name]
            found = absences[0].message if absences and not (is_wrong and raced_at) else None
            checks.append(Check(is_wrong, source.name, "float64", found, f", accepted at {', '.join(raced_at)}"))
    return checks


if __name__ == "__main__":
    sys.exit(main())
