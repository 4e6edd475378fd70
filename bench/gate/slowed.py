"""Two sides of a check that differ by a known factor, for studies of gates."""

from __future__ import annotations

import shutil
from pathlib import Path

from bench.environment import ROOT
from bench.gate.sides import Side

SLOWED = '''"""{impl}, made slower by a known factor: each call waits for a share of the time that it took."""

from dataclasses import replace
from itertools import pairwise
from statistics import median
from time import perf_counter_ns

from impls import _unslowed

READING_NS = median(after - before for before, after in pairwise(perf_counter_ns() for _ in range(1001)))
"""What reading the clock takes: a wait ends with the first reading that is late enough, half of one late."""


def gradient(*arguments):
    start = perf_counter_ns()
    result = _unslowed.IMPLEMENTATION.gradient(*arguments)
    end = perf_counter_ns()
    until = end + {slowdown} * (end - start) + READING_NS / 2
    while perf_counter_ns() < until:
        pass
    return result


IMPLEMENTATION = replace(_unslowed.IMPLEMENTATION, gradient=gradient)
'''
"""Each call waits for itself, so that the least and the middle of many calls rise like their mean.

Without a slowdown the clock is read three times; a wait reads it as often as it takes, in place of waiting.
"""


def sides(folder: Path, impl: str, slowdown: float) -> tuple[Side, Side]:
    """This checkout's implementations twice, NEW's slower: by 0.1 for 10 %. OLD's then wait for nothing, as often."""
    if not slowdown:
        return copied("OLD", folder), copied("NEW", folder)
    return slowed(copied("OLD", folder), impl, 0.0), slowed(copied("NEW", folder), impl, slowdown)


def copied(name: str, folder: Path) -> Side:
    """This checkout's implementations, in a folder of their own."""
    side = Side(name, folder / name)
    shutil.copytree(ROOT / "impls", side.impls, ignore=shutil.ignore_patterns("__pycache__"))
    return side


def slowed(side: Side, impl: str, slowdown: float) -> Side:
    """The side, one of its implementations put into the wrapping that waits."""
    own = side.impls / f"{impl}.py"
    own.rename(side.impls / "_unslowed.py")
    own.write_text(SLOWED.format(impl=impl, slowdown=slowdown))
    return side
