"""Files of a git repository: those of its working tree, with those of its submodules, and their submodules."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from types import MappingProxyType

ANOTHER_REPOSITORY = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE"),
)
"""Environment variables by which git would use another repository than the folder's; a hook of git sets them.

`git rev-parse --local-env-vars` lists them, and those for settings, which are the user's.
"""

WITHOUT_SIDE_EFFECTS = ("-c", "core.hooksPath=/dev/null", "-c", "diff.autoRefreshIndex=false")
"""Options of git with which it runs no hooks and doesn't write the index."""

A_SUBMODULE = "160000"
"""Mode of a submodule in an index."""


def git(
    folder: Path, *arguments: str, variables: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, in the repository that the folder belongs to, without its hooks and without locks.

    A lock that git takes to refresh the index would let a commit fail that the user makes at the same time.
    """
    command = ["git", "-C", str(folder), *WITHOUT_SIDE_EFFECTS, *arguments]
    kept = {name: value for name, value in os.environ.items() if name not in ANOTHER_REPOSITORY}
    # a partial clone fetches missing files, and would ask for a password, for ever
    settings = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0"}
    environment = {**kept, **settings, **variables}
    return subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, capture_output=True, check=False)


def listed(folder: Path, *options: str, variables: Mapping[str, str] = MappingProxyType({})) -> list[str]:
    """Return what `git ls-files` lists in a folder with these options."""
    found = git(folder, "ls-files", "-z", *options, variables=variables).stdout
    return [name for name in found.decode(errors="surrogateescape").split("\0") if name]


def submodules(folder: Path, variables: Mapping[str, str] = MappingProxyType({})) -> Iterator[tuple[str, str]]:
    """Yield the path and the commit of each submodule in the index."""
    for entry in listed(folder, "--stage", variables=variables):
        mode_and_hash, _, path = entry.partition("\t")
        if mode_and_hash.startswith(A_SUBMODULE):
            yield path, mode_and_hash.split()[1]


def of_the_working_tree(folder: Path) -> Iterator[str]:
    """Yield the files in a folder: tracked, or untracked and not ignored, also in the submodules that are there."""
    for name in listed(folder, "--cached", "--others", "--exclude-standard"):
        if is_file_or_link(folder / name):
            yield name
    yield from _inside(folder, of_the_working_tree)


def _inside(folder: Path, files: Callable[[Path], Iterable[str]]) -> Iterator[str]:
    """Yield the files of the submodules that are there. files: function that returns those of one."""
    for path, _ in submodules(folder):
        if (folder / path / ".git").exists():
            yield from (f"{path}/{name}" for name in files(folder / path))


def ignored_modules(folder: Path) -> list[str]:
    """Return the modules that git ignores beside tracked ones: a program generates them, such as `_version.py`."""
    beside = {os.path.dirname(name) for name in listed(folder) if name.endswith(".py")}  # noqa: PTH120  # of texts
    names = listed(folder, "--others", "--ignored", "--exclude-standard")
    own = [name for name in names if name.endswith(".py") and os.path.dirname(name) in beside]  # noqa: PTH120
    return [*own, *_inside(folder, ignored_modules)]


def is_file_or_link(path: Path) -> bool:
    """Return whether it is a file, or a link, which may be broken."""
    return path.is_file() or path.is_symlink()
