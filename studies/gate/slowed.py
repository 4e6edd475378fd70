"""Two sides of a check that differ by a known factor, for studies of gates."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from gradrace.bench.gate.code.sides import Side, copy_package
from gradrace.bench.paths import ROOT
from gradrace.bench.results import UnusableInput
from gradrace.impls.discovery import load, sources

SLOWED = '''"""{impl}, its {what} slower by a known factor: it waits for a share of the time that each call took."""

from dataclasses import replace
from time import perf_counter_ns

from gradrace.impls import _unslowed_{impl} as unslowed

LEAST_NS = {least_ns}

owed_ns = 0.0


def slowed(*arguments):
    global owed_ns
    start = perf_counter_ns()
    result = unslowed.IMPLEMENTATION.{what}(*arguments)
    end = perf_counter_ns()
    owed_ns += {slowdown} * (end - start)
    if owed_ns > LEAST_NS:
        while perf_counter_ns() < end + owed_ns:
            pass
        owed_ns = 0.0
    return result


IMPLEMENTATION = replace(unslowed.IMPLEMENTATION, {what}=slowed)
'''

FUNCTIONS = {"gradient": "gradient", "descent": "descend", "prepare": "prepare"}
"""Function of an implementation that each kind of slowdown makes slower."""

LEAST_NS = 20_000
"""Nanoseconds of waiting that are saved up before a wait.

With a wait after each call, 10 % of 28 µs made it 7 % slower, but 10 % of 1.6 µs had no effect. A processor finishes
one call while it waits for the clock. Saved up, the waits make them 9 and 8 % slower.
"""


def sides(folder: Path, impls: Sequence[str], slowdown: float, what: str = "gradient") -> tuple[Side, Side]:
    """Return two copies of this checkout's implementations, with some of NEW slower by `slowdown` (0.1 for 10 %).

    OLD then has the same wrappers, with waits of zero length. what: a key of FUNCTIONS.
    """
    old, new = copied("OLD", folder), copied("NEW", folder)
    for impl in impls if slowdown else ():
        slowed(old, impl, 0.0, what)
        slowed(new, impl, slowdown, what)
    return old, new


def copied(name: str, folder: Path) -> Side:
    """Return a side with a copy of this checkout's implementations in its own folder."""
    side = Side(name, folder / name)
    copy_package(side.folder)
    shutil.copytree(ROOT / "impls", side.impls, ignore=shutil.ignore_patterns("__pycache__"))
    return side


def slowed(side: Side, impl: str, slowdown: float, what: str) -> None:
    """Put a function of one of a side's implementations into the wrapper that waits.

    Raises:
        UnusableInput: If the implementation has no such function.
    """
    own, function = side.impls / f"{impl}.py", FUNCTIONS[what]
    if getattr(load(next(one for one in sources() if one.name == impl)), function) is None:
        raise UnusableInput(f"--what {what}: {impl} has no `{function}` of its own; name another implementation")
    own.rename(side.impls / f"_unslowed_{impl}.py")
    own.write_text(SLOWED.format(impl=impl, what=function, slowdown=slowdown, least_ns=LEAST_NS))
