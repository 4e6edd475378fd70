"""The git repository whose implementations are compared: that of the current folder, or one that is named."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from types import MappingProxyType

from gradrace.bench.results import UnusableInput
from gradrace.bench.scratch import scratch
from gradrace.impls.discovery import ENTRY_POINTS

OURS = Path("impls")
"""Folder of the implementations in a checkout of gradrace."""

ANOTHER_REPOSITORY = (
    *("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_COMMON_DIR", "GIT_OBJECT_DIRECTORY"),
    *("GIT_ALTERNATE_OBJECT_DIRECTORIES", "GIT_SHALLOW_FILE", "GIT_GRAFT_FILE", "GIT_REPLACE_REF_BASE"),
)
"""Environment variables by which git would use another repository than the folder's; a hook of git sets them.

`git rev-parse --local-env-vars` lists them, and those for settings, which are the user's.
"""

WITHOUT_SIDE_EFFECTS = ("-c", "core.hooksPath=/dev/null", "-c", "diff.autoRefreshIndex=false")
"""Options of git with which it runs no hooks and doesn't write the index."""

PROJECT = "pyproject.toml"

EVERY_BRANCH = "origin '+refs/heads/*:refs/remotes/origin/*'"
"""Arguments of `git fetch` for all branches: a shallow clone is set up to fetch one only."""


@dataclass(frozen=True)
class Commit:
    """A commit: how it was named, its full hash, and the first line of its message."""

    name: str
    hash: str
    subject: str

    def __str__(self) -> str:
        """Return the name and, if it isn't part of the hash, the hash: main (1a2b3c4d, "Faster tiles")."""
        told = self.hash[:8] if not self.hash.startswith(self.name) else ""
        subject = f'"{self.subject}"'
        return f"{self.name} ({', '.join(filter(None, [told, subject]))})"


@dataclass(frozen=True)
class Checkout:
    """A checkout with implementations: gradrace itself, or a project whose entry points name implementations.

    Attributes:
        top: Folder of the checkout's working tree.
        folder: Folder of the project, `top` or a folder in it.
    """

    top: Path
    folder: Path

    @property
    def is_gradrace(self) -> bool:
        """Return whether it is a checkout of gradrace, with all implementations in one folder."""
        return is_gradrace(self.folder)

    @cached_property
    def head(self) -> str | None:
        """Return the hash of the commit that is checked out; None before the first commit."""
        found = git(self.top, "rev-parse", "--verify", "--quiet", "HEAD^{commit}")
        return found.stdout.decode().strip() or None

    def commit(self, revision: str) -> Commit:
        """Return the commit of a revision. Raises UnusableInput with the reason if there is none."""
        found = git(self.top, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
        if found.returncode != 0:
            raise UnusableInput(f"--against: no revision {revision!r} in {self.top}; {self._other_revisions()}")
        commit = found.stdout.decode().strip()
        subject = git(self.top, "log", "-1", "--format=%s", commit).stdout.decode(errors="replace").strip()
        return Commit(revision, commit, subject)

    def _other_revisions(self) -> str:
        """Return how to get the commits that a shallow clone lacks, or to list those that are there."""
        command = f"git -C {shlex.quote(str(self.top))}"
        if git(self.top, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
            return f"this clone is shallow; `{command} fetch --unshallow {EVERY_BRANCH}` fetches all commits"
        return f"`{command} log --oneline --decorate --all` lists the commits"

    def fork(self, commit: Commit) -> str | None:
        """Return the hash of the commit at which the checkout left this one's branch; None if it has all of it."""
        base = git(self.top, "merge-base", commit.hash, "HEAD").stdout.decode().strip()
        return base if base not in ("", commit.hash) else None

    def described(self) -> str:
        """Return the folder, its commit, and whether it has uncommitted changes, in words."""
        at = f"at {self.head[:8]}" if self.head else "without a commit"
        status = git(self.top, "status", "--porcelain", "--", str(self.folder)).stdout
        return f"{self.folder} {at}{', with uncommitted changes' if status.strip() else ''}"

    def changed_files(self, commit: Commit) -> list[str]:
        """Return the files of the project that differ from the commit, untracked ones included, without ignored ones.

        The names are relative to the project's folder. In a copied checkout, all files have other times than in the
        index. git leaves out those with the same contents only if it may write the index, so it gets a copy.
        """
        compare = ("-c", "diff.autoRefreshIndex=true", "diff", "--name-only", "-z", "--relative", "--no-renames")
        with scratch() as here:
            index = here / "index"
            with suppress(FileNotFoundError):  # before the first `git add`
                # with its time: git looks into files that were changed at the same time as the index, or later
                shutil.copy2(self.folder / os.fsdecode(self._index()), index)
            differing = git(self.folder, *compare, commit.hash, "--", ".", variables={"GIT_INDEX_FILE": str(index)})
        untracked = git(self.folder, "ls-files", "--others", "--exclude-standard", "-z")
        names = (differing.stdout + untracked.stdout).decode(errors="surrogateescape")
        return sorted({name for name in names.split("\0") if name})

    def _index(self) -> bytes:
        """Return the path of the index, as git names it."""
        return git(self.folder, "rev-parse", "--git-path", "index").stdout.rstrip(b"\n")

    def project(self) -> bytes | None:
        """Return the contents of the project's pyproject.toml; None without one."""
        file = self.folder / PROJECT
        return file.read_bytes() if file.is_file() else None

    def contents_at(self, commit: Commit, name: str) -> bytes | None:
        """Return the contents of a file of the project in a commit; None if it isn't there."""
        found = git(self.folder, "show", f"{commit.hash}:./{name}")
        return found.stdout if found.returncode == 0 else None

    def extract(self, commit: Commit, part: Path, into: Path) -> None:
        """Write a folder of the project, as it is in the commit, into a new folder.

        `git archive` would leave out or change files by the attributes export-ignore and export-subst.
        Raises UnusableInput if the commit has no such folder.
        """
        place = (self.folder.relative_to(self.top) / part).as_posix()
        tree = commit.hash if place == "." else f"{commit.hash}:{place}"
        index = {"GIT_INDEX_FILE": f"{into}.index"}
        if git(self.top, "read-tree", "--no-sparse-checkout", tree, variables=index).returncode != 0:
            raise UnusableInput(
                f"--against: {commit.name} has no folder {place}/; name a commit that has it: "
                f"`git -C {shlex.quote(str(self.top))} log --oneline --all -- {shlex.quote(place)}` lists some"
            )
        written = git(self.top, "checkout-index", "--all", f"--prefix={into}/", variables=index)
        if written.returncode != 0:
            said = written.stderr.decode(errors="replace").strip().partition("\n")[0]
            raise UnusableInput(
                f"--against: {place} of {commit.name} can't be written ({said or 'git was ended'}); make room in "
                f"{tempfile.gettempdir()}, or find out with `git -C {shlex.quote(str(self.top))} fsck` what is damaged"
            )

    def require_whole(self, is_needed: Callable[[str], bool]) -> None:
        """Raise UnusableInput if a sparse checkout leaves out files of the project that are needed.

        is_needed: function of a file's name relative to the project's folder.
        """
        listed = git(self.folder, "ls-files", "-t", "-z").stdout.decode(errors="surrogateescape")
        names = [entry.removeprefix("S ") for entry in listed.split("\0") if entry.startswith("S ")]
        if missing := [name for name in names if is_needed(name) and not _is_file_or_link(self.folder / name)]:
            inner = os.path.commonpath([os.path.dirname(name) for name in missing])  # noqa: PTH120
            place = (self.folder.relative_to(self.top) / inner).as_posix()
            step = "disable" if place == "." else f"add {shlex.quote(place)}"
            command = f"git -C {shlex.quote(str(self.top))} sparse-checkout {step}"
            raise UnusableInput(f"{self.folder / missing[0]} is left out of this sparse checkout; `{command}` adds it")

    def tracked(self) -> list[str]:
        """Return the files that belong to the checkout's project: tracked, or untracked and not ignored."""
        found = git(self.folder, "ls-files", "--cached", "--others", "--exclude-standard", "-z").stdout
        names = found.decode(errors="surrogateescape").split("\0")
        return sorted({name for name in names if name and _is_file_or_link(self.folder / name)})


def _is_file_or_link(path: Path) -> bool:
    return path.is_file() or path.is_symlink()


def is_gradrace(folder: Path) -> bool:
    """Return whether a folder is a checkout of gradrace."""
    return (folder / OURS / "interface.py").is_file() and (folder / OURS / "discovery.py").is_file()


def read_project(project: bytes | None) -> dict[str, object]:
    """Return the contents of a pyproject.toml; empty without one. Raises UnusableInput if it can't be read."""
    try:
        return tomllib.loads((project or b"").decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise UnusableInput(f"{PROJECT} can't be read ({error}); mend it") from error


def entry_points(project: bytes | None) -> Mapping[str, str]:
    """Return the implementations that a pyproject.toml names: {name: module}; empty if it names none.

    Raises UnusableInput if it can't be read.
    """
    read = read_project(project)
    named = _at(read, "project", "entry-points", ENTRY_POINTS) or _at(read, "tool", "poetry", "plugins", ENTRY_POINTS)
    return {str(name): str(value) for name, value in named.items()}


def _at(table: object, *keys: str) -> dict[str, object]:
    """Return the table at these keys, or an empty one."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def checkout_of(folder: Path) -> Checkout:
    """Return the checkout that a folder belongs to.

    Raises:
        UnusableInput: If the folder is in no git repository, or the repository has no implementations.
    """
    if shutil.which("git") is None:
        raise UnusableInput("--against needs git, which is not installed; install it")
    if not folder.is_dir():
        raise UnusableInput(f"--repo: {folder} is no folder; name a checkout")
    folder = folder.resolve()
    asked = git(folder, "rev-parse", "--show-toplevel")
    if asked.returncode != 0:
        raise UnusableInput(_why_not(folder, asked.stderr.decode(errors="replace")))
    top = Path(os.fsdecode(asked.stdout.rstrip(b"\n")))
    inside = folder.relative_to(top)
    for place in (top / inside, *(top / part for part in inside.parents)):
        if is_gradrace(place) or ((place / PROJECT).is_file() and entry_points((place / PROJECT).read_bytes())):
            return Checkout(top, place)
    raise UnusableInput(
        f"{top} has no implementations: neither gradrace's folder impls/ nor entry points {ENTRY_POINTS!r} in a "
        f"{PROJECT}; change into a checkout that has, or name it with --repo"
    )


def _why_not(folder: Path, said: str) -> str:
    """Return why git can't be used in a folder, and the next step."""
    if "safe.directory" in said:
        owned = next((line.split("'")[1] for line in said.splitlines() if "'" in line), str(folder))
        return (
            f"git refuses {owned}, which another user owns (dubious ownership); if you trust it: "
            f"git config --global --add safe.directory {shlex.quote(owned)}"
        )
    if "must be run in a work tree" in said:
        return f"{folder} is a repository without a checkout; change into a clone of it, or name one with --repo"
    if "not a git repository" in said:
        return f"{folder} is in no git repository; change into the checkout to compare, or name it with --repo"
    return f"{folder}: git can't be used here ({said.strip().partition(chr(10))[0]}); name a checkout with --repo"


def git(
    folder: Path, *arguments: str, variables: Mapping[str, str] = MappingProxyType({})
) -> subprocess.CompletedProcess[bytes]:
    """Run git in a folder, in the repository that the folder belongs to, without its hooks and without locks.

    A lock that git takes to refresh the index would let a commit fail that the user makes at the same time.
    """
    command: Sequence[str] = ["git", "-C", str(folder), *WITHOUT_SIDE_EFFECTS, *arguments]
    kept = {name: value for name, value in os.environ.items() if name not in ANOTHER_REPOSITORY}
    settings = {"LC_ALL": "C", "GIT_OPTIONAL_LOCKS": "0"}
    return subprocess.run(command, env={**kept, **settings, **variables}, capture_output=True, check=False)
