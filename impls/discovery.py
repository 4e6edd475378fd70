"""Finds the implementations and keeps the reason when one is unavailable."""

from __future__ import annotations

import importlib
import importlib.util
import os
import sys
from dataclasses import dataclass
from importlib.metadata import entry_points
from inspect import getmodulename
from pathlib import Path
from types import ModuleType
from typing import Any

from gradrace.impls._shared import compile_cache, static
from gradrace.impls.interface import CPU, CUDA, DEVICE, GaveUp, Implementation, Technique

FRESH_CACHE = compile_cache.FRESH
"""The environment variable that gives a process that runs foreign code an empty folder for what it compiles."""

ENTRY_POINTS = "gradrace.implementations"

HERE = Path(__file__).absolute().parent
"""The folder of the implementations that come along."""

STARTER = HERE / "_shared" / "starter.py"
"""What an implementation begins as: a right one, with all that its author needs to know."""

NOT_IMPLEMENTATIONS = {"interface", "discovery"}

RENAMED = (
    "imports `impls`, which is called `gradrace.impls` now: write "
    "`from gradrace import Implementation, Problem, Technique`"
)


class Unavailable(Exception):
    """An implementation that can't be loaded. Its text is the reason, in one line.

    missing: what it needs isn't here (a package, a device); there is no mistake in the file.
    """

    def __init__(self, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.missing = missing


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """An implementation on a device: its name, the file, where it shall compute.

    The name is the file's; on another device than the CPU, that and the device: jax_jit@cuda.
    """

    name: str
    path: Path
    device: str = CPU

    def on(self, device: str) -> Source:
        """The same one on another device."""
        own = self.name.removesuffix(f"@{self.device}")
        return Source(own if device == CPU else f"{own}@{device}", self.path, device)

    def devices(self) -> tuple[str, ...]:
        """Where it can compute, read without running the file: the literal `devices` of its IMPLEMENTATION."""
        return static.devices(self.path)

    def is_for_pixels(self) -> bool:
        """Return whether it races by default only where X is made of pixels, read without running the file."""
        return static.for_pixels(self.path)

    def is_foreign(self, package: Path = HERE.parent) -> bool:
        """Return whether it runs code from outside the package gradrace in this folder, and of known libraries."""
        return static.is_foreign(self.path, package)

    def contents(self) -> bytes:
        """Return what the file and those that it imports hold, but for installed packages."""
        return b"\0".join(map(compile_cache.contents, static.reached(self.path)[0]))

    def libraries(self) -> set[str]:
        """Return the installed packages that it may import, read without running the file."""
        return static.reached(self.path)[1]

    def description(self) -> str:
        """Return the first line of the file's docstring, read without running the file."""
        return static.description(self.path)

    def missing(self) -> str | None:
        """Return why it can't be loaded for want of a package, as far as the file tells; None if nothing is missing."""
        package = static.missing(self.path)
        return package and _not_installed(package)


def everyone() -> dict[str, Source]:
    """The implementations that come along, and those that installed packages bring, by name; the former's names count.

    A package names its modules under the entry point `gradrace.implementations`: mine = "my_package.mine".
    """
    installed = [Source(point.name, _file(point.value)) for point in entry_points(group=ENTRY_POINTS)]
    return {source.name: source for source in [*installed, *sources()]}


def _file(value: str) -> Path:
    """The file of an entry point, found without running it, but for the packages around it; if there is none, its name.

    It names a module; my_package.mine:IMPLEMENTATION, as others write entry points, names the same one.
    """
    module = value.partition(":")[0].strip()
    try:
        spec = importlib.util.find_spec(module)
    except Exception:  # the packages around it are a stranger's code; loading it tells the reason
        spec = None
    return Path(spec.origin) if spec is not None and spec.origin else Path(module)


def sources(folder: Path = HERE) -> list[Source]:
    """The implementations in a folder, by name: every .py file but those with a leading underscore."""
    files = sorted(folder.glob("[!_.]*.py"))
    return [Source(file.stem, file) for file in files if file.stem not in NOT_IMPLEMENTATIONS]


def load(source: Source) -> Implementation[Any, Any, Any]:
    """Import the file and return its IMPLEMENTATION. Raises Unavailable with the reason.

    Where it computes is told by the environment (`DEVICE`), as libraries want it before they are imported.
    """
    foreign = source.is_foreign()
    if foreign:
        compile_cache.begin_anew()
    else:
        compile_cache.keep_apart(source.path.parent)
    try:
        implementation = getattr(_module(source), "IMPLEMENTATION", None)
    except ModuleNotFoundError as error:
        if is_written_for_the_old_name(source.path):
            raise Unavailable(RENAMED) from error
        raise Unavailable(_not_installed(str(error.name)), missing=True) from error
    except GaveUp as reason:
        raise Unavailable(str(reason), missing=True) from reason
    except (Exception, SystemExit) as error:  # whatever the file does at import is its own; the others must go on
        raise Unavailable(f"{type(error).__name__} while importing: {_first_line(error)}") from error
    if not isinstance(implementation, Implementation):
        is_theirs = type(implementation).__module__ == "impls.interface"  # a package `impls` may be found in a checkout
        if is_theirs or is_written_for_the_old_name(source.path):
            raise Unavailable(RENAMED)
        raise Unavailable("the file doesn't end in IMPLEMENTATION = Implementation(...)")
    if fault := _fault(implementation):
        raise Unavailable(fault)
    if foreign and compile_cache.was_moved():
        raise Unavailable("sets Numba's cache folder, where what was compiled before an edit may lie; leave it unset")
    if (device := os.environ.get(DEVICE, *implementation.devices[:1])) not in implementation.devices:
        raise Unavailable(f"computes on {', '.join(implementation.devices)}, not on {device}", missing=True)
    return implementation


def _fault(implementation: Implementation[Any, Any, Any]) -> str | None:
    """Return what is wrong with the types of an implementation's fields; None if nothing is."""
    told = implementation.technique
    if not isinstance(told, str) or told not in {*Technique}:
        return f"its technique is {told!r:.40}; give one such as Technique.{Technique.VECTORIZED.name}"
    for name in ("prepare", "gradient"):
        if not callable(value := getattr(implementation, name)):
            return f"its {name} is {value!r:.40}, and no function"
    for name in ("to_native", "to_numpy", "descend", "facts"):
        if (value := getattr(implementation, name)) is not None and not callable(value):
            return f"its {name} is {value!r:.40}, and neither a function nor None"
    devices: Any = implementation.devices
    named = [devices] if isinstance(devices, str) else devices
    if not isinstance(named, list | tuple) or not named or any(device not in (CPU, CUDA) for device in named):
        return f"its devices are {devices!r:.40}; give a tuple such as ('cpu',)"
    return None


def technique(source: Source) -> str:
    """Return an implementation's technique. Raises Unavailable as `load` does.

    A file in our folder that needs more than NumPy is read, not loaded: its libraries take seconds to import. Any
    other file is loaded, since only that shows a mistake in it; one for a GPU, since only its library knows the GPU.
    """
    if source.path.parent == HERE and CPU in source.devices() and {*static.packages(source.path)} - {"numpy"}:
        if reason := source.missing():
            raise Unavailable(reason, missing=True)
        if told := static.technique(source.path):
            return told
    return load(source).technique


def _not_installed(package: str) -> str:
    return f"needs the package {package!r}, which is not installed"


def is_written_for_the_old_name(path: Path) -> bool:
    """Return whether a file imports `impls.interface`, as it was called before `gradrace.impls`."""
    return static.uses_old_name(path)


def _module(source: Source) -> ModuleType:
    """The file imported: as part of its package, where an __init__.py stands beside it; else by itself."""
    stem = getmodulename(source.path) or source.path.stem  # mine.cpython-313-darwin.so: mine
    folder, names = source.path.parent, [stem]
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    _make_importable(folder)
    if len(names) > 1:
        return importlib.import_module(".".join(names))
    spec = importlib.util.spec_from_file_location(stem, source.path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{source.path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _make_importable(folder: Path) -> None:
    """Put a folder on sys.path behind the libraries, for which no file in it may pass.

    A checkout of ours goes behind it, as its `bench`, `impls` and `tests` must not pass for a user's.
    """
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    checkout = [place for place in sys.path if Path(place).absolute() == static.OURS]
    if HERE.is_symlink() and folder != static.OURS:
        sys.path[:] = [place for place in sys.path if place not in checkout] + checkout[:1]


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]
