"""Repositories that the tests of a check make, and what is known of them."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gradrace.bench.gate.code.repository import Commit, checkout_of
from gradrace.bench.gate.code.sides import Sides
from gradrace.bench.gate.code.sides import two_sides as sides_of
from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import Deadline

LONG = "".join(f"A{number} = {number}\n" for number in range(20))

PROJECT = """[project]
name = "theirs"
[project.entry-points."gradrace.implementations"]
mine = "theirs.mine"
"""

FLAT = PROJECT.replace("theirs.mine", "mine")

OVER = Deadline(lambda: 1, 0)
"""Deadline that is over."""


@contextmanager
def two_sides(revision: str, folder: Path) -> Iterator[Sides]:
    checkout = checkout_of(folder)
    with sides_of(checkout.commit(revision), checkout) as sides:
        yield sides


def resolve(revision: str, folder: Path) -> Commit:
    return checkout_of(folder).commit(revision)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def followed(refused: UnusableInput, number: int = 0) -> str:
    """Run a command that a message names; return what it prints."""
    command = shlex.split(str(refused).split("`")[1::2][number])
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def state(checkout: Path) -> tuple[str, ...]:
    """All that git and the file system know of a checkout, but for what Python keeps of what it imported."""
    commands = (("status", "--porcelain"), ("stash", "list"), ("worktree", "list"), ("diff",), ("diff", "--cached"))
    files = sorted(
        f"{path}:{path.stat().st_mtime_ns}"
        for path in checkout.rglob("*")
        if path.is_file() and not {".git", "__pycache__"} & {*path.parts}
    )
    return (*(git(checkout, *command) for command in commands), *files)


def project(folder: Path, **texts: str) -> Path:
    """A committed project of modules in its top folder."""
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder
