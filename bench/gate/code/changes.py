"""Changes between the two sides: which implementations may be faster, slower or wrong, and what isn't compared."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from fnmatch import fnmatch
from functools import cache
from pathlib import Path, PurePosixPath
from typing import NamedTuple

from gradrace.bench.gate.code.project import LAYOUTS, is_built, is_no_part
from gradrace.bench.gate.code.reach import COMPILED, files_of, loose, named_last
from gradrace.bench.gate.code.repository import OURS, Checkout, Commit
from gradrace.bench.gate.code.sides import HARNESS, Side, Sides
from gradrace.bench.gate.code.syntax import essence
from gradrace.bench.results import UnusableInput
from gradrace.bench.text import known

DEPENDENCIES = (
    *("pyproject.toml", "setup.py", "setup.cfg", "requirements*.txt", "constraints*.txt", "*.lock", "pylock*.toml"),
    *("environment*.y*ml", "Pipfile", ".python-version"),
)
"""Patterns of files that choose the versions of dependencies and of Python."""

MOST_NAMED = 5
"""Largest number of files listed that no implementation reads; more are counted."""

ALIKE = 0.6
"""Share of equal lines from which on a new implementation is an old one with another name."""


@dataclass(frozen=True, slots=True)
class Difference:
    """Change of an implementation between OLD and NEW.

    Attributes:
        files: Files that do something else now: its own, those that it imports, and those that it names; or none.
        only: The side that has it, if only one does.
        was: OLD's name for it, if it was renamed.
        moved: NEW's file with its code, if only OLD has it, but NEW has such a file where none is found.
        words: Files of which only comments, docstrings, formatting or annotations differ.
        packages: Changes of the packages that it uses, in words, if NEW runs in another environment.
    """

    impl: str
    files: tuple[str, ...] = ()
    only: str | None = None
    was: str | None = None
    moved: str | None = None
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
    renamed = _renamed(_codes(old, lost, new), _codes(new, gained, old))
    lost = [name for name in lost if name not in renamed.values()]
    found = [Difference(name, only=old.name, moved=_moved(before[name].path, old, new)) for name in lost]
    named = loose(old) | loose(new)
    for name in sorted(after):
        was = renamed.get(name, name)
        if was not in before:
            found.append(Difference(name, only=new.name))
            continue
        changed, words = _changed(old, before[was].path, new, after[name].path, named)
        found.append(Difference(name, changed, was=was if was != name else None, words=words))
    return sorted(found, key=lambda one: one.impl)


def _changed(
    old: Side, before: Path, new: Side, after: Path, named: set[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Return the files of an implementation that do something else, and those that differ in words only."""
    names = files_of(before, old.root, old.package, named) | files_of(after, new.root, new.package, named)
    own = _name(before, old), _name(after, new)
    pairs = {own[1]: (_contents(before), _contents(after))}
    for name in names - {*own}:
        pairs[name] = _contents(old.root / name), _contents(new.root / name)
    different = {name: pair for name, pair in pairs.items() if pair[0] != pair[1]}
    changed = {name for name, pair in different.items() if _essence(pair[0]) != _essence(pair[1])}
    return tuple(sorted(changed)), tuple(sorted({*different} - changed))


class Code(NamedTuple):
    """Code of an implementation: the name of its file, and the lines of it and of files that the other side lacks."""

    file: str
    lines: Sequence[bytes]


def _codes(side: Side, names: Sequence[str], other: Side) -> dict[str, Code]:
    """Return the code of implementations of a side. One may be split into a module and a helper by its new name."""
    found = {}
    for name, source in side.sources().items():
        if name in names:
            lines = [*_lines(source.path), *_helping(source.path, side, other)]
            found[name] = Code(_name(source.path, side), lines)
    return found


def _helping(path: Path, side: Side, other: Side) -> Iterator[bytes]:
    """Yield the lines of files that an implementation imports, and that the other side lacks."""
    for name in sorted(files_of(path, side.root, side.package) - {_name(path, side)}):
        if not (other.root / name).is_file():
            yield from _lines(side.root / name)


def _renamed(lost: dict[str, Code], gained: dict[str, Code]) -> dict[str, str]:
    """Return {new name: old name} of implementations that were renamed: their file, or most of their lines, are equal.

    The file is equal if only an entry point was renamed.
    """
    alike = sorted(
        ((_likeness(before, after), name, was) for was, before in lost.items() for name, after in gained.items()),
        reverse=True,
    )
    found: dict[str, str] = {}
    for share, name, was in alike:
        if share >= ALIKE and name not in found and was not in found.values():
            found[name] = was
    return found


def _likeness(before: Code, after: Code) -> float:
    """Return the share of equal lines in any order, as in order takes hours for long tables; 1 for the same file."""
    if before.file == after.file:
        return 1.0
    equal = Counter(before.lines) & Counter(after.lines)
    return 2 * equal.total() / max(1, len(before.lines) + len(after.lines))


def _moved(path: Path, old: Side, new: Side) -> str | None:
    """Return NEW's file with the code of an implementation that only OLD has; None if there is none.

    It is the same file, which no entry point names any more. Or OLD lacks it, and it has the implementation's name, as
    mine/__init__.py and _mine.py for mine.py, or most of its lines.
    """
    lost = Code(_name(path, old), _lines(path))
    known = {source.path for source in new.sources().values()}
    for file in sorted(new.root.rglob("*.py")):
        name = _name(file, new)
        if file in known or not file.is_file() or (name != lost.file and (old.root / name).exists()):
            continue
        if _called(file) == _called(path) or _likeness(lost, Code(name, _lines(file))) >= ALIKE:
            return name
    return None


def _called(path: Path) -> str:
    """Return the name of a module or of a package's `__init__.py`, without leading underscores."""
    return (path.parent.name if path.stem == "__init__" else path.stem).lstrip("_")


def _name(path: Path, side: Side) -> str:
    """Return a file's name, relative to its side's folder."""
    return path.relative_to(side.root).as_posix()


def _lines(path: Path) -> list[bytes]:
    return [line for line in (_contents(path) or b"").splitlines() if line.strip()]


def unseen(sides: Sides, found: Sequence[Difference], commit: Commit, checkout: Checkout) -> Iterator[str]:
    """Yield what differs and might change speed or results, but isn't compared."""
    if sides.harness:
        named = ", ".join((OURS / name).as_posix() for name in sides.harness)
        yield f"{named} differs, which isn't compared: both sides use this checkout's"
    read = {
        name
        for source in sides.new.sources().values()
        for name in files_of(source.path, sides.new.root, sides.new.package, sides.ignored)
    }
    for name in sides.ignored:
        if any(f"/{name}".endswith(f"/{one}") for one in read):
            yield f"{name} isn't compared, as git ignores it: both sides use this checkout's"
    changed = checkout.changed_files(commit)
    for name in changed if sides.old.python == sides.new.python else ():
        if _chooses_versions(name):
            yield f"{name} differs, which isn't compared: both sides use the packages that are installed here"
    loose_ones = [*_unread(sides, found, changed, commit, checkout)]
    for name in loose_ones[:MOST_NAMED]:
        yield f"{name} differs, which isn't compared: no implementation imports or names it"
    if len(loose_ones) > MOST_NAMED:
        yield f"{len(loose_ones) - MOST_NAMED} more files differ, which no implementation imports or names"


def _unread(
    sides: Sides, found: Sequence[Difference], changed: Sequence[str], commit: Commit, checkout: Checkout
) -> Iterator[str]:
    """Yield the changed files that belong to the code, and that no implementation reads, as far as can be seen."""
    seen = {*HARNESS, *(name for one in found for name in (*one.files, *one.words, one.moved))}
    for side in (sides.old, sides.new):
        seen |= {_name(source.path, side) for source in side.sources().values()}
    for name in changed:
        if checkout.is_gradrace:
            is_part = name.startswith(f"{OURS}/") and name.removeprefix(f"{OURS}/") not in seen
        else:
            is_part = not is_no_part(name) and not any(f"/{name}".endswith(f"/{one}") for one in seen)
        if is_part and not _chooses_versions(name):
            now = checkout.folder / name
            if _essence(checkout.contents_at(commit, name)) != _essence(_contents(now)):
                yield name


def _chooses_versions(name: str) -> bool:
    """Return whether a file chooses the versions of dependencies or of Python."""
    return any(fnmatch(name, pattern) for pattern in DEPENDENCIES)


def outside(found: Sequence[Difference], sides: Sides, commit: Commit, checkout: Checkout) -> list[Difference]:
    """Return the differences, with changed files that an implementation names, and that aren't copied.

    The implementation fails on both sides without them, so that the check has no answer.
    """
    names = [name for name in checkout.changed_files(commit) if not any(_places(name, sides))]
    sources = sides.new.sources()

    def more(one: Difference) -> list[str]:
        last = named_last(sources[one.impl].path, sides.new) if names and one.only is None else ()
        return [_from_root(name, checkout) for name in names if PurePosixPath(name).name in last]

    return [replace(one, files=(*one.files, *more(one))) for one in found]


def _places(name: str, sides: Sides) -> Iterator[bool]:
    """Yield for each place that a file of the checkout may have on a side whether it is there."""
    path = PurePosixPath(name)
    for layout in (OURS, *LAYOUTS):
        inner = path.relative_to(layout) if path.is_relative_to(layout) else path
        yield from ((side.root / inner).exists() for side in (sides.old, sides.new))


def _from_root(name: str, checkout: Checkout) -> str:
    """Return the name of a file relative to that of an implementation: "../data/c.txt" for gradrace's own."""
    return f"../{name}" if checkout.is_gradrace else name


def built(found: Sequence[Difference], commit: Commit, checkout: Checkout) -> list[Difference]:
    """Return the differences of a project, with its files named as in its folder, not as they are installed.

    If it is built, each changed part counts for each of its implementations, and what is built from them doesn't: it
    contains the names of temporary folders.
    """
    names, tracked = checkout.changed_files(commit), checkout.tracked()
    is_compiled = any(map(is_built, tracked))
    parts = [name for name in names if not is_no_part(name)] if is_compiled else []

    def place(installed: str) -> str:
        return min((name for name in names if f"/{name}".endswith(f"/{installed}")), key=len, default=installed)

    def is_source(installed: str) -> bool:
        return not (is_compiled and installed.endswith(COMPILED) and place(installed) == installed)

    return [
        replace(one, moved=one.moved and place(one.moved))
        if one.only is not None
        else replace(
            one,
            files=tuple(dict.fromkeys([*map(place, filter(is_source, one.files)), *parts])),
            words=tuple(map(place, one.words)),
        )
        for one in found
    ]


def _contents(file: Path) -> bytes | None:
    return file.read_bytes() if file.is_file() else None


@cache
def _essence(contents: bytes | None) -> str | bytes | None:
    return None if contents is None else essence(contents)


def chosen(
    changed: Sequence[Difference], new: Side, names: Sequence[str] | None, *, everyone: bool
) -> tuple[list[str], list[str], dict[str, str]]:
    """Return the implementations on both sides that differ or that are named, and those on NEW's side only.

    The third result are those that `everyone` would add, but whose libraries aren't installed, with the reason.

    Args:
        changed: Difference of each implementation.
        new: The new side.
        names: Implementations to compare; None selects those that differ.
        everyone: Whether to compare all implementations, also the unchanged ones.

    Raises:
        UnusableInput: If a requested name exists on neither side, or not in NEW.
    """
    only = {one.impl: one.only for one in changed}
    for name in names or ():
        known("--impl", name, [*only])
        if only[name] not in (None, new.name):
            raise UnusableInput(f"--impl: {name} is in {only[name]} only, so it can't be measured; leave it out")
    named = [one for one in changed if names is None or one.impl in names]
    added = [one.impl for one in named if one.only == new.name]
    both = [one for one in named if one.only is None]
    if names is not None:
        return [one.impl for one in both], added, {}
    sources = new.sources()
    absent = {
        one.impl: reason
        for one in both
        if everyone and not one.differs and (reason := sources[one.impl].missing()) is not None
    }
    names = [one.impl for one in both if one.differs or (everyone and one.impl not in absent)]
    return names, added, absent
