"""The git repository whose implementations are compared: that of the current folder, or one that is named."""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import tempfile
import tomllib
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

from gradrace.bench.gate.code.trees import Tree, said
from gradrace.bench.results import UnusableInput
from gradrace.bench.scratch import scratch
from gradrace.bench.timing import NEVER, Deadline
from gradrace.impls.discovery import ENTRY_POINTS

OURS = Path("impls")
"""Folder of the implementations in a checkout of gradrace."""

PROJECT = "pyproject.toml"

EVERY_BRANCH = "origin '+refs/heads/*:refs/remotes/origin/*'"
"""Arguments of `git fetch` for all branches: a shallow clone is set up to fetch one only."""

EVEN_IGNORED = "--ignore-submodules=none"
"""Option of git with which changed submodules differ, whatever .gitmodules and the user's settings say."""


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
        until: Deadline of git's calls.
    """

    top: Path
    folder: Path
    until: Deadline = NEVER

    @cached_property
    def whole(self) -> Tree:
        """Return the whole working tree."""
        return Tree(self.top, self.until)

    @cached_property
    def tree(self) -> Tree:
        """Return the project's folder of the working tree."""
        return Tree(self.folder, self.until)

    @property
    def is_gradrace(self) -> bool:
        """Return whether it is a checkout of gradrace, with all implementations in one folder."""
        return is_gradrace(self.folder)

    @cached_property
    def head(self) -> str | None:
        """Return the hash of the commit that is checked out; None before the first commit."""
        return self._hash("HEAD^{commit}")

    def commit(self, revision: str) -> Commit:
        """Return the commit of a revision. Raises UnusableInput with the reason if there is none."""
        named = self._hash(revision)
        if named is None:
            raise UnusableInput(f"--against: no revision {revision!r} in {self.top}; {self._other_revisions()}")
        if (commit := self._hash(f"{named}^{{commit}}")) is None:
            what = self.whole.git("cat-file", "-t", named).stdout.decode().strip()
            raise UnusableInput(f"--against: {revision!r} is a {what}, not a commit; {self._other_revisions()}")
        subject = self.whole.git("log", "-1", "--format=%s", commit).stdout.decode(errors="replace").strip()
        return Commit(revision, commit, subject)

    def _hash(self, revision: str) -> str | None:
        """Return the hash of what a revision names; None if it names nothing."""
        found = self.whole.git("rev-parse", "--verify", "--quiet", "--end-of-options", revision)
        named = found.stdout.decode().strip()
        return named if found.returncode == 0 and not named.startswith("^") else None  # ^main: all but main's

    def _other_revisions(self) -> str:
        """Return how to get the commits that a shallow clone lacks, or to list those that are there."""
        command = f"git -C {shlex.quote(str(self.top))}"
        if not self.whole.git("rev-list", "--all", "-1").stdout:
            return "it has no commit yet; commit the state to compare with"
        if self.whole.git("rev-parse", "--is-shallow-repository").stdout.strip() == b"true":
            return f"this clone is shallow; `{command} fetch --unshallow {EVERY_BRANCH}` fetches all commits"
        return f"`{command} log --oneline --decorate --all` lists the commits"

    def fork(self, commit: Commit) -> str | None:
        """Return the hash of the commit at which the checkout left this one's branch; None if it has all of it."""
        base = self.whole.git("merge-base", commit.hash, "HEAD").stdout.decode().strip()
        return base if base not in ("", commit.hash) else None

    def described(self) -> str:
        """Return the folder, its commit, and whether it has uncommitted changes, in words."""
        at = f"at {self.head[:8]}" if self.head else "without a commit"
        status = self.tree.output("status", "--porcelain", EVEN_IGNORED, "--", ".")
        return f"{self.folder} {at}{', with uncommitted changes' if status else ''}"

    def changed_files(self, commit: Commit) -> list[str]:
        """Return the files of the project that differ from the commit, untracked ones included, without ignored ones.

        The names are relative to the project's folder. In a copied checkout, all files have other times than in the
        index, and git ignores changes of files that are assumed to be unchanged, or that a sparse checkout doesn't have
        as a rule. So a copy of the index is refreshed.
        """
        compare = ("diff", "--name-only", "-z", "--relative", "--no-renames", EVEN_IGNORED, commit.hash, "--", ".")
        with scratch() as here:
            index = here / "index"
            with suppress(FileNotFoundError):  # before the first `git add`
                # with its time: git looks into files that were changed at the same time as the index, or later
                shutil.copy2(self.folder / self.tree.output("rev-parse", "--git-path", "index").rstrip("\n"), index)
            variables = {"GIT_INDEX_FILE": str(index)}
            if not index.exists():  # somebody removed it; without one, all files would differ
                self.tree.git("read-tree", "HEAD", variables=variables)
            there, _ = self.tree.sparse()
            self.tree.git("update-index", "-z", "--no-skip-worktree", "--stdin", variables=variables, given=there)
            self.tree.git("update-index", "-q", "--really-refresh", variables=variables)
            differing = self.tree.output(*compare, variables=variables).split("\0")
            untracked = self.tree.listed("--others", "--exclude-standard", variables=variables)
        return sorted({*filter(None, differing), *untracked})

    def project(self) -> bytes | None:
        """Return the contents of the project's pyproject.toml; None without one."""
        file = self.folder / PROJECT
        return file.read_bytes() if file.is_file() else None

    def contents_at(self, commit: Commit, name: str) -> bytes | None:
        """Return the contents of a file of the project in a commit; None if it isn't there.

        Raises UnusableInput if it can't be read.
        """
        blob = self.tree.output("ls-tree", commit.hash, "--", name).partition("\t")[0].partition(" blob ")[2]
        if not blob:
            return None
        found = self.tree.git("cat-file", "blob", blob)
        if found.returncode != 0:
            raise self._unreadable(commit, name, found)
        return found.stdout

    def extract(self, commit: Commit, part: Path, into: Path) -> None:
        """Write a folder of the project, as it is in the commit, into a new folder.

        It is checked out into an empty working tree, so that the commit's attributes apply. `git archive` would leave
        out or change files by the attributes export-ignore and export-subst.
        Raises UnusableInput if the commit has no such folder.
        """
        place = (self.folder.relative_to(self.top) / part).as_posix()
        whole = Tree(into.with_name(f"{into.name}-commit"), self.until, self.top)
        inner = replace(whole, folder=whole.folder / place)
        whole.folder.mkdir()
        variables = {
            "GIT_DIR": self.whole.output("rev-parse", "--absolute-git-dir").rstrip("\n"),
            "GIT_WORK_TREE": str(whole.folder),
            "GIT_INDEX_FILE": f"{whole.folder}.index",
            "GIT_LITERAL_PATHSPECS": "1",
        }
        done = whole.git("read-tree", "--no-sparse-checkout", commit.hash, variables=variables)
        if done.returncode == 0 and whole.listed("--", place, variables=variables) in (
            [],
            [place],
        ):  # a file, or a link
            raise UnusableInput(
                f"--against: {commit.name} has no folder {place}/; name a commit that has it: "
                f"`git -C {shlex.quote(str(self.top))} log --oneline --all -- {shlex.quote(place)}` lists some"
            )
        if done.returncode == 0:
            done = whole.git("checkout", "--ignore-skip-worktree-bits", "--", place, variables=variables)
        if done.returncode != 0:
            raise self._unreadable(commit, place, done)
        modules = [*inner.submodules(variables)]
        inner.folder.rename(into)
        for path, there in modules:
            self._extract_submodule(commit, self.top / place / path, there, into / path)

    def _unreadable(self, commit: Commit, name: str, done: subprocess.CompletedProcess[bytes]) -> UnusableInput:
        return UnusableInput(
            f"--against: {name} of {commit.name} can't be checked out ({said(done)}); {self._to_write(said(done))}"
        )

    def _to_write(self, error: str) -> str:
        """Return what to do if files of a commit can't be written. A partial clone fetches them only then."""
        command = f"git -C {shlex.quote(str(self.top))}"
        if "filter" in error:
            return f"`{command} config --get-regexp filter` shows the command of the filter; mend it"
        if self.whole.git("config", "--get-regexp", r"^remote\..*\.promisor$").stdout:
            return f"this clone is partial; `{command} fetch` shows whether the files that it lacks can be fetched"
        return f"make room in {tempfile.gettempdir()}, or find out with `{command} fsck` what is damaged"

    def _extract_submodule(self, commit: Commit, folder: Path, there: str, into: Path) -> None:
        """Write the files of a submodule of the commit, unless it isn't in the checkout, so that NEW lacks it, too."""
        if not (folder / ".git").exists():
            return
        if Tree(folder, self.until).git("cat-file", "-e", f"{there}^{{commit}}").returncode != 0:
            command = f"git -C {shlex.quote(str(folder))} fetch origin {there}"
            raise UnusableInput(
                f"--against: {commit.name} has the submodule {folder} at {there[:8]}, which isn't there; `{command}` "
                "fetches it"
            )
        Checkout(folder, folder, self.until).extract(replace(commit, hash=there), Path(), into)

    def require_whole(self, is_needed: Callable[[str], bool]) -> None:
        """Raise UnusableInput if a sparse checkout leaves out files of the project that are needed.

        is_needed: function of a file's name relative to the project's folder.
        """
        _, left_out = self.tree.sparse()
        if missing := [*filter(is_needed, left_out)]:
            if self.whole.git("config", "--bool", "core.sparseCheckout").stdout.strip() != b"true":
                command = shlex.join(
                    ["git", "-C", str(self.folder), "update-index", "--no-skip-worktree", *missing[:1]]
                )
                raise UnusableInput(f"{self.folder / missing[0]} isn't there, but git skips it; `{command}` ends that")
            inner = os.path.commonpath([os.path.dirname(name) for name in missing])  # noqa: PTH120
            place = (self.folder.relative_to(self.top) / inner).as_posix()
            step = "disable" if place == "." else f"add {shlex.quote(place)}"
            command = f"git -C {shlex.quote(str(self.top))} sparse-checkout {step}"
            raise UnusableInput(f"{self.folder / missing[0]} is left out of this sparse checkout; `{command}` adds it")

    def tracked(self) -> list[str]:
        """Return the files that belong to the checkout's project: tracked, or untracked and not ignored."""
        return sorted({*self.tree.files()})


def is_gradrace(folder: Path) -> bool:
    """Return whether a folder is a checkout of gradrace."""
    return (folder / OURS / "interface.py").is_file() and (folder / OURS / "discovery.py").is_file()


def read_project(project: bytes | None, old: str | None = None) -> dict[str, object]:
    """Return the contents of a pyproject.toml; empty without one. Raises UnusableInput if it can't be read.

    old: name of the commit that it is of, if it isn't the checkout's.
    """
    try:
        return tomllib.loads((project or b"").decode())
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        told, step = (f"{old}: ", "compare with a commit in which it can") if old else ("", "mend it")
        raise UnusableInput(f"{told}{PROJECT} can't be read ({error}); {step}") from error


def entry_points(project: bytes | None, old: str | None = None) -> Mapping[str, str]:
    """Return the implementations that a pyproject.toml names: {name: module}; empty if it names none.

    Raises UnusableInput as `read_project` does.
    """
    read = read_project(project, old)
    named = _at(read, "project", "entry-points", ENTRY_POINTS) or _at(read, "tool", "poetry", "plugins", ENTRY_POINTS)
    return {str(name): str(value) for name, value in named.items()}


def _at(table: object, *keys: str) -> dict[str, object]:
    """Return the table at these keys, or an empty one."""
    for key in keys:
        table = table.get(key) if isinstance(table, dict) else None
    return table if isinstance(table, dict) else {}


def checkout_of(folder: Path, until: Deadline = NEVER) -> Checkout:
    """Return the checkout that a folder belongs to.

    until: deadline of git's calls.

    Raises:
        UnusableInput: If the folder is in no git repository, or the repository has no implementations.
    """
    if shutil.which("git") is None:
        raise UnusableInput("--against needs git, which is not installed; install it")
    if not folder.is_dir():
        raise UnusableInput(f"--repo: {folder} is no folder; name a checkout")
    folder = folder.resolve()
    asked = Tree(folder, until).git("rev-parse", "--show-toplevel")
    if asked.returncode != 0:
        raise UnusableInput(_why_not(folder, asked.stderr.decode(errors="replace"), said(asked)))
    top = Path(os.fsdecode(asked.stdout.rstrip(b"\n")))
    inside = folder.relative_to(top)
    for place in (top / inside, *(top / part for part in inside.parents)):
        if is_gradrace(place) or ((place / PROJECT).is_file() and entry_points((place / PROJECT).read_bytes())):
            return Checkout(top, place, until)
    checkout = Checkout(top, top, until)
    checkout.require_whole({PROJECT, f"{OURS}/interface.py", f"{OURS}/discovery.py"}.__contains__)
    raise UnusableInput(
        f"{top} has no implementations: neither gradrace's folder impls/ nor entry points {ENTRY_POINTS!r} in a "
        f"{PROJECT}; change into a checkout that has, or name it with --repo"
    )


def _why_not(folder: Path, said: str, reason: str) -> str:
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
    return f"{folder}: git can't be used here ({reason}); name a checkout with --repo"
