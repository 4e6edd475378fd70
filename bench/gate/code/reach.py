"""The files that an implementation reads: those that it imports, directly or not, and those that it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from functools import cache
from pathlib import Path, PurePosixPath

from gradrace.bench.gate.code.project import is_no_part
from gradrace.bench.gate.code.sides import HARNESS, PACKAGE, Side
from gradrace.bench.gate.code.syntax import names_in, parsed

LISTING = {"iterdir", "iter_modules", "listdir", "scandir", "walk", "walk_packages"}
"""Names of functions that list a folder."""


def files_of(path: Path, root: Path, package: tuple[str, ...] = PACKAGE, named: Collection[str] = ()) -> set[str]:
    """Return an implementation's file and all of a side's files that it reads, directly or not, without the harness.

    The names are relative to `root`, for example "_simd/fused.py".

    Args:
        path: File of the implementation.
        root: Folder of the side's files.
        package: Package that `root` is; empty if packages are found there.
        named: Files that also count if a text in the code names them.
    """
    found: set[str] = set()
    around = [folder for folder in path.parents if folder.is_relative_to(root)]
    # packages around it are imported before it, and one of the same name in its place
    ahead = [path, *(folder / "__init__.py" for folder in (*around, path.with_suffix("")))]
    while ahead:
        file = ahead.pop()
        name = file.relative_to(root).as_posix()
        if name in found or (package and name in HARNESS) or not file.is_file():
            continue
        found.add(name)
        for module in imported(file, root, package):
            inner = [root.joinpath(*module[:depth]) for depth in range(1, len(module) + 1)]
            ahead += [inner[-1].with_suffix(".py"), *(folder / "__init__.py" for folder in inner)]
        if named:
            texts = _texts(file.read_bytes())
            listed = _listed(file, root, package, named) if _lists(file.read_bytes()) else ()
            ahead += [root / other for other in named if is_named(other, texts, name) or other in listed]
    return found


def imported(file: Path, root: Path, package: tuple[str, ...] = PACKAGE) -> Collection[tuple[str, ...]]:
    """Return the parts of each imported name that may be a module below `root`; none if the file isn't Python."""
    return _imported(file.read_bytes(), (*package, *file.parent.relative_to(root).parts), package)


@cache  # both sides and most implementations read the same files: 1.4 s of a check without it
def _imported(contents: bytes, inside: tuple[str, ...], package: tuple[str, ...]) -> Collection[tuple[str, ...]]:
    """Return what `imported` returns. inside: parts of the folder of the file with these contents."""
    tree, depth = parsed(contents), len(package)
    found = set[tuple[str, ...]]()
    for node in ast.walk(tree) if tree else ():
        match node:
            case ast.ImportFrom(module=module, level=level, names=names):
                around = inside[: len(inside) - level + 1] if level else ()
                base = (*around, *(module.split(".") if module else ()))
                modules = [base, *((*base, alias.name) for alias in names)]
            case ast.Import(names=names):
                modules = [tuple(alias.name.split(".")) for alias in names]
            case _:
                continue
        ours = (parts for parts in modules if parts[:depth] == package and (package or parts[:1] != PACKAGE[:1]))
        found |= {parts[depth:] for parts in ours if len(parts) > depth}
    return found


def loose(side: Side) -> set[str]:
    """Return the files of a side that no implementation imports: data, and modules that are imported by a text."""
    reached = {*HARNESS} if side.package else set()
    for source in side.sources().values():
        reached |= files_of(source.path, side.root, side.package)
    names = (file.relative_to(side.root) for file in side.root.rglob("*") if file.is_file())
    return {name.as_posix() for name in names if "__pycache__" not in name.parts} - reached


def is_named(name: str, texts: Collection[str], by: str = "") -> bool:
    """Return whether a text names a file, or the folder of files that are read or imported by computed names.

    "data/table.npy" is named by "data/table.npy", "t*", "*.npy", "npy" and "data"; a module by ".table",
    "package.table" and "package.", the beginning of a computed name. by: file with the texts; data with its name belong
    to it.
    """
    path = PurePosixPath(name)
    if path.suffix != ".py" and path.with_suffix(".py").as_posix() == by:
        return True
    data, word = path.suffix if path.suffix != ".py" else "", _word(path)
    return any(
        word.search(text) or _is_pattern_of(path, text) or (data and (data in text or data == f".{text}"))
        for text in texts
    )


def _is_pattern_of(path: PurePosixPath, text: str) -> bool:
    """Return whether a text such as "table?" or "a*" is a pattern of a file's name, but not of every name."""
    return ("*" in text or "?" in text) and bool(text.strip("*?/.")) and path.match(text)


@cache  # each file that is read asks for it: 3000 files of data and 31 modules took 15 s without it
def _word(path: PurePosixPath) -> re.Pattern[str]:
    """Return the regular expression that finds the name of a file, or of its folder, in a text."""
    stem = path.parent.name if path.stem == "__init__" else path.stem
    around = path.parent.parts if path.suffix != ".py" else ()
    begins = rf"|(?<![\w-]){re.escape(path.parent.name)}[./]$" if path.parent.name else ""
    return re.compile(rf"(?<![\w-])({_either(stem, *around)})(?![\w-]){begins}")


@cache
def _lists(contents: bytes) -> bool:
    """Return whether code lists a folder, so that it may read files that no text names."""
    if any("*" in text and not text.strip("*?/.") for text in _texts(contents)):
        return True
    may = any(name.encode() in contents for name in LISTING)  # parsing a table of 3 MB takes 0.3 s, and its names 0.5 s
    return may and (tree := parsed(contents)) is not None and bool(names_in(tree) & LISTING)


def _listed(file: Path, root: Path, package: tuple[str, ...], named: Collection[str]) -> list[str]:
    """Return the named files in the folder of a file or below; of the top of a project, those that are parts of it."""
    folder = file.parent.relative_to(root)
    inside = [name for name in named if PurePosixPath(name).is_relative_to(folder.as_posix())]
    return [name for name in inside if package or folder.parts or not is_no_part(name)]


def _either(*names: str) -> str:
    """Return a regular expression that matches each of the names."""
    return "|".join(map(re.escape, names))


@cache
def _texts(contents: bytes) -> list[str]:
    """Return the texts in the contents of a Python file, without docstrings; none if it isn't Python."""
    nodes = [*ast.walk(tree)] if (tree := parsed(contents)) else []
    bare = {node.value for node in nodes if isinstance(node, ast.Expr)}
    return [
        node.value
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in bare
    ]
