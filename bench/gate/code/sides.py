"""The two sides of a check: the implementations of a git revision, and those of the checkout with uncommitted work.

Only files of the revision are read, into a temporary folder. No worktree is registered, and the user's checkout, index
and stash are never touched. Each side has a folder of its own. Kernels that Numba has compiled from the same files
before are loaded by either side (`compile_cache.kept_folder`); pairs begin when both have compiled. Both sides run
under this gradrace's `bench`, and use the checkout's `interface.py`, discovery and loader: only the implementations
differ, and no old protocol has to be supported.
"""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import NamedTuple

from gradrace.bench.gate.code.project import install, is_built
from gradrace.bench.gate.code.repository import OURS, PROJECT, Checkout, Commit, entry_points
from gradrace.bench.gate.code.syntax import essence
from gradrace.bench.gate.code.trees import is_file_or_link
from gradrace.bench.paths import ROOT, Home
from gradrace.bench.results import UnusableInput
from gradrace.bench.scratch import scratch
from gradrace.bench.timing import NEVER, Deadline
from gradrace.impls.discovery import Source, module_of, sources

NEW, THIS_ENVIRONMENT = "this checkout", "this environment"

PYTHON = Path("bin", "python")
"""Interpreter in a virtual environment."""

OLD_IMPORT = re.compile(rb"^(\s*(?:from|import) )impls\b", re.MULTILINE)
"""Import of helpers in revisions from before the package was called `gradrace.impls`."""

PACKAGE = ("gradrace", "impls")
"""Package of gradrace's implementations."""

HARNESS = (
    "__init__.py",
    "_shared/__init__.py",
    "_shared/compile_cache.py",
    "_shared/imports.py",
    "_shared/source_only.py",
    "_shared/static.py",
    "discovery.py",
    "interface.py",
)
"""Files that both sides take from the checkout, as far as it has them."""

NAMES_NOT_COPIED = shutil.ignore_patterns("__pycache__", ".*")


@dataclass(frozen=True, slots=True)
class Side:
    """A folder that a worker imports packages from: gradrace, and those of a project with implementations of its own.

    Attributes:
        name: Name of the side.
        folder: The folder.
        points: File of each implementation of such a project, by name; None for gradrace's own.
        python: Interpreter of its workers.
    """

    name: str
    folder: Path
    points: Mapping[str, Path] | None = None
    python: str = sys.executable

    @property
    def home(self) -> Home:
        """Return the package and the interpreter of its workers."""
        return Home(self.folder, self.python)

    @property
    def impls(self) -> Path:
        """Return the folder of gradrace's implementations."""
        return self.folder.joinpath(*PACKAGE)

    @property
    def root(self) -> Path:
        """Return the folder that the names of its files are relative to."""
        return self.impls if self.points is None else self.folder

    @property
    def package(self) -> tuple[str, ...]:
        """Return the package that `root` is; empty if packages are found there."""
        return PACKAGE if self.points is None else ()

    def sources(self) -> dict[str, Source]:
        """Return the implementations by name."""
        if self.points is not None:
            return {name: Source(name, path) for name, path in self.points.items()}
        return {source.name: source for source in sources(self.impls)}


class Sides(NamedTuple):
    """The two sides of a check.

    Attributes:
        old: The revision's implementations.
        new: The checkout's.
        harness: Files of HARNESS that differ; both sides have the checkout's.
        ignored: Files that git ignores; both sides have the checkout's.
    """

    old: Side
    new: Side
    harness: tuple[str, ...] = ()
    ignored: tuple[str, ...] = ()


@contextmanager
def two_sides(
    commit: Commit | None, checkout: Checkout, environment: Path | None = None, until: Deadline = NEVER
) -> Iterator[Sides]:
    """Yield OLD, the commit, and NEW, the checkout with uncommitted work; delete both afterwards, also on errors.

    Without a commit, both are the checkout.

    Args:
        commit: The commit that is OLD.
        checkout: The checkout.
        environment: Virtual environment in which NEW runs; this one by default.
        until: Deadline of a project's build.

    Raises:
        UnusableInput: If the commit has no implementations, or a project's packages can't be installed.
    """
    with scratch() as here:
        if os.pathsep in str(here):  # it would end the folder in PYTHONPATH: workers would import another gradrace
            raise UnusableInput(f"TMPDIR: {here.parent} contains {os.pathsep!r}; set TMPDIR to a folder without it")
        old = Side(commit.name if commit else THIS_ENVIRONMENT, here / "old")
        new = Side(NEW if commit else str(environment), here / "new")
        if environment is not None:
            new = replace(new, python=str(environment.absolute() / PYTHON))
        if checkout.is_gradrace:
            yield _gradrace(commit, checkout, old, new)
        else:
            yield _project(commit, checkout, old, new, until)


def _gradrace(commit: Commit | None, checkout: Checkout, old: Side, new: Side) -> Sides:
    """Return the sides of a checkout of gradrace."""
    checkout.require_whole(lambda name: name.startswith(f"{OURS}/"))
    for side in (old, new):
        copy_package(side.folder)
        if side is old and commit is not None:
            checkout.extract(commit, OURS, old.impls)
        else:  # copy, not copy2: programs that clear temporary folders remove files that were changed long ago
            _copy(checkout.folder / OURS, side.impls)
        _require_inside(side.impls, side)
    for file in old.impls.rglob("*.py"):
        if file.is_file():
            file.write_bytes(OLD_IMPORT.sub(rb"\1gradrace.impls", file.read_bytes()))
    inner = replace(checkout.tree, folder=checkout.folder / OURS)
    ignored = [name for name in inner.ignored_modules() if "/" in name or name.startswith("_")]
    ignored += [name for name in inner.ignored() if not name.endswith(".py") and (new.impls / name).is_file()]
    _add(ignored, checkout.folder / OURS, old.impls)
    changed = []
    for name in HARNESS:
        ours, theirs = new.impls / name, old.impls / name
        missing = not ours.is_file()  # an older checkout has fewer of them
        if theirs.is_file() and (missing or essence(theirs.read_bytes()) != essence(ours.read_bytes())):
            changed.append(name)
        theirs.unlink(missing_ok=True)
        if not missing:
            theirs.parent.mkdir(exist_ok=True)
            shutil.copy(ours, theirs)
    return Sides(old, new, tuple(changed), tuple(ignored))


def _copy(ours: Path, into: Path) -> None:
    """Copy a folder of implementations. Raises UnusableInput if a file can't be read."""
    try:
        shutil.copytree(ours, into, symlinks=True, ignore=_not_copied, copy_function=shutil.copy)
    except shutil.Error as error:
        ((file, _, why), *_) = error.args[0]
        raise _unreadable(Path(file), why) from error


def _not_copied(folder: str, names: list[str]) -> set[str]:
    """Return the names in a folder that no implementation needs: hidden ones, bytecode, pipes and sockets."""
    places = {name: Path(folder, name) for name in names}
    special = {name for name, at in places.items() if not (at.is_symlink() or at.is_file() or at.is_dir())}
    return NAMES_NOT_COPIED(folder, names) | special


def _project(commit: Commit | None, checkout: Checkout, old: Side, new: Side, until: Deadline) -> Sides:
    """Return the sides of a project whose packages have implementations of gradrace."""
    checkout.require_whole(is_built)
    found, lost, ignored = [], set[str](), checkout.tree.ignored_modules()
    own = {f"/{module_of(value).replace('.', '/')}.py" for value in entry_points(checkout.project()).values()}
    shared = [name for name in ignored if not is_built(name) and not any(f"/{name}".endswith(file) for file in own)]
    for side in (old, new):
        tree = side.folder.with_name(f"{side.folder.name}-tree")
        if side is old and commit is not None:
            checkout.extract(commit, Path(), tree)
            _add(shared, checkout.folder, tree)
        else:
            _add([*checkout.tracked(), *ignored], checkout.folder, tree)
        _require_inside(tree, side)
        side.folder.mkdir()
        (side.folder / "gradrace").symlink_to((ROOT / "gradrace").resolve())
        points = install(tree, side.folder, side.name, side.python, until)
        if side is old:  # NEW fails where it names a module that isn't there, and OLD has no such implementation
            lost = {name for name, file in points.items() if not file.is_file()}
            points = {name: file for name, file in points.items() if name not in lost}
        found.append(replace(side, points=points))
    for name, file in (found[1].points or {}).items():
        if not file.is_file() and name in lost:
            module = file.relative_to(new.folder)
            raise UnusableInput(
                f"{PROJECT}: no folder of {old.name} or of {new.name} has {module}, which entry point {name} names; "
                "move the package into src/, under the name that it is imported by"
            )
    return Sides(found[0], found[1], ignored=tuple(shared))


def _add(names: Iterable[str], ours: Path, into: Path) -> None:
    """Copy files from one folder into another one, unless they are there, or a file or a link is in a folder's place.

    A link could lead out of the other folder. Raises UnusableInput if a file can't be read.
    """
    for name in names:
        place = into / name
        if not any(map(is_file_or_link, [place, *place.parents][: len(Path(name).parts)])):
            place.parent.mkdir(parents=True, exist_ok=True)
            try:
                shutil.copy(ours / name, place, follow_symlinks=False)
            except PermissionError as error:
                raise _unreadable(ours / name, error.strerror) from error


def _unreadable(file: Path, why: str | None) -> UnusableInput:
    return UnusableInput(f"{file}: can't be copied ({why}); make it readable, or remove it")


def _require_inside(folder: Path, side: Side) -> None:
    """Raise UnusableInput if a link leads out of a side's files: it would lead elsewhere, and both sides share it."""
    for path in folder.rglob("*"):
        if path.is_symlink() and not Path(os.path.realpath(path)).is_relative_to(os.path.realpath(folder)):
            name = path.relative_to(folder)
            step = "make it a file, and compare with a commit in which it is one"
            raise UnusableInput(f"{side.name}: {name} is a link to {path.readlink()}, outside of it; {step}")


def copy_package(folder: Path) -> None:
    """Make a package gradrace in a new folder, with links to everything in this one except its implementations."""
    package = folder / "gradrace"
    package.mkdir(parents=True)
    for entry in (ROOT / "gradrace").iterdir():
        if entry.name not in ("impls", "__pycache__"):
            (package / entry.name).symlink_to(entry.resolve())


def files(side: Side) -> dict[Path, int]:
    """Return the files of a side's implementations, with their sizes."""
    found = (file for file in side.root.rglob("*.py") if file.is_file() and "__pycache__" not in file.parts)
    return {file: file.stat().st_size for file in found}


def require_intact(before: Mapping[Path, int]) -> None:
    """Raise UnusableInput if one of these files is gone or has another size: no implementation is to blame for that."""
    for file, size in before.items():
        if not file.is_file() or file.stat().st_size != size:
            raise UnusableInput(
                f"{file}, a temporary copy, was removed or changed during the check: does a program clear that folder? "
                "Check again, or set TMPDIR to another folder"
            )
