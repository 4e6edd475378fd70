"""Import files that may be edited from their source, never from bytecode.

Python takes bytecode as current if the size of the source and the second of its last change agree. An edit of 1.0 to
2.0 within a second is therefore missed.
"""

from __future__ import annotations

import sys
import sysconfig
from functools import cache
from importlib.machinery import (
    BYTECODE_SUFFIXES,
    EXTENSION_SUFFIXES,
    SOURCE_SUFFIXES,
    ExtensionFileLoader,
    FileFinder,
    SourceFileLoader,
    SourcelessFileLoader,
)
from pathlib import Path
from typing import Any


class SourceOnly(SourceFileLoader):
    """Loader that neither reads nor writes bytecode, as it gives no date to compare with."""

    def path_stats(self, path: Any) -> Any:
        """Raise OSError, which importlib takes for "no bytecode"."""
        raise OSError(f"bytecode of {path} isn't used")


@cache
def begin(package: Path) -> None:
    """Import from source, from now on, in all folders but those of Python, of installed packages, and of this one."""
    kept = [package, *(Path(sysconfig.get_path(kind)) for kind in ("stdlib", "platstdlib", "purelib", "platlib"))]
    find = FileFinder.path_hook(
        (ExtensionFileLoader, EXTENSION_SUFFIXES),
        (SourceOnly, SOURCE_SUFFIXES),
        (SourcelessFileLoader, BYTECODE_SUFFIXES),  # of packages without sources
    )

    def hook(place: str) -> Any:
        folder = Path(place).absolute()
        if any(folder.is_relative_to(one) for one in kept):
            raise ImportError(f"{place} isn't edited while a worker runs")
        return find(place)

    sys.path_hooks.insert(0, hook)
    sys.path_importer_cache.clear()
