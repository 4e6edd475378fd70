"""The files that an implementation reads: those that it imports, directly or not, and those that it names."""

from __future__ import annotations

import ast
import re
from collections.abc import Collection
from functools import cache
from glob import escape
from pathlib import Path, PurePosixPath

from gradrace.bench.gate.code.project import is_no_part
from gradrace.bench.gate.code.sides import HARNESS, PACKAGE, Side
from gradrace.bench.gate.code.syntax import names_in, parsed

LISTING = {"iterdir", "iter_modules", "listdir", "scandir", "walk", "walk_packages"}
"""Names of functions that list a folder."""

LOCATING = {
    *("__file__", "__loader__", "__path__", "__spec__", "as_file", "co_filename", "files", "get_data", "get_filename"),
    *("getfile", "getsourcefile", "is_resource", "open_binary", "open_text", "read_binary", "read_text"),
    *("resource_filename", "resource_stream", "resources"),
}
"""Names with which code finds data that may have computed names, beside it or in packages that it imports."""

LOADING = {
    *("__import__", "addsitedir", "eval", "exec", "import_module", "load_module", "module_from_spec", "run_module"),
    *("run_path", "SourceFileLoader", "spec_from_file_location"),
}
"""Names of functions that run other files of Python, also by computed names."""

TEXTS = (".md", ".pyi", ".rst", "py.typed")
"""Ends of the names of files that code doesn't read as data."""

COMPILED = (".so", ".pyd", ".pyc")
"""Suffixes of modules without a source."""


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
        places = {file.parent}
        for module in imported(file, root, package):
            inner = [root.joinpath(*module[:depth]) for depth in range(1, len(module) + 1)]
            ahead += [inner[-1].with_suffix(".py"), *(folder / "__init__.py" for folder in inner)]
            ahead += [each for each in inner[-1].parent.glob(f"{escape(inner[-1].name)}.*") if each.suffix in COMPILED]
            places |= {*filter(Path.is_dir, inner)}
        if named:
            texts = _texts(file.read_bytes())
            sought = _sought(file.read_bytes(), {place.relative_to(root) for place in places}, package, named)
            ahead += [root / other for other in named if is_named(other, texts, name) or other in sought]
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


def named_last(path: Path, side: Side) -> set[str]:
    """Return the names of files with which texts in an implementation's code end: "c.txt" of "../data/c.txt"."""
    read = (side.root / name for name in files_of(path, side.root, side.package))
    return {text.rpartition("/")[2] for file in read for text in _texts(file.read_bytes())}


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
    """Return whether a text such as "table?", "t[0-9]" or "a*" is a pattern of a file's name, but not of every name."""
    return any(mark in text for mark in "*?[") and bool(text.strip("*?/.")) and path.match(text)


@cache  # each file that is read asks for it: 3000 files of data and 31 modules took 15 s without it
def _word(path: PurePosixPath) -> re.Pattern[str]:
    """Return the regular expression that finds the name of a file, or of its folder, in a text."""
    stem = path.parent.name if path.stem == "__init__" else path.stem
    around = path.parent.parts if path.suffix != ".py" else ()
    begins = rf"|(?<![\w-]){re.escape(path.parent.name)}[./]$" if path.parent.name else ""
    return re.compile(rf"(?<![\w-])({_either(stem, *around)})(?![\w-]){begins}")


@cache
def _uses(contents: bytes) -> tuple[bool, bool, bool]:
    """Return whether code lists a folder, locates data, and loads Python: it may use files that no text names."""
    lists = any("*" in text and not text.strip("*?/.") for text in _texts(contents))
    loads = b"sys.path" in contents
    may = any(name.encode() in contents for name in LISTING | LOCATING | LOADING)
    names = names_in(tree) if may and (tree := parsed(contents)) else set()  # of a table of 3 MB, that takes 0.8 s
    return lists or bool(names & LISTING), bool(names & LOCATING), loads or bool(names & LOADING)


def _sought(
    contents: bytes, places: Collection[Path], package: tuple[str, ...], named: Collection[str]
) -> Collection[str]:
    """Return the named files that code may use by computed names: those in its folders or below.

    Of the top of a project, only those that are parts of it. places: the code's folder, and the packages it imports.
    """
    lists, locates, loads = _uses(contents)
    if not (lists or locates or loads):
        return ()
    return {
        name
        for name in named
        if (lists or (loads if name.endswith(".py") else locates and not name.endswith(TEXTS)))
        and any(
            PurePosixPath(name).is_relative_to(place) and (package or place.parts or not is_no_part(name))
            for place in places
        )
    }


def _either(*names: str) -> str:
    """Return a regular expression that matches each of the names."""
    return "|".join(map(re.escape, names))


@cache
def _texts(contents: bytes) -> list[str]:
    """Return the texts in the contents of a Python file, also of bytes, without docstrings; none if it isn't Python."""
    nodes = [*ast.walk(tree)] if (tree := parsed(contents)) else []
    bare = {node.value for node in nodes if isinstance(node, ast.Expr)}
    return [
        node.value if isinstance(node.value, str) else node.value.decode(errors="replace")
        for node in nodes
        if isinstance(node, ast.Constant) and isinstance(node.value, str | bytes) and node not in bare
    ]
