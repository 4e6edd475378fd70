"""The words of a command line made into numbers, cells and sources. Each raises UnusableInput with one line."""

from __future__ import annotations

import difflib
import math
import os
import re
import socket
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

import numpy as np
import psutil

from bench.cores import cores
from bench.datasets.dataset import How, Side
from bench.gpu import NoGpu, gpu
from bench.plan import (
    CHECKED,
    DEFAULT_M,
    DEFAULT_NX,
    TOLD_IN_SECONDS,
    Stage,
    cells,
    default_cells,
    equally_soon,
    full_cells,
    stage,
)
from bench.results import FLOORS, LARGEST_SIZE, ON_GPU, Cell, Dtype, Results, UnusableInput
from impls.discovery import STARTER, Source, everyone
from impls.interface import CPU, CUDA, SCHEDULER

MOST_NAMED = 20
"""Names of which a message reminds; files of strangers may hold any number."""

WEEK_S = 7 * 24 * 3600.0
"""The longest budget: waiting for a process counts milliseconds in 32 bits, which end after 24 days."""

CONNECT_S = 5.0
"""How long a scheduler may take to answer."""

COPIES = 2
"""How often a process holds X at its peak in verification: one implementation took 3 X in all, four took 5 X."""


def sizes(option: str, text: str) -> list[int]:
    """Whole numbers of 1 or more from "10,100,1000"."""
    return [_size(option, word.strip()) for word in text.split(",")]


def _size(option: str, word: str) -> int:
    if not re.fullmatch(r"[+-]?[0-9][0-9_]{0,30}", word):
        raise UnusableInput(f"{option}: {word[:30]!r} is not a whole number; give sizes like 100,1000")
    number = int(word.replace("_", ""))
    if number < 1:
        raise UnusableInput(f"{option}: {number} is less than 1; give sizes like 100,1000")
    if number > LARGEST_SIZE:
        raise UnusableInput(f"{option}: {number} is more than 2^53; give sizes like 100,1000")
    return number


def size(option: str, text: str) -> int:
    """One whole number of 1 or more."""
    first, *more = sizes(option, text)
    if more:
        raise UnusableInput(f"{option}: {text[:30]!r} are several; give one")
    return first


def number(option: str, word: str) -> float:
    """A finite number of 0 or more."""
    try:
        found = float(word)
    except ValueError:
        found = -1.0
    if not (found >= 0 and math.isfinite(found)):
        raise UnusableInput(f"{option}: {word[:30]!r} is not a number of 0 or more")
    return found


def positive(option: str, number: float) -> float:
    """A number that is finite and more than 0."""
    if not (number > 0 and math.isfinite(number)):
        raise UnusableInput(f"{option}: {number} is not a number above 0")
    return number


def budget_s(seconds: float) -> float:
    """A budget in seconds: above 0, and a week at most."""
    if positive("--budget", seconds) > WEEK_S:
        raise UnusableInput(f"--budget: {seconds:g} s is more than a week; give at most {WEEK_S:.0f}, or fewer sizes")
    return seconds


UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def memory_bytes(text: str) -> float:
    """Bytes from "4GB", "500 MB", "1e9"; what is free from ""."""
    if not text:
        return float(psutil.virtual_memory().available)
    found = re.fullmatch(r"([0-9.e+]{1,20})\s*([KMGT]?)i?B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise UnusableInput(f"--memory: {text[:30]!r} is no size; give one like 4GB")
    return positive("--memory", number("--memory", found[1])) * UNITS[found[2].upper()]


def how(label: str | None, positive: str | None, examples: str | None, size: str) -> How:
    """What a source of data may need to be told; size: "64x64", height and width."""
    sides: dict[str | None, Side | None] = {None: None, "rows": "rows", "columns": "columns"}
    if examples not in sides:
        raise UnusableInput(f"--examples: {examples!r} is neither `rows` nor `columns`")
    found = re.fullmatch(r"([1-9]\d{0,4})x([1-9]\d{0,4})", size)
    if found is None:
        raise UnusableInput(f"--size: {size[:30]!r} is no height and width; give them like 64x64")
    return How(label=label, positive=positive, examples=sides[examples], size=(int(found[1]), int(found[2])))


def threads(number: int | None) -> int:
    """The threads asked for, all cores allowed if none are. More would only wait for each other, and may crash."""
    allowed = cores()
    if number is not None and number > allowed:
        raise UnusableInput(f"--threads: {number} are more than the cores allowed here; give at most {allowed}")
    return number or allowed


def check_memory(chosen: Sequence[Cell], implementations: int) -> None:
    """Raises UnusableInput if the largest of the cells can't be verified in the memory that is free."""
    largest = max((cell.m * cell.n_x * np.dtype(cell.dtype).itemsize for cell in chosen), default=0)
    needed, free = COPIES * (1 + implementations) * largest, psutil.virtual_memory().available
    if needed > free:
        raise UnusableInput(
            f"the largest problem needs about {needed / 1e9:.1f} GB, {free / 1e9:.1f} GB are free; "
            "give a smaller one, or fewer with --impl"
        )


def writable(option: str, file: Path | None) -> Path | None:
    """A file that can be written: seen before minutes go into what it is to hold. What it holds stays until then."""
    if file is not None:
        existed = file.exists()
        try:
            file.open("ab").close()
            if not existed:
                file.unlink()  # an interruption leaves no empty file
        except OSError as error:
            raise UnusableInput(f"{option}: {file} can't be written ({error.strerror}); name another file") from error
    return file


def model_file(file: Path | None, *, resume: bool) -> Path | None:
    """Where a model goes: a new file, as what is in an old one took somebody's time; or, to be resumed, that one."""
    if resume and file is None:
        raise UnusableInput("--resume: name the model to go on with by --model")
    if file is not None and not resume and file.exists():
        raise UnusableInput(f"--model: {file} exists; go on with it by --resume, name another, or delete it")
    return writable("--model", file)


def share(option: str, number: float) -> float:
    """A share of a whole: from 0 to below 1."""
    if not 0 <= number < 1:
        raise UnusableInput(f"{option}: {number:g} is not a share of 0 or more and less than 1")
    return number


def dtype(text: str) -> Dtype:
    """float64 or float32."""
    chosen, *more = dtypes(text)
    if more:
        raise UnusableInput(f"--dtype: {text} are two; give one")
    return chosen


def dtypes(text: str) -> list[Dtype]:
    """float64, float32 or both, from "float64,float32"; once each."""
    by_name: dict[str, Dtype] = {dtype: dtype for dtype in get_args(Dtype)}
    chosen = [by_name[known("--dtype", word.strip(), list(by_name))] for word in text.split(",")]
    return list(dict.fromkeys(chosen))


def chosen_cells(m: str, n_x: str, dtype: str, threads: int, *, pixels: bool = False) -> list[Cell]:
    """Every m with every n_x; the default grid where neither is given, its own numbers for one that isn't."""
    if not m and not n_x:
        return default_cells(dtypes(dtype), threads, pixels=pixels)
    ms = sizes("--m", m) if m else list(DEFAULT_M)
    n_xs = sizes("--nx", n_x) if n_x else list(DEFAULT_NX)
    return cells([(one, other) for one in ms for other in n_xs], dtypes(dtype), threads, pixels=pixels)


def raced(
    grid: str, m: str, n_x: str, dtype: str, threads: int, *, pixels: bool, few: bool = False
) -> tuple[list[Cell], Stage]:
    """The cells of a race, and how soon each is wanted: those of `chosen_cells`, or the full grid's.

    few: where no size is given, only as many as tell in seconds which of two is faster.
    """
    if known("--grid", grid, ["default", "full"]) == "default":
        if few and not m and not n_x:
            return cells(TOLD_IN_SECONDS, dtypes(dtype), threads, pixels=pixels), equally_soon
        return chosen_cells(m, n_x, dtype, threads, pixels=pixels), equally_soon
    if m or n_x:
        raise UnusableInput("--grid full has sizes of its own; leave out --m and --nx, or --grid")
    return full_cells(dtypes(dtype), threads, pixels=pixels), stage


def nothing_else(option: str, **others: object) -> None:
    """Raise UnusableInput if an option is given that another one makes meaningless."""
    given = next((name for name, value in others.items() if value), None)
    if given:
        raise UnusableInput(f"{option} has sizes of its own; leave out --{given}")


def checked_cells(m: str, n_x: str, dtype: str, threads: int) -> list[Cell]:
    """As `chosen_cells`, but those of a check where neither is given."""
    return chosen_cells(m, n_x, dtype, threads) if m or n_x else cells(CHECKED, dtypes(dtype), threads)


def devices(text: str) -> tuple[str, ...]:
    """cpu, cuda or both, from "cpu,cuda". Raises UnusableInput too where cuda is asked for and there is no GPU."""
    chosen = tuple(dict.fromkeys(known("--device", word.strip(), [CPU, CUDA]) for word in text.split(",")))
    if CUDA in chosen:
        try:
            gpu()
        except NoGpu as reason:
            raise UnusableInput(f"--device: there is no GPU to compute on: {reason}; leave cuda out") from reason
    return chosen


def chosen_sources(text: str, devices: Sequence[str] = (CPU,)) -> list[Source]:
    """The implementations named in "numpy_vectorized,numba_loop", in that order and once each; `all` names the rest.

    devices: each takes part on those of them that it can compute on; else on the CPU, to be compared with.
    """
    chosen = []
    for source in _named(text):
        able = source.devices()
        named = [device for device in devices if device in able] or [device for device in able if device == CPU]
        if not named and source.name in map(str.strip, text.split(",")):
            raise UnusableInput(f"--impl: {source.name} computes on {able[0]} only: `gradrace run --device {able[0]}`")
        chosen += [source.on(device) for device in named]
    return chosen


def _named(text: str) -> list[Source]:
    """Of names, `all`, and files of one's own."""
    if not text.strip():
        raise UnusableInput("--impl: no name given; `gradrace list` shows them")
    found = everyone()
    chosen: dict[str, Source] = {}
    for word in map(str.strip, text.split(",")):
        if is_file(word):
            own = _own(Path(word), found)
            if chosen.setdefault(own.name, own) != own:
                raise UnusableInput(f"--impl: two files are called {own.name}.py; rename one")
        else:
            name = known("--impl", word, ["all", *found])
            chosen |= found if name == "all" else {name: found[name]}
    return [*chosen.values()]


def rival(name: str, chosen: Sequence[Source], devices: Sequence[str]) -> list[Source]:
    """Whom the chosen ones are compared with: one implementation, on each device that it takes part on; none if ""."""
    if not name:
        return []
    if "," in name or name.strip() == "all":
        raise UnusableInput(f"--against: {name[:40]!r} are several; name one")
    if not is_file(name.strip()):
        known("--against", name.strip(), [*everyone()])
    found = chosen_sources(name, devices)
    if {*chosen} <= {*found}:
        raise UnusableInput(f"--against: there is nobody to compare {name.strip()[:80]} with; name others with --impl")
    return found


def is_file(word: str) -> bool:
    """Whether a word of --impl is a file, and not a name."""
    return word.endswith(".py")


def _own(file: Path, others: Mapping[str, Source]) -> Source:
    """An implementation in a file of one's own."""
    if not file.is_file():
        raise UnusableInput(
            f"--impl: {str(file)[:200]} isn't there; `gradrace new {file.stem[:40]}` writes one to start from"
        )
    if file.stem in others:
        raise UnusableInput(f"--impl: {file.stem} is the name of one that is there already; rename the file")
    return Source(file.stem, file.resolve())


def starter(name: str) -> Path:
    """Write the file of a new implementation into this folder. Raises UnusableInput if it can't be, or is there."""
    file = Path(f"{name.removesuffix('.py')}.py")
    if not file.stem.isidentifier() or file.name != str(file):
        raise UnusableInput(
            f"NAME: {name[:40]!r} is no name of a Python module; take letters, digits and _, like my_way"
        )
    if file.stem in everyone():
        raise UnusableInput(f"NAME: {file.stem} is the name of one that is there already; take another")
    try:
        with file.open("x", encoding="utf-8") as opened:
            opened.write(STARTER.read_text(encoding="utf-8"))
    except FileExistsError as error:
        raise UnusableInput(f"NAME: {file} is there already; take another name, or delete it") from error
    except OSError as error:
        raise UnusableInput(f"NAME: {file} can't be written ({error.strerror}); go to another folder") from error
    return file


def names(text: str) -> list[str] | None:
    """The names in "numpy_vectorized,numba_loop", whoever they are; None if all are meant."""
    return None if text.strip() in ("", "all") else [word.strip() for word in text.split(",")]


def scheduler(address: str) -> None:
    """Have Dask join the cluster at an address. Raises UnusableInput if nobody listens there."""
    found = re.fullmatch(r"(?:tcp|tls)://\[?([^/\]]+)\]?:(\d{1,5})", address)
    if found is None:
        raise UnusableInput(f"--scheduler: {address[:80]!r} is no address; give one like tcp://10.0.0.1:8786")
    try:
        socket.create_connection((found[1], int(found[2])), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise UnusableInput(f"--scheduler: nobody answers at {address} ({error}); start `dask scheduler`") from error
    os.environ[SCHEDULER] = address


def only_in_races(**given: object) -> None:
    """Raise UnusableInput if an option is given that says something of a race of descents, where there is none."""
    name = next((name for name, value in given.items() if value is not None), None)
    if name:
        raise UnusableInput(f"--{name} is for several implementations; name them with --impl, or leave it out")


def only_alone(**given: object) -> None:
    """Raise UnusableInput if an option is given that says nothing to a race of descents."""
    name = next((name for name, value in given.items() if value), None)
    if name:
        raise UnusableInput(f"--{name} is for one implementation, as a race has X in memory; name one, or leave it out")


def require_measured(results: Results, impl: str) -> None:
    """Refuse a run in which somebody named is unavailable, or in which nothing was measured nor found at fault."""
    require_available([(a.impl, a.message) for a in results.absences if a.outcome == "unavailable"], impl)
    measured = any(measurement.impl not in FLOORS for measurement in results.measurements)
    if not measured and not any(absence.outcome in ("wrong", "failed") for absence in results.absences):
        reasons = dict.fromkeys(absence.message for absence in results.absences)
        raise UnusableInput(f"nothing was measured: {next(iter(reasons), 'no implementation took part')}")


def require_available(unavailable: Sequence[tuple[str, str]], impl: str) -> None:
    """Refuse a --impl that names an implementation which can't be loaded; under `all` that is no fault."""
    words = map(str.strip, impl.split(","))
    named = {Path(word).stem if is_file(word) else word for word in words}
    for name, reason in unavailable:
        if named & {name, name.removesuffix(ON_GPU)}:
            raise UnusableInput(f"--impl: {name} {reason}; install it, or leave the name out")


def require_finished(first: object, ran: Sequence[object], iterations: int) -> None:
    """Refuse a race of descents in which nobody got to the end."""
    if not ran:
        raise UnusableInput("--impl: none of them could take part, for the reasons above; name others")
    if first is None:
        raise UnusableInput(f"nobody made {iterations} iterations within --budget; give a larger one, or fewer")


def new_folder(now: datetime) -> Path:
    """The folder for a run's results when none is named: runs/DATE-TIME."""
    return Path("runs") / f"{now:%Y%m%d-%H%M%S}"


def known(option: str, word: str, names: Sequence[str]) -> str:
    """The word, if it is one of the names; otherwise UnusableInput suggests one."""
    if word in names:
        return word
    close = difflib.get_close_matches(word, names, n=1)
    more = f" and {len(names) - MOST_NAMED} more" if len(names) > MOST_NAMED else ""
    there = ", ".join(name[:80] for name in names[:MOST_NAMED])
    hint = f"did you mean {close[0][:80]}?" if close else f"there are {there}{more}"
    raise UnusableInput(f"{option}: unknown name {word[:80]!r}; {hint}")
