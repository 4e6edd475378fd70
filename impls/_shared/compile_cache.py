"""Folders for the compiled code of Numba and CuPy, so that no code outlives an edit of its sources.

Numba notices a change only in a function's own file, not in a file that it calls, nor in the value of a global
variable. CuPy doesn't notice a change in an included file. The project's code is therefore cached in a folder for each
state of its files and settings. Foreign code may depend on any file, so each process compiles it anew. JAX, Triton and
PyTorch need no such care: their cache keys include everything that went into the code.

The kernels of `impls` are kept in the user's own cache: all copies of the same files share them (`kept_folder`).
"""

from __future__ import annotations

import atexit
import hashlib
import os
import secrets
import shutil
import stat
import sys
import tempfile
from collections.abc import Iterator
from contextlib import suppress
from functools import cache
from pathlib import Path
from typing import Any

HERE = Path(__file__).absolute().parents[1]
VARIABLE = "NUMBA_CACHE_DIR"
LOCATORS = "NUMBA_CACHE_LOCATOR_CLASSES"
"""Environment variable with classes that find another folder than the one in `VARIABLE`."""

CUPY = "CUPY_CACHE_DIR"

FRESH = "GRADRACE_FRESH_CACHE"
"""Environment variable that names an empty folder for what this process compiles, if it runs foreign code."""

GIVEN_FRESH = os.environ.get(FRESH, "")
"""Folder that the parent process gave this one."""

PREFIX, PREFIX_FRESH, PREFIX_KEPT = "gradrace-numba-", "gradrace-compiled-", "gradrace-kernels-"
KEPT_STATES, KEPT_KERNELS = 4, 16
"""Numbers of earlier states of the files whose compiled code is kept, 5 MB each: of one copy, and of all copies."""

NOT_COMPILED_IN = {VARIABLE, LOCATORS, "NUMBA_NUM_THREADS", "NUMBA_THREADING_LAYER", "NUMBA_THREADING_LAYER_PRIORITY"}
"""Settings of Numba that don't change what it compiles."""

NUMBA_FILE = ".numba_config.yaml"
"""File in the current folder from which Numba reads settings that the environment lacks."""


def keep_apart(folder: Path = HERE) -> None:
    """Let Numba cache in a folder used only by the project's code, and by that of `folder`, in its present state.

    `impls` calls this whenever it is imported.
    """
    _use(GIVEN_FRESH or str(compiled_folder(folder)))


def begin_anew() -> None:
    """Let Numba and CuPy cache in an empty folder, for this process and its children."""
    os.environ[FRESH] = GIVEN_FRESH or _until_exit()
    _use(os.environ[FRESH])
    os.environ[CUPY] = os.environ[FRESH]


def was_moved() -> bool:
    """Return whether a file has set another folder for Numba since; code there may be outdated."""
    config = getattr(sys.modules.get("numba"), "config", None)
    return config is not None and (config.CACHE_DIR != os.environ.get(FRESH) or bool(_locators(config)))


def state(folder: Path = HERE) -> str:
    """Return a hash of the names and contents of the project's files and of those in the folder."""
    digest = hashlib.sha256()
    for file in sorted({*HERE.rglob("[!.]*.py"), *folder.glob("[!.]*.py")}):
        digest.update(os.fsencode(file.name) + b"\0" + contents(file) + b"\0")
    return digest.hexdigest()[:16]


def kept_folder() -> Path | None:
    """Return the folder for the kernels of `impls` as it was when the process began; None if they aren't kept.

    All copies of the same files share it: checkouts, and the sides of `gradrace check`. It is in the user's
    NUMBA_CACHE_DIR or own cache. A process that runs foreign code keeps none, as that code may change what kernels do.
    """
    if os.environ.get(FRESH) or KEPT_STATE is None or (name := kept_name(KEPT_STATE)) is None:
        return None
    return next(filter(None, (_made(root, name, PREFIX_KEPT, KEPT_KERNELS) for root in (*_given(), *_own()))), None)


def is_as_begun() -> bool:
    """Return whether the process has run nothing but the files in the state that names `kept_folder`.

    Foreign code may have been loaded since, or files edited. Python runs outdated bytecode after an edit that keeps a
    file's size and the second of its last change.
    """
    if os.environ.get(FRESH) or kept_state(HERE) != KEPT_STATE:
        return False
    specs = [getattr(module, "__spec__", None) for module in [*sys.modules.values()]]
    sources = [spec for spec in specs if spec is not None and (spec.origin or "").endswith(".py")]
    own = [spec for spec in sources if Path(spec.origin).is_relative_to(HERE)]
    return all(_is_current(spec.loader, spec.name, spec.origin) for spec in own)


@cache
def _is_current(loader: Any, name: str, file: str) -> bool:
    """Return whether the code that Python loads for a module is that of its source."""
    return bool(loader.get_code(name) == loader.source_to_code(loader.get_data(file), file))


def kept_name(state: str) -> str | None:
    """Return the name of the folder for kernels of a state of the files in this environment.

    Numba's index tells processors and versions of Python apart. The result is None if Numba isn't installed.
    """
    from importlib.metadata import PackageNotFoundError, version  # Numba has imported it

    try:  # another environment may have other libraries of the same version, or Intel's SVML
        environment = [state, sys.prefix, sys.flags.optimize, *map(version, ("numba", "llvmlite", "numpy"))]
    except PackageNotFoundError:
        return None
    return f"{PREFIX_KEPT}{hashlib.sha256(repr(environment).encode()).hexdigest()[:32]}"


def kept_folder_of(impls: Path) -> Path | None:
    """Return the folder for the kernels of a copy of `impls` in its present state, if there is one already."""
    present = kept_state(impls)
    name = None if present is None else kept_name(present)
    found = [root / name for root in (*_given(), *_own()) if name and (root / name).is_dir()]
    return next(filter(_is_usable, found), None)


def kept_state(impls: Path) -> str | None:
    """Return a hash of the present state of all files that kernels may depend on, and of Numba's settings.

    That is the place and contents of each file in a copy of `impls`, also of tables of numbers. The result is None if a
    file can't be read, or a link leads to a folder.
    """
    digest = hashlib.sha256(_settings())
    with suppress(OSError):
        for folder, inner, names in os.walk(impls):
            inner[:] = sorted({*inner} - {"__pycache__"})
            paths = [Path(folder, name) for name in sorted(names)]
            if not all(path.is_file() for path in paths) or any(Path(folder, name).is_symlink() for name in inner):
                return None
            for path in paths:
                digest.update(os.fsencode(f"{path.relative_to(impls)}\0") + hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()
    return None


def contents(file: Path) -> bytes:
    """Return the bytes of a file; empty if it can't be read, or might never end, such as a pipe."""
    with suppress(OSError):
        if file.is_file():
            return file.read_bytes()
    return b""


def compiled_folder(folder: Path) -> Path:
    """Make the folder for the compiled code of the project's files and of those in `folder`, with Numba's settings.

    It is in the first of these that is writable: the user's NUMBA_CACHE_DIR, `__pycache__`, the user's own cache.
    Without one, a folder that is deleted at exit is used. The oldest folders of other states are removed.

    A folder of this name that another user has made, or can write to, is skipped, as its code would be run.
    """
    name = f"{PREFIX}{hashlib.sha256(state(folder).encode() + _settings()).hexdigest()[:16]}"
    if not folder.is_dir():  # a deleted folder of an interrupted run
        return folder / "__pycache__" / name
    for root in _roots(folder):
        if made := _made(root, name, PREFIX, KEPT_STATES):
            return made
    return Path(_until_exit())


def _settings() -> bytes:
    """Return Numba's settings that change what it compiles."""
    settings = sorted((name, value) for name, value in os.environ.items() if name.startswith("NUMBA_"))
    return repr([pair for pair in settings if pair[0] not in NOT_COMPILED_IN]).encode() + contents(Path(NUMBA_FILE))


def _made(root: Path, name: str, prefix: str, most: int) -> Path | None:
    """Return the folder of this name, made if necessary; None if it can't be used. Remove the oldest of its kind."""
    with suppress(OSError):
        (root / name).mkdir(mode=0o700, parents=True, exist_ok=True)
        if _is_usable(root / name):
            os.utime(root / name)
            _tidy(root, name, prefix, most)
            return root / name
    return None


def _roots(folder: Path) -> Iterator[Path]:
    """Yield the places for compiled code, in the order in which they are tried."""
    yield from _given()
    around = (HERE if folder.is_relative_to(HERE.parent) else folder).parents[1]
    if not any(around.glob("gradrace-*.dist-info")):  # uninstalling would leave it in site-packages
        yield folder / "__pycache__"
    yield from _own()


def _given() -> Iterator[Path]:
    """Yield the folder that the user's NUMBA_CACHE_DIR names."""
    if given := os.environ.get(VARIABLE):
        place = Path(given).absolute()
        place = place.parent if place.name.startswith(PREFIX) else place
        if place.name != "__pycache__" and not place.name.startswith(PREFIX_FRESH):  # these were set by gradrace
            yield place


def _own() -> Iterator[Path]:
    """Yield the folder in the user's own cache."""
    with suppress(RuntimeError):  # a user without a home
        yield Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache").absolute() / "gradrace"


def _is_usable(folder: Path) -> bool:
    """Return whether a folder can be written to, and holds only code of this user."""
    return os.access(folder, os.W_OK | os.X_OK) and _is_own(folder)


def _is_own(folder: Path) -> bool:
    """Return whether a folder belongs to this user and isn't writable by everyone; True if the system has no user ids.

    Its group may write to it, as many users are alone in a group. Folders that are made here are closed to it.
    """
    if not hasattr(os, "getuid"):
        return True
    found = folder.lstat()  # another's link may lead to another place later
    return found.st_uid == os.getuid() and not found.st_mode & stat.S_IWOTH


def _tidy(root: Path, name: str, prefix: str, most: int) -> None:
    with suppress(OSError):  # another process may be tidying up as well
        others = {*root.glob(f"{prefix}*")} - {root / name}
        for old in sorted(others, key=lambda path: path.stat().st_mtime)[:-most]:
            shutil.rmtree(old, ignore_errors=True)


def _until_exit() -> str:
    """Return the path of a folder that Numba makes when it compiles something, and that is deleted at exit.

    Its name can't be guessed, so that no other user can put code into it beforehand.
    """
    folder = Path(tempfile.gettempdir(), f"{PREFIX_FRESH}{secrets.token_hex(16)}").absolute()
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return str(folder)


def _use(folder: str) -> None:
    os.environ |= {VARIABLE: folder, LOCATORS: ""}
    config = getattr(sys.modules.get("numba"), "config", None)
    if config is not None:  # it read the variables when it was imported
        config.CACHE_DIR = folder
        if _locators(config):
            config.CACHE_LOCATOR_CLASSES = ""


def _locators(config: object) -> str:
    """Return Numba's setting, which older versions don't have; empty there."""
    return str(getattr(config, "CACHE_LOCATOR_CLASSES", ""))


KEPT_STATE = kept_state(HERE)
"""State of the files that this process imports: they are read after it."""
