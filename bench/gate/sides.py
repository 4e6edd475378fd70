"""The two sides of a check: the implementations of a git revision, and those of this checkout with uncommitted work.

Only `impls/` of the revision is read, into a temporary folder. No worktree is registered, and the user's checkout,
index and stash are never touched. Each side has a folder of its own, so that both compile anew and neither has a warmer
cache. Both sides use this checkout's `interface.py`, discovery and loader: only the implementations differ, and no old
protocol has to be supported.
"""

from __future__ import annotations

import ast
import io
import re
import shutil
import subprocess
import tarfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from gradrace.bench.paths import ROOT
from gradrace.bench.results import UnusableInput
from gradrace.bench.scratch import scratch
from gradrace.impls.discovery import Source, sources

OLD_IMPORT = re.compile(rb"^(\s*(?:from|import) )impls\b", re.MULTILINE)
"""Import of helpers in revisions from before the package was called `gradrace.impls`."""

HARNESS = (
    "__init__.py",
    "_shared/__init__.py",
    "_shared/compile_cache.py",
    "_shared/source_only.py",
    "_shared/static.py",
    "discovery.py",
    "interface.py",
)
"""Files that both sides take from this checkout."""


@dataclass(frozen=True, slots=True)
class Side:
    """A folder that holds a package gradrace with its own implementations, and the side's name."""

    name: str
    folder: Path

    @property
    def impls(self) -> Path:
        """Return the folder of the package of implementations."""
        return self.folder / "gradrace" / "impls"

    def sources(self) -> dict[str, Source]:
        """Return the implementations by name."""
        return {source.name: source for source in sources(self.impls)}


@dataclass(frozen=True, slots=True)
class Difference:
    """Change of an implementation between OLD and NEW.

    Attributes:
        files: Files whose contents differ, of the implementation and what it imports from `impls`; empty if unchanged.
        only: The side that has it, if only one does.
    """

    impl: str
    files: tuple[str, ...] = ()
    only: str | None = None

    @property
    def differs(self) -> bool:
        """Return whether it may be faster, slower or wrong now."""
        return bool(self.files) and self.only is None


@contextmanager
def two_sides(revision: str, checkout: Path = ROOT) -> Iterator[tuple[Side, Side]]:
    """Yield OLD, the revision, and NEW, this checkout with uncommitted work; delete both afterwards, also on errors.

    Raises:
        UnusableInput: If the checkout is no git repository, or has no such revision with implementations in it.
    """
    commit = resolve(revision, checkout)
    if not (checkout / "impls").is_dir():
        raise UnusableInput(f"{checkout}: no folder impls/ here; run from a clone with a checkout")
    with scratch() as here:
        old, new = Side(revision, here / "old"), Side("this checkout", here / "new")
        copy_package(new.folder)
        shutil.copytree(checkout / "impls", new.impls, ignore=shutil.ignore_patterns("__pycache__", ".*"))
        copy_package(old.folder)
        _extract(commit, revision, checkout, old.impls)
        for name in HARNESS:
            (old.impls / name).parent.mkdir(exist_ok=True)
            shutil.copy(new.impls / name, old.impls / name)
        yield old, new


def copy_package(folder: Path) -> None:
    """Make a package gradrace in a new folder, with links to everything in this one except its implementations."""
    package = folder / "gradrace"
    package.mkdir(parents=True)
    for entry in (ROOT / "gradrace").iterdir():
        if entry.name not in ("impls", "__pycache__"):
            (package / entry.name).symlink_to(entry.resolve())


def resolve(revision: str, checkout: Path) -> str:
    """Return the full hash of the commit. Raises UnusableInput with the reason if there is none."""
    if shutil.which("git") is None:
        raise UnusableInput("--against needs git, which is not installed; install it")
    if (asked := _git(checkout, "rev-parse", "--git-dir")).returncode != 0:
        said = asked.stderr.decode(errors="replace").strip().partition("\n")[0]
        raise UnusableInput(f"{checkout}: git can't be used here ({said}); run from a clone of your own")
    found = _git(checkout, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}")
    if found.returncode != 0:
        shallow = _git(checkout, "rev-parse", "--is-shallow-repository").stdout.strip() == b"true"
        step = (
            "this clone is shallow: `git fetch --unshallow`" if shallow else "`git log --oneline` shows those there are"
        )
        raise UnusableInput(f"--against: no revision {revision!r} in {checkout}; {step}")
    return found.stdout.decode().strip()


def differences(old: Side, new: Side) -> list[Difference]:
    """Return the differences of each implementation of either side, by name."""
    before, after = old.sources(), new.sources()
    found = []
    for name in sorted({*before, *after}):
        if name not in before or name not in after:
            found.append(Difference(name, only=new.name if name in after else old.name))
            continue
        files = sorted({*files_of(before[name].path, old.impls), *files_of(after[name].path, new.impls)})
        found.append(Difference(name, tuple(file for file in files if _contents(old, file) != _contents(new, file))))
    return found


def files_of(path: Path, impls: Path) -> set[str]:
    """Return an implementation's file and all files that it imports from `impls`, directly or not, without the harness.

    The names are relative to `impls`, for example "_simd/fused.py".
    """
    found: set[str] = set()
    ahead = [path]
    while ahead:
        file = ahead.pop()
        name = file.relative_to(impls).as_posix()
        if name in found or name in HARNESS or not file.is_file():
            continue
        found.add(name)
        for module in _imported(file, impls):
            inner = [impls.joinpath(*module[:depth]) for depth in range(1, len(module) + 1)]
            ahead += [inner[-1].with_suffix(".py"), *(folder / "__init__.py" for folder in inner)]
    return found


def _imported(file: Path, impls: Path) -> Iterator[tuple[str, ...]]:
    """Yield the parts of each imported name that may be a module of `impls`; nothing if the file isn't Python."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return
    package = ("gradrace", "impls", *file.parent.relative_to(impls).parts)
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=module, level=level, names=names):
                around = package[: len(package) - level + 1] if level else ()
                base = (*around, *(module.split(".") if module else ()))
                modules = [base, *((*base, alias.name) for alias in names)]
            case ast.Import(names=names):
                modules = [tuple(alias.name.split(".")) for alias in names]
            case _:
                continue
        yield from (parts[2:] for parts in modules if parts[:2] == ("gradrace", "impls") and len(parts) > 2)


def _contents(side: Side, name: str) -> bytes | None:
    file = side.impls / name
    return file.read_bytes() if file.exists() else None


def _extract(commit: str, revision: str, checkout: Path, impls: Path) -> None:
    packed = _git(checkout, "archive", "--format=tar", f"{commit}:impls")
    if packed.returncode != 0:
        raise UnusableInput(f"--against: {revision} has no folder impls/ to compare with; name a later revision")
    try:
        with tarfile.open(fileobj=io.BytesIO(packed.stdout)) as archive:
            archive.extractall(impls, filter="data")
    except tarfile.TarError as error:
        raise UnusableInput(f"--against: impls/ of {revision} can't be unpacked ({error}); name another") from error
    for file in impls.rglob("*.py"):
        file.write_bytes(OLD_IMPORT.sub(rb"\1gradrace.impls", file.read_bytes()))


def _git(checkout: Path, *arguments: str) -> subprocess.CompletedProcess[bytes]:
    command: Sequence[str] = ["git", "-C", str(checkout), *arguments]
    return subprocess.run(command, capture_output=True, check=False)
