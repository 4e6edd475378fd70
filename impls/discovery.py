"""Find the implementations, and keep the reason when one is unavailable."""

from __future__ import annotations

import importlib
import importlib.util
import inspect
import os
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from traceback import walk_tb
from types import FunctionType, ModuleType
from typing import Any

from gradrace.impls._shared import compile_cache, imports, source_only, static
from gradrace.impls.interface import CPU, CUDA, DEVICE, GaveUp, Implementation, Technique

FRESH_CACHE = compile_cache.FRESH
"""Environment variable that names an empty compile-cache folder for a process that runs foreign code."""

compiled_folder = compile_cache.compiled_folder
kept_folder_of = compile_cache.kept_folder_of

ENTRY_POINTS = "gradrace.implementations"

HERE = Path(__file__).absolute().parent
"""Folder of the implementations that belong to gradrace."""

STARTER = HERE / "_shared" / "starter.py"
"""Template for a new implementation: a correct one, with all that its author needs to know."""

NOT_IMPLEMENTATIONS = {"interface", "discovery"}

RENAMED = (
    "imports `impls`, which is called `gradrace.impls` now: write "
    "`from gradrace import Implementation, Problem, Technique`"
)


class Unavailable(Exception):
    """Error for an implementation that can't be loaded; its text is the reason in one line.

    missing: whether a package or a device is missing, so that the file itself has no fault.
    """

    def __init__(self, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.missing = missing


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """An implementation on a device: its name, its file and the device.

    The name is the file's; on another device than the CPU it is followed by the device: jax_jit@cuda.
    """

    name: str
    path: Path
    device: str = CPU

    def on(self, device: str) -> Source:
        """Return the same implementation on another device."""
        own = self.name.removesuffix(f"@{self.device}")
        return Source(own if device == CPU else f"{own}@{device}", self.path, device)

    def devices(self) -> tuple[str, ...]:
        """Return its devices, read from the literal `devices` of its IMPLEMENTATION without running the file."""
        return static.devices(self.path)

    def is_for_pixels(self) -> bool:
        """Return whether it races by default only where X is made of pixels, read without running the file."""
        return static.for_pixels(self.path)

    def gradient(self) -> str:
        """Return the name of the function that computes the gradient, read without running the file."""
        return static.gradient(self.path)

    def is_foreign(self, package: Path = HERE.parent) -> bool:
        """Return whether it runs code from outside the package gradrace in this folder and the known libraries."""
        return imports.is_foreign(self.path, package)

    def contents(self) -> bytes:
        """Return the contents of the file and of the files that it imports, without installed packages."""
        return b"\0".join(map(compile_cache.contents, imports.reached(self.path)[0]))

    def libraries(self) -> set[str]:
        """Return the installed packages that it may import, read without running the file."""
        return imports.reached(self.path)[1]

    def written_technique(self) -> Technique | None:
        """Return its technique if the file writes it as Technique.NAME, read without running the file."""
        return static.technique(self.path)

    def description(self) -> str:
        """Return the first line of the file's docstring, read without running the file."""
        return static.description(self.path)

    def missing(self) -> str | None:
        """Return the reason if the file can't be loaded because a package is missing, as far as the file shows.

        The result is None if nothing is missing.
        """
        package = imports.missing(self.path)
        return package and not_installed(package)


def everyone() -> dict[str, Source]:
    """Return the implementations of gradrace and of installed packages by name; gradrace's take precedence.

    A package names its modules under the entry point `gradrace.implementations`: mine = "my_package.mine".
    """
    from importlib.metadata import entry_points  # here, because it takes 6 ms, and gradrace's own need none

    installed = [Source(point.name, _file(point.value)) for point in entry_points(group=ENTRY_POINTS)]
    return {source.name: source for source in [*installed, *sources()]}


def _file(value: str) -> Path:
    """Return the file of an entry point without running it; the module's name as a path if it isn't found.

    Finding it runs only the packages around it.
    """
    module = module_of(value)
    try:
        spec = importlib.util.find_spec(module)
    except Exception:  # the packages around it are foreign code; loading it shows the reason
        spec = None
    return Path(spec.origin) if spec is not None and spec.origin else Path(module)


def module_of(value: str) -> str:
    """Return the module that an entry point names: my_package.mine of "my_package.mine:IMPLEMENTATION [extra]"."""
    return re.split(r"[:\[]", value, maxsplit=1)[0].strip()


def sources(folder: Path = HERE) -> list[Source]:
    """Return the implementations in a folder by name: every .py file without a leading underscore."""
    files = sorted(folder.glob("[!_.]*.py"))
    return [Source(file.stem, file) for file in files if file.stem not in NOT_IMPLEMENTATIONS]


def load(source: Source) -> Implementation[Any, Any, Any]:
    """Import the file and return its IMPLEMENTATION. Raises Unavailable with the reason.

    The environment variable `DEVICE` sets the device, as libraries need it before they are imported.
    """
    if source.path.is_symlink() and not source.path.is_file():
        raise Unavailable(f"{source.path.name} is a link to {source.path.readlink()}, which is no file")
    foreign = source.is_foreign()
    if foreign:
        compile_cache.begin_anew()
        source_only.begin(HERE.parent)
    else:
        compile_cache.keep_apart(source.path.parent)
    try:
        implementation = getattr(_module(source), "IMPLEMENTATION", None)
    except ModuleNotFoundError as error:
        if is_written_for_the_old_name(source.path):
            raise Unavailable(RENAMED) from error
        raise _not_found(str(error.name)) from error
    except GaveUp as reason:
        raise Unavailable(str(reason), missing=True) from reason
    except (Exception, SystemExit) as error:  # errors of foreign code at import must not stop the others
        raise Unavailable(f"{type(error).__name__} while importing: {_first_line(error)}{place(error)}") from error
    if not isinstance(implementation, Implementation):
        is_theirs = type(implementation).__module__ == "impls.interface"  # a package `impls` may be found in a checkout
        if is_theirs or is_written_for_the_old_name(source.path):
            raise Unavailable(RENAMED)
        helper = "; the name of a file that others import begins with _" if source.path.parent == HERE else ""
        told = "the file doesn't end in IMPLEMENTATION = Implementation(...); `gradrace new` writes one"
        raise Unavailable(f"{told}{helper}")
    if fault := _fault(implementation):
        raise Unavailable(fault)
    if foreign and compile_cache.was_moved():
        raise Unavailable("sets Numba's cache folder, which may hold code compiled before an edit; leave it unset")
    if (device := os.environ.get(DEVICE, *implementation.devices[:1])) not in implementation.devices:
        raise Unavailable(f"computes on {', '.join(implementation.devices)}, not on {device}", missing=True)
    return implementation


TAKES = {
    "prepare": "problem",
    "gradient": "data, w, b",
    "to_native": "w, b",
    "to_numpy": "J, dw, db",
    "descend": "data, w, b, alpha, steps",
    "facts": "data",
}
"""Arguments with which the functions of an implementation are called, by position."""


def _takes_others(function: FunctionType, given: str) -> str | None:
    """Return the parameters of a function that can't be called with these arguments; None if it can be."""
    signature = inspect.signature(function, follow_wrapped=False)
    try:
        signature.bind(*given.split(", "))
    except TypeError:
        return ", ".join(signature.parameters)
    return None


def _fault(implementation: Implementation[Any, Any, Any]) -> str | None:
    """Return the fault in the types of an implementation's fields; None if there is none."""
    told = implementation.technique
    if not isinstance(told, str) or told not in {*Technique}:
        return f"its technique is {told!r:.40}; give one such as Technique.{Technique.VECTORIZED.name}"
    for name in ("prepare", "gradient"):
        if not callable(value := getattr(implementation, name)):
            return f"its {name} is {value!r:.40}, not a function"
    for name in ("to_native", "to_numpy", "descend", "facts"):
        if (value := getattr(implementation, name)) is not None and not callable(value):
            return f"its {name} is {value!r:.40}, neither a function nor None"
    for name, given in TAKES.items():
        value = getattr(implementation, name)
        if isinstance(value, FunctionType) and (takes := _takes_others(value, given)) is not None:
            return f"its {name} takes ({takes:.60}); it is called with ({given})"
    devices: Any = implementation.devices
    named = [devices] if isinstance(devices, str) else devices
    if not isinstance(named, list | tuple) or not named or any(device not in (CPU, CUDA) for device in named):
        return f"its devices are {devices!r:.40}; give a tuple such as ('cpu',)"
    return None


def technique(source: Source) -> str:
    """Return an implementation's technique. Raises Unavailable as `load` does.

    A file of gradrace that needs more than NumPy is read, not loaded: importing its libraries takes seconds. Any other
    file is loaded, since only that shows its faults. A file for a GPU is loaded too, since only its library can find
    the GPU.
    """
    if source.path.parent == HERE and CPU in source.devices() and {*imports.packages(source.path)} - {"numpy"}:
        if reason := source.missing():
            raise Unavailable(reason, missing=True)
        if told := static.technique(source.path):
            return told
    return load(source).technique


def _not_found(module: str) -> Unavailable:
    """Return the error for a module that can't be imported: its package is missing, or is there without the module."""
    package = module.partition(".")[0]
    found = importlib.util.find_spec(package) if package != module else None
    if found is None or found.origin is None:  # a namespace is no package that could be installed
        return Unavailable(not_installed(module), missing=True)
    return Unavailable(f"imports {module!r}, which isn't in the package {package!r}")


def missing_package(error: BaseException) -> str | None:
    """Return the reason if an exception of an implementation says that a package is missing; None for any other."""
    found = _not_found(error.name) if isinstance(error, ModuleNotFoundError) and error.name else None
    return str(found) if found is not None and found.missing else None


NOT_INSTALLED = "which is not installed"
"""End of the reason for an implementation whose package is missing."""


def not_installed(package: str) -> str:
    """Return the reason for an implementation whose package is missing."""
    return f"needs the package {package!r}, {NOT_INSTALLED}"


def is_no_implementation(path: Path) -> bool:
    """Return whether a file defines no IMPLEMENTATION, read without running it, such as an ordinary script."""
    return not static.may_define(path, "IMPLEMENTATION")


def is_written_for_the_old_name(path: Path) -> bool:
    """Return whether a file imports `impls.interface`, the name before `gradrace.impls`."""
    return imports.uses_old_name(path)


def _module(source: Source) -> ModuleType:
    """Import the file and return its module: as part of its package if an __init__.py is beside it, else on its own."""
    stem = inspect.getmodulename(source.path) or source.path.stem  # mine.cpython-313-darwin.so: mine
    folder, names = source.path.parent, [stem]
    while (folder / "__init__.py").exists():
        names.insert(0, folder.name)
        folder = folder.parent
    _make_importable(folder)
    if len(names) > 1:
        return _imported(".".join(names), source.path)
    file = source.path
    loader = source_only.SourceOnly(stem, str(file)) if source.is_foreign() and file.suffix == ".py" else None
    spec = importlib.util.spec_from_file_location(stem, file, loader=loader)
    if spec is None or spec.loader is None:
        raise ImportError(f"{source.path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[stem] = module  # dataclasses look up their module
    spec.loader.exec_module(module)
    return module


def _imported(name: str, path: Path) -> ModuleType:
    """Import the module of a file by its name. Raises ImportError if Python finds it in another folder.

    It does if a package around it is already imported from there. A compiled module beside the file comes before it.
    The same holds for modules of its package that it imports: an installed package for development may come first.
    """
    module = importlib.import_module(name)
    found = Path(module.__file__ or path).parent.resolve()  # the file may be a link
    if not found.is_relative_to(path.parent.resolve()):
        raise ImportError(f"Python finds {name!r} in {module.__file__}, not in {path.parent}")
    root, top = path.parents[name.count(".")], name.partition(".")[0]
    for each in [each for each in sys.modules if each.startswith(f"{top}.")]:
        file, beside = getattr(sys.modules[each], "__file__", None), root.joinpath(*each.split(".")).with_suffix(".py")
        if file and beside.is_file() and Path(file).parent.resolve() != beside.parent.resolve():
            raise ImportError(f"Python finds {each!r} in {file}, not in {beside.parent}")
    return module


def _make_importable(folder: Path) -> None:
    """Append a folder to sys.path, behind the libraries, so that none of its files can hide a library.

    A checkout of gradrace goes behind it, so that its `bench`, `impls` and `tests` don't hide the user's.
    """
    if str(folder) not in sys.path:
        sys.path.append(str(folder))
    checkout = [place for place in sys.path if Path(place).absolute() == imports.OURS]
    if (imports.OURS / "pyproject.toml").is_file() and folder != imports.OURS:
        sys.path[:] = [place for place in sys.path if place not in checkout] + checkout[:1]


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def place(error: BaseException) -> str:
    """Return the file and the line of an implementation's code in which an exception was raised: " (mine.py, line 12)".

    It is the innermost line in the folder of the implementation's first file, not one of a library that it calls. A
    function of no file, as in a notebook, is named itself. The result is "" if no line of an implementation is known,
    as for compiled code.
    """
    lines = [(Path(frame.f_code.co_filename), frame, line) for frame, line in walk_tb(error.__traceback__)]
    theirs = [one for one in lines if not _is_of_gradrace(one[0])]
    own = [one for one in theirs if one[0].parent == theirs[0][0].parent]
    if not own:
        return ""
    file, frame, line = own[-1]
    return f" ({frame.f_code.co_name if file.name.startswith('<') else file.name}, line {line})"


def passes(error: BaseException, folder: Path) -> bool:
    """Return whether an exception passed through a file of this folder that isn't gradrace's own machinery."""
    files = [Path(frame.f_code.co_filename) for frame, _ in walk_tb(error.__traceback__)]
    return any(file.parent.resolve() == folder.resolve() and not _is_of_gradrace(file) for file in files)


def _is_of_gradrace(file: Path) -> bool:
    """Return whether a file is part of gradrace or of Python's import system, and no implementation."""
    if file.parent == HERE:
        return file.stem in NOT_IMPLEMENTATIONS
    return file.is_relative_to(HERE.parent) or str(file).startswith("<frozen ")
