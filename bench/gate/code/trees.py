"""Files of a git repository: those of its working tree, with those of its submodules, and their submodules."""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType

from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.workers import orphans

ANOTHER_REPOSITORY = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE"),
)
"""Environment variables by which git would use another repository than the folder's; a hook of git sets them.

`git rev-parse --local-env-vars` lists them, and those for settings, which are the user's.
"""

WITHOUT_SIDE_EFFECTS = (
    *("-c", "core.hooksPath=/dev/null", "-c", "diff.autoRefreshIndex=false", "-c", "core.fsmonitor=false"),
    *("-c", "core.splitIndex=false", "-c", "gc.auto=0", "-c", "maintenance.auto=false"),
)
"""Options of git with which it runs no hooks, starts no process that stays, and writes nothing beside the index."""

LONGEST_S, LEAST_S = 600.0, 5.0
"""Largest and smallest timeout of one call of git in seconds: it takes milliseconds, unless it waits for something."""

LISTING = ("config", "--get-regexp", "^(filter|remote)")
"""Arguments of git that list the programs and servers that it may wait for."""

A_SUBMODULE = "160000"
"""Mode of a submodule in an index."""


@dataclass(frozen=True)
class Tree:
    """A folder of a working tree.

    Attributes:
        folder: The folder.
        until: Deadline of git's calls.
        origin: Folder of the user's working tree, if this one is temporary.
    """

    folder: Path
    until: Deadline = NEVER
    origin: Path | None = None

    def git(
        self, *arguments: str, variables: Mapping[str, str] = MappingProxyType({}), given: Sequence[str] = ()
    ) -> subprocess.CompletedProcess[bytes]:
        """Run git in the folder, in the repository that the folder belongs to, without its hooks and without locks.

        A lock that git takes to refresh the index would let a commit fail that the user makes at the same time.
        Raises UnusableInput if git doesn't end in time, as a filter or a fetch that hangs.

        given: names for its standard input, each followed by a null character.
        """
        names = "".join(f"{name}\0" for name in given).encode(errors="surrogateescape")
        mark = orphans.new_mark()
        kept = {name: value for name, value in os.environ.items() if name not in ANOTHER_REPOSITORY}
        # a partial clone fetches missing files, and would ask for a password
        settings = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0", "GIT_TERMINAL_PROMPT": "0", orphans.MARK: mark}
        process = subprocess.Popen(
            ["git", "-C", str(self.folder), *WITHOUT_SIDE_EFFECTS, *arguments],
            env={**kept, **settings, **variables},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,
        )
        with process:
            try:
                output, errors = process.communicate(names, max(LEAST_S, self.until.within(LONGEST_S).left_s()))
            except BaseException as error:
                orphans.end(process.pid, mark)
                if not isinstance(error, subprocess.TimeoutExpired):
                    raise
                listing = shlex.join(["git", "-C", str(self.origin or self.folder), *LISTING])
                raise UnusableInput(
                    f"`git {arguments[0]}` hasn't ended within {error.timeout:.0f} s; see what it waits for, such as a "
                    f"filter or a remote of `{listing}`, or give a larger --budget"
                ) from error
        return subprocess.CompletedProcess(arguments, process.returncode, output, errors)

    def output(self, *arguments: str, variables: Mapping[str, str] = MappingProxyType({})) -> str:
        """Return what git prints. Raises UnusableInput if it fails, as with a damaged index."""
        done = self.git(*arguments, variables=variables)
        if done.returncode != 0:
            command = shlex.join(["git", "-C", str(self.folder), *arguments])
            raise UnusableInput(f"git failed ({said(done)}); see what `{command}` says")
        return done.stdout.decode(errors="surrogateescape")

    def listed(self, *options: str, variables: Mapping[str, str] = MappingProxyType({})) -> list[str]:
        """Return what `git ls-files` lists in the folder with these options."""
        return [name for name in self.output("ls-files", "-z", *options, variables=variables).split("\0") if name]

    def submodules(self, variables: Mapping[str, str] = MappingProxyType({})) -> Iterator[tuple[str, str]]:
        """Yield the path and the commit of each submodule in the index."""
        for entry in self.listed("--stage", variables=variables):
            mode_and_hash, _, path = entry.partition("\t")
            if mode_and_hash.startswith(A_SUBMODULE):
                yield path, mode_and_hash.split()[1]

    def files(self) -> Iterator[str]:
        """Yield the files: tracked, or untracked and not ignored, also in the submodules that are there."""
        for name in self.listed("--cached", "--others", "--exclude-standard"):
            if is_file_or_link(self.folder / name):
                yield name
        for path, inner in self._inside():
            yield from (f"{path}/{name}" for name in inner.files())

    def _inside(self) -> Iterator[tuple[str, Tree]]:
        """Yield the submodules that are there, by their paths."""
        for path, _ in self.submodules():
            if (self.folder / path / ".git").exists():
                yield path, replace(self, folder=self.folder / path)

    def ignored(self) -> list[str]:
        """Return the files that git ignores."""
        return self.listed("--others", "--ignored", "--exclude-standard")

    def ignored_modules(self) -> list[str]:
        """Return the modules that git ignores beside tracked ones: a program generates them, such as `_version.py`."""
        beside = {os.path.dirname(name) for name in self.listed() if name.endswith(".py")}  # noqa: PTH120  # of texts
        own = [name for name in self.ignored() if name.endswith(".py") and os.path.dirname(name) in beside]  # noqa: PTH120
        return [*own, *(f"{path}/{name}" for path, inner in self._inside() for name in inner.ignored_modules())]

    def sparse(self) -> tuple[list[str], list[str]]:
        """Return the files that a sparse checkout needn't have: those that are there, and those that aren't."""
        names = [entry.removeprefix("S ") for entry in self.listed("-t") if entry.startswith("S ")]
        there = {name for name in names if is_file_or_link(self.folder / name)}
        return sorted(there), [name for name in names if name not in there]


def said(done: subprocess.CompletedProcess[bytes]) -> str:
    """Return the first line of git's errors that is no warning, or the first one."""
    lines = done.stderr.decode(errors="replace").strip().splitlines()
    errors = [line for line in lines if line.startswith(("error:", "fatal:"))]
    return next(iter([*errors, *lines]), f"status {done.returncode}")


def is_file_or_link(path: Path) -> bool:
    """Return whether it is a file, or a link, which may be broken."""
    return path.is_file() or path.is_symlink()
