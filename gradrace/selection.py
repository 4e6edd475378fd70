"""Choose the implementations: --impl, --device and --against as sources. Errors are UnusableInput with one line."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from gradrace.bench.machine.gpu import NoGpu, gpu
from gradrace.bench.machine.memory import check_memory
from gradrace.bench.machine.variables import require_unspoiled
from gradrace.bench.results import FAULTS, FLOORS, MAIN, ON_GPU, Cell, Results, UnusableInput, by_elements
from gradrace.bench.text import known, require_available
from gradrace.impls.discovery import (
    RENAMED,
    STARTER,
    Source,
    everyone,
    is_no_implementation,
    is_written_for_the_old_name,
    sources,
)
from gradrace.impls.interface import CPU, CUDA


def devices(text: str) -> tuple[str, ...]:
    """Return cpu, cuda or both, from "cpu,cuda". Raises UnusableInput for cuda without a GPU."""
    chosen = tuple(dict.fromkeys(known("--device", word.strip(), [CPU, CUDA]) for word in text.split(",")))
    if CUDA in chosen:
        try:
            gpu()
        except NoGpu as reason:
            raise UnusableInput(f"--device: there is no GPU to compute on: {reason}; leave cuda out") from reason
    return chosen


def chosen_sources(text: str, devices: Sequence[str] = (CPU,)) -> list[Source]:
    """Return the implementations in "numpy_vectorized,numba_loop", in that order and once each; `all` adds the rest.

    devices: each implementation is included for those of them that it can compute on. One that can compute on none of
    them is included on the CPU, for comparison.
    """
    chosen = []
    for source in _named(text):
        able = source.devices()
        named = [device for device in devices if device in able] or [device for device in able if device == CPU]
        if not named and source.name in map(str.strip, text.split(",")):
            raise UnusableInput(f"--impl: {source.name} computes on {able[0]} only: `gradrace run --device {able[0]}`")
        chosen += [source.on(device) for device in named]
    return chosen


def _named(text: str, option: str = "--impl", more: Sequence[str] = ("all",)) -> list[Source]:
    """Return the sources of names, the user's files, and `all` if it is among the further words."""
    if not text.strip():
        raise UnusableInput("--impl: no name given; `gradrace list` shows them")
    words = [word.strip() for word in text.split(",")]
    ours = {source.name: source for source in sources()}
    found = ours if {*words} <= {*ours} else everyone()
    chosen: dict[str, Source] = {}
    for word in words:
        if is_file(word):
            own = _own(Path(word), found)
            if chosen.setdefault(own.name, own) != own:
                raise UnusableInput(f"--impl: two files are called {own.name}.py; rename one")
        else:
            if word not in (*found, *more) and Path(f"{word}.py").is_file():
                raise UnusableInput(f"{option}: {word[:80]} is a file here: write {word[:80]}.py")
            name = known(option, word, [*more, *found])
            chosen |= found if name == "all" else {name: found[name]}
    return [*chosen.values()]


def without_pixels(chosen: Sequence[Source], text: str) -> list[Source]:
    """Return the sources without those for pixels, unless `text`, a list of names, names them."""
    named = {*map(str.strip, text.split(","))}
    return [source for source in chosen if source.name in named or not source.is_for_pixels()]


def optional(chosen: Sequence[Source], text: str) -> list[str]:
    """Return the names of sources that `text`, a list of names and files, doesn't name and that aren't main ones."""
    words = {*map(str.strip, text.split(","))}
    ours = everyone() if "all" in words else {}
    return [source.name for source in chosen if source.name in ours and source.name not in (*words, *MAIN)]


def one(name: str) -> Source:
    """Return the one implementation of that name, or in that file."""
    if "," in name or name.strip() == "all":
        raise UnusableInput(f"IMPL: {name[:40]!r} are several; name one")
    return _named(name, "IMPL", ())[0]


def rival(name: str, chosen: Sequence[Source], devices: Sequence[str]) -> list[Source]:
    """Return the implementation of --against, once for each device that it takes part on; empty for ""."""
    if not name:
        return []
    if "," in name or name.strip() == "all":
        raise UnusableInput(f"--against: {name[:40]!r} are several; name one")
    if not is_file(name.strip()):
        known("--against", name.strip(), [*everyone()])
    found = chosen_sources(name, devices)
    if {*chosen} <= {*found}:
        raise UnusableInput(
            f"--against: no other implementation to compare {name.strip()[:80]} with; name others with --impl"
        )
    return found


class Repeated(NamedTuple):
    """Run that --like repeats. missing: names of implementations that don't exist here."""

    cells: list[Cell]
    sources: list[Source]
    seed: int
    missing: list[str]


def repeating(theirs: Results, threads: int, impl: str = "all") -> Repeated:
    """Return the cells, implementations and seed of another run.

    Implementations that don't exist here are left out. Cells have no more threads than in that run, and at most
    `threads`.
    impl: implementations to race instead of those of that run, if not `all`; the user's files may be among them.
    Raises UnusableInput if none of its implementations exists here, or if it ran on its own data (--data).
    """
    if theirs.options.get("data") is not None:
        raise UnusableInput("--like: that run was on data of its own; give the same --data instead")
    here = everyone()
    names = dict.fromkeys(one.impl for one in theirs.measurements if one.impl not in FLOORS)
    if not names:
        raise UnusableInput("--like: that run measured no implementation; name another run")
    chosen = [here[name] for name in names if name in here] if impl == "all" else chosen_sources(impl)
    if not chosen:
        raise UnusableInput("--like: none of its implementations is here; `gradrace list` shows those that are")
    cells = {replace(one.cell, threads=min(threads, one.cell.threads)) for one in theirs.measurements}
    seed = theirs.options.get("seed")
    ordered = sorted(cells, key=by_elements)
    missing = [name for name in names if name not in {source.name for source in chosen}]
    return Repeated(ordered, chosen, seed if isinstance(seed, int) and seed >= 0 else 0, missing)


def is_file(word: str) -> bool:
    """Return whether a word of --impl is a file, and not a name."""
    return word.endswith(".py")


def _own(file: Path, others: Mapping[str, Source]) -> Source:
    """Return the source of an implementation in the user's file."""
    if file.exists() and not file.is_file():
        raise UnusableInput(f"--impl: {str(file)[:200]} is a folder or a pipe; name a file")
    if not file.is_file():
        raise UnusableInput(
            f"--impl: {str(file)[:200]} isn't there; `gradrace new {file.stem[:40]}` writes one to start from"
        )
    if not file.stem.isprintable() or ON_GPU[0] in file.stem or file.stem in FLOORS:
        raise UnusableInput(f"--impl: {file.stem[:40]!r} can't be an implementation's name; rename the file")
    if file.stem in others:
        raise UnusableInput(f"--impl: {file.stem} is the name of an existing implementation; rename the file")
    if is_written_for_the_old_name(file):
        raise UnusableInput(f"--impl: {file.name} {RENAMED}")
    if is_no_implementation(file):
        told = "defines no IMPLEMENTATION, which names its gradient; `gradrace new NAME` writes a file to start from"
        raise UnusableInput(f"--impl: {str(file)[:200]} {told}")
    return Source(file.stem, file.resolve())


def word(name: str, chosen: Sequence[Source]) -> str:
    """Return the word of --impl for one of the chosen implementations: its name, or its file, as seen from here."""
    found = next((source for source in chosen if str(source.name) == name.partition(ON_GPU)[0]), None)
    if found is None or found in sources() or found.name in everyone():
        return name
    here = Path.cwd()
    return str(found.path.relative_to(here) if found.path.is_relative_to(here) else found.path)


def starter(name: str) -> Path:
    """Write the file of a new implementation into this folder. Raises UnusableInput if it exists or can't be made."""
    file = Path(f"{name.removesuffix('.py')}.py")
    if not file.stem.isidentifier() or file.name != str(file):
        raise UnusableInput(
            f"NAME: {name[:40]!r} can't be the name of a Python module; take letters, digits and _, like my_way"
        )
    if file.stem in everyone():
        raise UnusableInput(f"NAME: {file.stem} is the name of an existing implementation; take another")
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(STARTER.read_text(encoding="utf-8"))
    except FileExistsError as error:
        raise UnusableInput(f"NAME: {file} exists already; take another name, or delete it") from error
    except OSError as error:
        raise UnusableInput(f"NAME: {file} can't be written ({error.strerror}); go to another folder") from error
    return file


def require_possible(sources: Sequence[Source], impl: str, cells: Sequence[Cell], option: str = "--impl") -> None:
    """Raise UnusableInput if nothing can be measured, before a folder is made or a process is started.

    That is the case if each implementation lacks a package, or if one of the cells doesn't fit in memory. A race skips
    such cells: it is possible if its first one, which is the smallest, fits.
    """
    lacking = [(source.name, reason) for source in sources if (reason := source.missing())]
    if len(lacking) == len(sources):
        require_available(lacking, impl, option)
    check_memory(cells, len(sources) - len(lacking))


def require_fair(sources: Sequence[Source], beside: Sequence[str] = ("numpy", "numba")) -> None:
    """Raise UnusableInput if the environment slows down a library of an implementation, or one in `beside`.

    Those of a race are NumPy and Numba, as the limit is compiled.
    """
    present = [source for source in sources if not source.missing()]
    used = {*beside}.union(*(source.libraries() for source in present))
    require_unspoiled(used, on_gpu=any(source.device == CUDA for source in present))


def require_measured(results: Results, impl: str) -> None:
    """Raise UnusableInput if a named implementation is unavailable, or if nothing was measured or found at fault."""
    unavailable = [one for one in results.absences if one.outcome == "unavailable"]
    require_available([(one.impl, one.message) for one in unavailable], impl)
    if not _has_answer(results):
        skipped = [one for one in results.absences if one.outcome != "unavailable" and one.impl not in FLOORS]
        reasons = [f"{one.impl}: {one.message}" for one in [*skipped, *unavailable]]
        raise UnusableInput(f"nothing was measured; {next(iter(reasons), 'no implementation took part')}")


def require_some_measured(several: Sequence[Results]) -> None:
    """Raise UnusableInput as `require_measured` does if there is nothing in any of these runs."""
    if not any(map(_has_answer, several)):
        require_measured(several[0], "")


def _has_answer(results: Results) -> bool:
    """Return whether an implementation was measured, or found at fault."""
    measured = any(measurement.impl not in FLOORS for measurement in results.measurements)
    return measured or any(absence.outcome in FAULTS for absence in results.absences)


def is_empty(results: Results) -> bool:
    """Return whether a run has nothing to report because no implementation could be loaded."""
    return not results.measurements and all(one.outcome == "unavailable" for one in results.absences)
