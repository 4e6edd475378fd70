"""Finds the implementations and keeps the reason when one is unavailable."""

from __future__ import annotations

import ast
import hashlib
import importlib
import importlib.util
import os
import shutil
import sys
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType
from typing import Any

from impls.interface import Implementation

HERE = Path(__file__).resolve().parent
NOT_IMPLEMENTATIONS = {"interface", "discovery"}
KEPT_STATES = 4
"""How many earlier states of the files keep what Numba compiled from them, some 5 MB each."""


class Unavailable(Exception):
    """An implementation that can't be loaded. Its text is the reason, in one line.

    missing: a package that isn't installed is the reason, and not a mistake in the file.
    """

    def __init__(self, reason: str, *, missing: bool = False) -> None:
        super().__init__(reason)
        self.missing = missing


@dataclass(frozen=True, slots=True, order=True)
class Source:
    """Where an implementation stands: its name, which is its file's, and the file."""

    name: str
    path: Path

    def description(self) -> str:
        """The first line of the file's docstring, read without running the file."""
        try:
            docstring = ast.get_docstring(ast.parse(self.path.read_bytes()))
        except (SyntaxError, ValueError) as error:
            return f"(can't be read: {error})"
        return docstring.splitlines()[0] if docstring else ""


def sources(folder: Path = HERE) -> list[Source]:
    """The implementations in a folder, by name: every .py file but those with a leading underscore."""
    files = sorted(folder.glob("[!_]*.py"))
    return [Source(file.stem, file) for file in files if file.stem not in NOT_IMPLEMENTATIONS]


def load(source: Source) -> Implementation[Any, Any, Any]:
    """Import the file and return its IMPLEMENTATION. Raises Unavailable with the reason."""
    os.environ.setdefault("NUMBA_CACHE_DIR", str(_compiled_folder(source.path.parent)))
    try:
        implementation = getattr(_module(source), "IMPLEMENTATION", None)
    except ModuleNotFoundError as error:
        raise Unavailable(f"needs the package {error.name!r}, which is not installed", missing=True) from error
    except (Exception, SystemExit) as error:  # whatever the file does at import is its own; the others must go on
        raise Unavailable(f"{type(error).__name__} while importing: {_first_line(error)}") from error
    if not isinstance(implementation, Implementation):
        raise Unavailable("the file doesn't end in IMPLEMENTATION = Implementation(...)")
    return implementation


def _module(source: Source) -> ModuleType:
    if source.path.parent == HERE:
        return importlib.import_module(f"impls.{source.name}")
    spec = importlib.util.spec_from_file_location(source.name, source.path)
    if spec is None or spec.loader is None:
        raise ImportError(f"{source.path} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[source.name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _first_line(error: BaseException) -> str:
    return str(error).strip().partition("\n")[0]


def _compiled_folder(folder: Path) -> Path:
    """Where Numba keeps what it compiled from `folder` as it stands now.

    Numba notices a change in a function's own file only, not in a file that it calls into: with one cache for all,
    an edit of `_loop.py` would leave the old loop inside `numba_parallel`. So each state of the files has its own.
    """
    digest = hashlib.sha256()
    for file in sorted({*HERE.glob("*.py"), *folder.glob("*.py")}):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    beside = folder / "__pycache__"
    root = beside if os.access(beside if beside.exists() else folder, os.W_OK) else _user_cache()
    with suppress(OSError):  # another process may be tidying up as well
        for old in sorted(root.glob("numba-*"), key=lambda path: path.stat().st_mtime)[:-KEPT_STATES]:
            shutil.rmtree(old, ignore_errors=True)
    return root / f"numba-{digest.hexdigest()[:16]}"


def _user_cache() -> Path:
    """The user's own folder for what can be made again; never one that others can write to, as code comes from it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gradrace"
