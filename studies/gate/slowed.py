"""Two sides of a check that differ by a known factor, for studies of gates."""

from __future__ import annotations

import shutil
from pathlib import Path

from gradrace.bench.gate.code.sides import Side, copy_package
from gradrace.bench.paths import ROOT

SLOWED = '''"""{impl}, made slower by a known factor: it waits for a share of the time that each call took."""

from dataclasses import replace
from time import perf_counter_ns

from gradrace.impls import _unslowed

LEAST_NS = {least_ns}

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

LEAST_NS = 20_000
"""Nanoseconds of waiting that are saved up before a wait.

With a wait after each call, 10 % of 28 µs made it 7 % slower, but 10 % of 1.6 µs had no effect. A processor finishes
one call while it waits for the clock. Saved up, the waits make them 9 and 8 % slower.
"""


def sides(folder: Path, impl: str, slowdown: float) -> tuple[Side, Side]:
    """Return two copies of this checkout's implementations, with NEW slower by `slowdown` (0.1 for 10 %).

    OLD then has the same wrapper, with waits of zero length.
    """
    if not slowdown:
        return copied("OLD", folder), copied("NEW", folder)
    return slowed(copied("OLD", folder), impl, 0.0), slowed(copied("NEW", folder), impl, slowdown)


def copied(name: str, folder: Path) -> Side:
    """Return a side with a copy of this checkout's implementations in its own folder."""
    side = Side(name, folder / name)
    copy_package(side.folder)
    shutil.copytree(ROOT / "impls", side.impls, ignore=shutil.ignore_patterns("__pycache__"))
    return side


def slowed(side: Side, impl: str, slowdown: float) -> Side:
    """Return the side after putting one of its implementations into the wrapper that waits."""
    own = side.impls / f"{impl}.py"
    own.rename(side.impls / "_unslowed.py")
    own.write_text(SLOWED.format(impl=impl, slowdown=slowdown, least_ns=LEAST_NS))
    return side
