"""Changes between the two sides: which implementations may be faster, slower or wrong, and what isn't compared."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

from gradrace.bench.gate.code.project import is_built, is_no_part
from gradrace.bench.gate.code.repository import OURS, Checkout, Commit
from gradrace.bench.gate.code.sides import HARNESS, Side, Sides
from gradrace.bench.gate.code.syntax import essence

PACKAGE = ("gradrace", "impls")

DEPENDENCIES = (
    *("pyproject.toml", "setup.py", "setup.cfg", "requirements*.txt", "constraints*.txt", "*.lock", "pylock*.toml"),
    *("environment*.y*ml", "Pipfile", ".python-version"),
)
"""Patterns of files that choose the versions of dependencies and of Python."""

ALIKE = 0.6
"""Share of equal lines from which on a new implementation is an old one with another name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Change of an implementation between OLD and NEW.

    Attributes:
        files: Files that do something else now, of the implementation and what it imports; empty if none does.
        only: The side that has it, if only one does.
        was: OLD's name for it, if it was renamed.
        words: Files of which only comments, docstrings, formatting or annotations differ.
        packages: Changes of the packages that it uses, in words, if NEW runs in another environment.
    """

    impl: str
    files: tuple[str, ...] = ()
    only: str | None = None
    was: str | None = None
    words: tuple[str, ...] = ()
    packages: tuple[str, ...] = ()

    @property
    def differs(self) -> bool:
        """Return whether it may be faster, slower or wrong now."""
        return bool(self.files or self.packages) and self.only is None


def differences(old: Side, new: Side) -> list[Difference]:
    """Return the differences of each implementation of either side, by name."""
    before, after = old.sources(), new.sources()
    lost, gained = sorted({*before} - {*after}), sorted({*after} - {*before})
    renamed = _renamed({name: before[name].path for name in lost}, {name: after[name].path for name in gained})
    found = [Difference(name, only=old.name) for name in lost if name not in renamed.values()]
    for name in sorted(after):
        was = renamed.get(name, name)
        if was not in before:
            found.append(Difference(name, only=new.name))
            continue
        changed, words = _changed(old, before[was].path, new, after[name].path)
        found.append(Difference(name, changed, was=was if was != name else None, words=words))
    return sorted(found, key=lambda one: one.impl)


def _changed(old: Side, before: Path, new: Side, after: Path) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files of an implementation that do something else, and those that differ in words only."""
    names = {*files_of(before, old.root, old.package), *files_of(after, new.root, new.package)}
    own = before.relative_to(old.root).as_posix(), after.relative_to(new.root).as_posix()
    pairs = {own[1]: (_contents(before), _contents(after))}
    for name in names - {*own}:
        pairs[name] = _contents(old.root / name), _contents(new.root / name)
    different = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    changed = {name for name, pair in different.items() if _essence(pair[0]) != _essence(pair[1])}
    return tuple(sorted(changed)), tuple(sorted({*different} - changed))


def _renamed(lost: dict[str, Path], gained: dict[str, Path]) -> dict[str, str]:
    """Return {new name: old name} of implementations that were renamed: most of their lines are equal."""
    alike = sorted(
        (
            (SequenceMatcher(None, _lines(before), _lines(after), autojunk=False).ratio(), name, was)
            for was, before in lost.items()
            for name, after in gained.items()
        ),
        reverse=True,
    )
    found: dict[str, str] = {}
    for share, name, was in alike:
        if share >= ALIKE and name not in found and was not in found.values():
            found[name] = was
    return found


def _lines(path: Path) -> list[bytes]:
    return [line for line in (_contents(path) or b"").splitlines() if line.strip()]


def unseen(sides: Sides, found: Sequence[Difference], commit: Commit, checkout: Checkout) -> Iterator[str]:
    """Yield what differs and might change speed or results, but isn't compared."""
    if sides.harness:
        named = ", ".join((OURS / name).as_posix() for name in sides.harness)
        yield f"{named} differs, which isn't compared: both sides use this checkout's"
    changed = checkout.changed_files(commit)
    for name in changed if sides.old.python == sides.new.python else ():
        if any(fnmatch(name, pattern) for pattern in DEPENDENCIES):
            yield f"{name} differs, which isn't compared: both sides use the packages that are installed here"
    if not checkout.is_gradrace:
        return
    seen = {name for one in found for name in (*one.files, *one.words)} | {*HARNESS}
    seen |= {f"{one.impl}.py" for one in found} | {f"{one.was}.py" for one in found}
    for name in changed:
        inner = Path(name)
        if inner.is_relative_to(OURS) and inner.relative_to(OURS).as_posix() not in seen:
            now = checkout.folder / name
            if _essence(checkout.contents_at(commit, name)) != _essence(_contents(now)):
                yield f"{name} differs, which isn't compared: no implementation imports it"


def built(found: Sequence[Difference], commit: Commit, checkout: Checkout) -> list[Difference]:
    """Return the differences of a project; if it is built, each changed part counts for each of its implementations."""
    parts = checkout.changed_files(commit) if any(map(is_built, checkout.tracked())) else []
    changed = tuple(name for name in parts if not is_no_part(name))
    return [
        one if one.only is not None else Difference(one.impl, (*one.files, *changed), None, one.was, one.words)
        for one in found
    ]


def files_of(path: Path, root: Path, package: tuple[str, ...] = PACKAGE) -> set[str]:
    """Return an implementation's file and all of a side's files that it imports, directly or not, without the harness.

    The names are relative to `root`, for example "_simd/fused.py".

    Args:
        path: File of the implementation.
        root: Folder of the side's files.
        package: Package that `root` is; empty if packages are found there.
    """
    found: set[str] = set()
    ahead = [path]
    while ahead:
        file = ahead.pop()
        name = file.relative_to(root).as_posix()
        if name in found or (package and name in HARNESS) or not file.is_file():
            continue
        found.add(name)
        for module in imported(file, root, package):
            inner = [root.joinpath(*module[:depth]) for depth in range(1, len(module) + 1)]
            ahead += [inner[-1].with_suffix(".py"), *(folder / "__init__.py" for folder in inner)]
    return found


def imported(file: Path, root: Path, package: tuple[str, ...] = PACKAGE) -> Iterator[tuple[str, ...]]:
    """Yield the parts of each imported name that may be a module below `root`; nothing if the file isn't Python."""
    try:
        tree = ast.parse(file.read_bytes())
    except (SyntaxError, ValueError):
        return
    inside = (*package, *file.parent.relative_to(root).parts)
    depth = len(package)
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module=module, level=level, names=names):
                around = inside[: len(inside) - level + 1] if level else ()
                base = (*around, *(module.split(".") if module else ()))
                modules = [base, *((*base, alias.name) for alias in names)]
            case ast.Import(names=names):
                modules = [tuple(alias.name.split(".")) for alias in names]
            case _:
                continue
        ours = (parts for parts in modules if parts[:depth] == package and (package or parts[:1] != PACKAGE[:1]))
        yield from (parts[depth:] for parts in ours if len(parts) > depth)


def _contents(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


@cache
def _essence(contents: bytes | None) -> str | bytes | None:
    return None if contents is None else essence(contents)
