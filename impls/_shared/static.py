"""Facts about an implementation, read without running its file: description, devices, technique, name of `gradient`.

Importing a library may take seconds (scikit-learn 1.5 s, Numba and Dask 0.9 s), reading the syntax tree a millisecond.
"""

from __future__ import annotations

import ast
import builtins
import re
import symtable
import tokenize
from importlib.machinery import BYTECODE_SUFFIXES, EXTENSION_SUFFIXES
from pathlib import Path
from threading import Lock

from gradrace.impls.interface import CPU, CUDA, Technique

COMPILED = (*EXTENSION_SUFFIXES, *BYTECODE_SUFFIXES)
"""Suffixes of modules that aren't text."""

UNREADABLE = (OSError, SyntaxError, ValueError, RecursionError, MemoryError)
"""Errors that reading and parsing an arbitrary file may raise."""

PARSING = Lock()
"""Lock of ast.parse: two threads in it at once may raise SystemError (CPython 3.11, gh-106905). NumPy parses the header
of each .npy without it: what files import is to be read before threads begin, and is kept.
"""


def description(path: Path) -> str:
    """Return the first line of a file's docstring; a compiled file has none to read."""
    if path.name.endswith(COMPILED):
        return "(compiled)"
    try:
        docstring = ast.get_docstring(_parsed(path))
    except UNREADABLE as error:
        return f"(can't be read: {error})"
    return docstring.splitlines()[0] if docstring else ""


def may_define(path: Path, name: str) -> bool:
    """Return whether a file may define a name: it holds the name, or imports all names of another module."""
    try:
        contents = path.read_bytes()
    except OSError:
        return True
    return name.encode() in contents or re.search(rb"import\s*\*", contents) is not None


def devices(path: Path) -> tuple[str, ...]:
    """Return the literal `devices` of a file's IMPLEMENTATION; the CPU if it has none that can be read."""
    try:
        told = ast.literal_eval(_keywords(path)["devices"])
    except (KeyError, ValueError):
        told = ()
    named = (told,) if isinstance(told, str) else told if isinstance(told, tuple | list) else ()
    return tuple(device for device in named if device in (CPU, CUDA)) or (CPU,)


def for_pixels(path: Path) -> bool:
    """Return the literal `for_pixels` of a file's IMPLEMENTATION; False if it has none that can be read."""
    told = _keywords(path).get("for_pixels")
    return isinstance(told, ast.Constant) and told.value is True


def gradient(path: Path) -> str:
    """Return the NAME in a file's IMPLEMENTATION = Implementation(..., gradient=NAME); otherwise "gradient"."""
    match _keywords(path).get("gradient"):
        case ast.Name(id=name):
            return name
    return "gradient"


def technique(path: Path) -> Technique | None:
    """Return the technique of a file's IMPLEMENTATION; None if it isn't written as Technique.NAME.

    The result is also None if the file uses a name that it doesn't define: importing it would fail.
    """
    match _keywords(path).get("technique"):
        case ast.Attribute(value=ast.Name("Technique"), attr=name) if name in Technique.__members__:
            return None if _has_undefined_names(path) else Technique[name]
    return None


def _keywords(path: Path) -> dict[str, ast.expr]:
    """Return the keyword arguments in IMPLEMENTATION = Implementation(...)."""
    for node in body(path):
        match node:
            case (
                ast.Assign(targets=[ast.Name("IMPLEMENTATION")], value=ast.Call(keywords=keywords))
                | ast.AnnAssign(target=ast.Name("IMPLEMENTATION"), value=ast.Call(keywords=keywords))
            ):
                return {word.arg: word.value for word in keywords if word.arg}
    return {}


def body(path: Path) -> list[ast.stmt]:
    """Return the statements of a file; empty if it can't be read."""
    try:
        return _parsed(path).body
    except UNREADABLE:
        return []


def _parsed(path: Path) -> ast.Module:
    with PARSING:
        return ast.parse(path.read_bytes())


def _has_undefined_names(path: Path) -> bool:
    with tokenize.open(path) as file:  # in the encoding that it declares
        symbols = symtable.symtable(file.read(), str(path), "exec").get_symbols()
    return any(
        one.is_referenced() and not (one.is_assigned() or one.is_imported() or hasattr(builtins, one.get_name()))
        for one in symbols
    )
