"""Another Python environment as NEW's: which packages differ there, and which implementations use them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import msgspec
from msgspec import Struct

from gradrace.bench.gate.code import installed
from gradrace.bench.gate.code.changes import Difference
from gradrace.bench.gate.code.sides import PYTHON, Side
from gradrace.bench.paths import Home
from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.workers.commands import completed
from gradrace.bench.workers.process import WORKER, environment

OPTION = "--against-env"

LONGEST_S = 120.0
"""Seconds for a new process to import the worker: a cold disk needs 20 s for Numba."""

MOST_NAMED = 8
"""Largest number of packages listed; more are counted."""


class Environment(Struct, frozen=True):
    """A Python environment.

    Attributes:
        python: Version of Python.
        executable: File of the interpreter.
        versions: Version of each package, by normalized name.
        requires: Names of the packages that each package requires.
        modules: Names of the packages of each top-level module.
    """

    python: str
    executable: str
    versions: Mapping[str, str]
    requires: Mapping[str, Sequence[str]]
    modules: Mapping[str, Sequence[str]]

    def needed(self, modules: Sequence[str]) -> set[str]:
        """Return the packages of these modules, and all packages that those require, directly or not."""
        ahead = [name for module in modules for name in self.modules.get(module, ())]
        found: set[str] = set()
        while ahead:
            if (name := ahead.pop()) not in found and name in self.versions:
                found.add(name)
                ahead += self.requires[name]
        return found


def here() -> Environment:
    """Return the environment that gradrace runs in."""
    return msgspec.convert(installed.facts(), Environment)


def environment_of(folder: Path, until: Deadline = NEVER) -> Environment:
    """Return a virtual environment. Raises UnusableInput if it has no interpreter, or none that runs in time."""
    python = str(folder.absolute() / PYTHON)
    if not Path(python).is_file():
        raise UnusableInput(f"{OPTION}: {folder} has no {PYTHON}; name the folder of a virtual environment")
    told = _run([python, "-P", installed.__file__], Path(), until)
    if told.returncode != 0:
        raise UnusableInput(f"{OPTION}: {python} can't be used ({_last(told)}); it has to be Python 3.11.4 or newer")
    return msgspec.json.decode(told.stdout, type=Environment)


def require_loadable(side: Side, step: str, until: Deadline = NEVER) -> None:
    """Raise UnusableInput if no worker of the side starts, because of files that every worker imports.

    step: what to do then.
    """
    told = _import_worker(side, until)
    if told.returncode != 0:
        why = _last(told).replace(f"{side.folder}/", "")
        raise UnusableInput(f"no implementation of {side.name} can be loaded ({why}); {step}")


def require_usable(side: Side, until: Deadline = NEVER) -> None:
    """Raise UnusableInput if the side's interpreter can't run a worker, so that no implementation is blamed for it."""
    told = _import_worker(side, until)
    if told.returncode != 0:
        raise UnusableInput(
            f"{OPTION}: {side.python} can't run gradrace ({_last(told)}); install gradrace's dependencies there, too: "
            f"`{side.python} -m pip install` with gradrace's checkout or its wheel"
        )


def in_environments(
    found: Sequence[Difference], new: Side, before: Environment, after: Environment
) -> list[Difference]:
    """Return the differences of implementations, with the packages that each uses and that differ."""
    sources = new.sources()

    def packages(name: str) -> tuple[str, ...]:
        modules = sorted({"numpy", *sources[name].libraries()})  # every worker uses NumPy
        used = before.needed(modules) | after.needed(modules)
        return tuple(told for package, told in changed_packages(before, after).items() if package in {"python", *used})

    return [one if one.only is not None else replace(one, packages=packages(one.impl)) for one in found]


def changed_packages(before: Environment, after: Environment) -> dict[str, str]:
    """Return {package: its change in words} of Python, and of packages that are in both environments."""
    old, new = ({"python": one.python, **one.versions} for one in (before, after))
    return {name: f"{name} {old[name]} → {new[name]}" for name in old if name in new and old[name] != new[name]}


def unused(found: Sequence[Difference], before: Environment, after: Environment) -> Iterator[str]:
    """Yield the packages that differ and that no implementation uses, in a sentence, or that none differs."""
    changed = {*changed_packages(before, after).values()}
    if not changed:
        yield "no package has another version in NEW's environment"
    others = sorted(changed - {told for one in found for told in one.packages})
    if others:
        more = f", and {len(others) - MOST_NAMED} more" if len(others) > MOST_NAMED else ""
        yield f"other packages that differ, which no implementation uses: {', '.join(others[:MOST_NAMED])}{more}"


def _import_worker(side: Side, until: Deadline) -> subprocess.CompletedProcess[bytes]:
    return _run([side.python, "-P", "-c", f"import {WORKER}.worker"], side.folder, until)


def _run(command: Sequence[str], folder: Path, until: Deadline) -> subprocess.CompletedProcess[bytes]:
    """Run a command as a worker is run that imports from this folder. Raises UnusableInput if the budget ends."""
    try:
        return completed(command, until.within(LONGEST_S).left_s(), environment(1, Home(folder, command[0])))
    except subprocess.TimeoutExpired as error:
        if until.left_s() <= 0:
            told = f"{command[0]} was still starting at the end of the budget; give a larger --budget"
            raise UnusableInput(told) from error
        told = f"it had not ended after {error.timeout:.0f} s"
    except OSError as error:
        told = str(error)
    return subprocess.CompletedProcess(command, 1, b"", told.encode())


def _last(told: subprocess.CompletedProcess[bytes]) -> str:
    lines = [line for line in told.stderr.decode(errors="replace").splitlines() if line.strip()]
    return lines[-1] if lines else f"status {told.returncode}"
