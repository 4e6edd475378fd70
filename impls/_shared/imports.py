"""Modules, files and packages that a file of Python imports, directly or not, found without running it.

Running it could take seconds: scikit-learn 1.5 s, Numba and Dask 0.9 s. Reading its statements takes a millisecond.
"""

from __future__ import annotations

import ast
import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib.machinery import PathFinder
from importlib.util import find_spec
from pathlib import Path

from gradrace.impls._shared.static import PARSING, UNREADABLE, body

LIBRARIES = {
    *("cupy", "dask", "distributed", "jax", "llvmlite", "msgspec", "numba", "numpy", "scipy", "sklearn", "torch"),
    *("threadpoolctl", "triton"),
}
"""Packages from which no file of the project takes a function that Numba compiles into it."""

MOST_FILES = 1000
"""Maximum number of files that are followed from one implementation."""

BLOCKS = ("body", "orelse", "finalbody", "handlers", "cases")
"""Fields of a statement that hold statements, or parts such as `except` that hold statements."""

INSTALLED = {"site-packages", "dist-packages"}
"""Names of the folders of installed packages."""

STRING = re.compile(r'""".*?"""', re.DOTALL)

IMPORT = re.compile(r"^([ \t]*)((?:import|from)[ \t][^\n(]*(?:\([^)]*\))?)", re.MULTILINE)
"""Import statement: its indentation, and itself."""

FINDERS = {"sys", "site", "importlib", "pkgutil", "runpy", "__main__"}
"""Modules by which a file can change where others are found."""

OURS = Path(__file__).absolute().parents[3]
"""Folder that holds the package gradrace."""

FRONT = OURS / "gradrace" / "__init__.py"
"""File that re-exports names, most of which no implementation uses."""


def missing(path: Path) -> str | None:
    """Return the first package that importing a file needs and that isn't installed; None if there is none."""
    beside = [str(_place(path)[0])]
    absent = (name for name in packages(path) if not find_spec(name) and not PathFinder.find_spec(name, beside))
    return next(absent, None)


def packages(path: Path) -> list[str]:
    """Return the packages that importing a file needs, without the standard library and gradrace, in order of import.

    Imports are followed into files beside it and into gradrace. Those under `if`, `try` and in functions don't count.
    """
    needed: dict[str, None] = {}
    seen, todo = set[Path](), [path]
    while todo:
        file = todo.pop()
        if file in seen:
            continue
        seen.add(file)
        place = _place(file)
        for module in _imported(file):
            if module.partition(".")[0] in FINDERS and not file.is_relative_to(OURS / "gradrace"):
                return []  # it may make others importable
            if found := _file(module, place):
                todo.append(found)
            elif (package := module.partition(".")[0]) not in sys.stdlib_module_names | {"gradrace"}:
                needed[package] = None
    return [*needed]


def reached(path: Path) -> tuple[list[Path], set[str]]:
    """Return the files that a file may import, itself first, and the packages that these may import.

    All imports count, also those in functions. They are followed into gradrace, files beside the importer, and files on
    sys.path, but not into installed packages or the standard library.
    """
    files: dict[Path, None] = {}
    installed, todo = set[str](), [path]
    while todo and len(files) < MOST_FILES:
        file = todo.pop()
        if file in files or file == FRONT:
            continue
        files[file] = None
        place = _place(file)
        for module in _imports(file, _version(file))[1]:
            package = module.partition(".")[0]
            if found := _file(module, place) or _on_path(module):
                todo.append(found)
            elif package not in sys.stdlib_module_names:
                installed.add(package)
    return [*files], installed - {"gradrace"}


def is_foreign(path: Path, package: Path) -> bool:
    """Return whether a file isn't part of the package gradrace in this folder, or imports an unknown package."""
    return not path.is_relative_to(package) or not reached(path)[1] <= LIBRARIES


def uses_old_name(path: Path) -> bool:
    """Return whether a file imports `impls.interface` or `impls.discovery`, meaning gradrace's."""
    ours = {(OURS / "gradrace" / "impls" / name).resolve() for name in ("interface.py", "discovery.py")}
    for module in _imported(path):
        if module.split(".")[:2] in (["impls", "interface"], ["impls", "discovery"]):
            found = _file(module, _place(path))
            return found is None or found.resolve() in ours
    return False


def _imported(path: Path) -> tuple[str, ...]:
    """Return the absolute names of the modules that a file imports at its top level; `from a import b` gives a.b.

    A file that uses sys.path has none: the place of its modules isn't known without running it.
    """
    return _imports(path, _version(path))[0]


@cache
def _imports(path: Path, _: tuple[int, ...]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the modules that a file of this version imports at its top level (see `_imported`), and those anywhere.

    They are cached.
    """
    top, all_statements = _import_lines(path) or ((top := body(path)), _statements(top))
    anywhere = tuple(dict.fromkeys(_named(all_statements, path)))
    return () if top and b"sys.path" in path.read_bytes() else tuple(_named(top, path)), anywhere


def _import_lines(path: Path) -> tuple[list[ast.stmt], list[ast.stmt]] | None:
    """Return the imports of a file of gradrace at its top level, and those anywhere; None if it may be another's.

    Parsing only these lines takes less time: numba_fused and all that it imports are followed in 14 instead of 32 ms.
    """
    if not path.is_relative_to(OURS / "gradrace"):
        return None
    try:
        found = IMPORT.findall(STRING.sub("", path.read_text(encoding="utf-8")))
        with PARSING:
            anywhere = [ast.parse(statement).body[0] for _, statement in found]
    except UNREADABLE:
        return None
    return [one for one, (indent, _) in zip(anywhere, found, strict=True) if not indent], anywhere


def _statements(nodes: Iterable[ast.AST]) -> Iterator[ast.AST]:
    """Yield statements and those inside them, without entering expressions: a tenth of the time of ast.walk.

    It doesn't call itself: Python compiles deeper statements than it lets functions call each other, such as 1000 elif.
    """
    todo = [*nodes]
    while todo:
        node = todo.pop()
        yield node
        todo += (inner for name in BLOCKS for inner in getattr(node, name, ()))


def _version(path: Path) -> tuple[int, ...]:
    """Return the modification time, size and inode of a file, which differ between versions.

    The result is empty if it can't be read.
    """
    try:
        found = path.stat()
    except OSError:
        return ()
    return found.st_mtime_ns, found.st_size, found.st_ino


def _named(nodes: Iterable[ast.AST], path: Path) -> Iterator[str]:
    """Yield the absolute names of the modules that statements of a file import."""
    _, package = _place(path)
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            around = package[: len(package) + 1 - node.level] if node.level else []
            module = ".".join([*around, *filter(None, [node.module])])
            yield from (f"{module}.{alias.name}" for alias in node.names)


def _place(path: Path) -> tuple[Path, list[str]]:
    """Return the folder from which a file is imported, and the packages around the file."""
    folder, package = path.parent, list[str]()
    while (folder / "__init__.py").exists():
        package.insert(0, folder.name)
        folder = folder.parent
    return folder, package


def _file(module: str, place: tuple[Path, list[str]]) -> Path | None:
    """Return the file of a module, or of a name in it, if it is in gradrace or beside its importer; else None.

    place: `_place` of the importer.
    """
    folder, package = place
    names = module.split(".")
    if names[0] == "gradrace":
        return _own_file(module)
    if names[0] in sys.stdlib_module_names or (package and names[0] != package[0]):
        return None
    return _file_in(folder, names)


@cache
def _own_file(module: str) -> Path | None:
    """Return the file of a module of gradrace, or of a name in it. Its files stay where they are while it runs."""
    return _file_in(OURS, module.split("."))


def _on_path(module: str) -> Path | None:
    """Return the file of a module on sys.path, unless it is installed or in the standard library."""
    names = module.split(".")
    if names[0] in LIBRARIES or names[0] in sys.stdlib_module_names:
        return None
    try:
        spec = find_spec(names[0])
    except Exception:  # the finder of an editable package is foreign code
        return None
    places = [*(spec.submodule_search_locations or ()), spec.origin] if spec else []
    place = places[0] if places else None  # a package's folder, or a file
    if not place or INSTALLED & {*Path(place).parts}:
        return None
    return _file_in(Path(place).parent, names)


def _file_in(folder: Path, names: list[str]) -> Path | None:
    """Return the file of a module, or of a name in it, below a folder."""
    inner = folder.joinpath(*names)
    places = (inner, inner.parent) if len(names) > 1 else (inner,)
    files = (file for place in places for file in (place.with_suffix(".py"), place / "__init__.py"))
    return next((file for file in files if file.is_file()), None)
