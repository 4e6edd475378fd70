"""Where Numba keeps what it compiled: a folder for each state of the files.

Numba notices a change in a function's own file only, not in a file that it calls into: with one cache for all, an edit
of `_fused_tiles.py` would leave the old tiles inside `_fused.py`, and they would read beyond the new ones.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sys
from contextlib import suppress
from pathlib import Path

HERE = Path(__file__).absolute().parents[1]
VARIABLE = "NUMBA_CACHE_DIR"
PREFIX = "gradrace-numba-"
KEPT_STATES = 4
"""How many other states of the files keep what Numba compiled from them, some 5 MB each."""


def keep_apart(folder: Path = HERE) -> None:
    """From now on Numba keeps what it compiles where only `folder` as it stands now has been.

    A folder that the user named in NUMBA_CACHE_DIR stays. `impls` calls this when it is imported, by whatever way.
    """
    if not Path(os.environ.get(VARIABLE) or PREFIX).name.startswith(PREFIX):
        return
    os.environ[VARIABLE] = str(compiled_folder(folder))
    if "numba" in sys.modules:  # it reads the variable only once
        sys.modules["numba"].config.CACHE_DIR = os.environ[VARIABLE]


def state(folder: Path = HERE) -> str:
    """What tells our own files and those in the folder from any others: a hash of their names and contents."""
    digest = hashlib.sha256()
    for file in sorted({*HERE.rglob("[!.]*.py"), *folder.glob("[!.]*.py")}):
        digest.update(file.name.encode() + b"\0" + file.read_bytes() + b"\0")
    return digest.hexdigest()[:16]


def compiled_folder(folder: Path) -> Path:
    """Named after the contents of our own files and of those in the folder; the oldest of others are tidied away."""
    beside = folder / "__pycache__"
    root = beside if os.access(beside if beside.exists() else folder, os.W_OK) else _user_cache()
    current = root / f"{PREFIX}{state(folder)}"
    with suppress(OSError):  # another process may be tidying up as well
        others = {*root.glob(f"{PREFIX}*")} - {current}
        for old in sorted(others, key=lambda path: path.stat().st_mtime)[:-KEPT_STATES]:
            shutil.rmtree(old, ignore_errors=True)
    return current


def _user_cache() -> Path:
    """The user's own folder for what can be made again; never one that others can write to, as code comes from it."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "gradrace"
