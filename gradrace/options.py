"""Parse the options of a command line into numbers and cells. Each function raises UnusableInput with one line.

Neither NumPy nor anything slower is imported before an option has been checked.
"""

from __future__ import annotations

import math
import os
import re
import socket
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

from gradrace.bench.machine import available
from gradrace.bench.race.sizes import (
    CHECKED,
    DEFAULT_M,
    DEFAULT_NX,
    TOLD_IN_SECONDS,
    WEEK_S,
    Stage,
    cells,
    default_cells,
    full_cells,
    stage,
    typical_first,
)
from gradrace.bench.results import LARGEST_SIZE, Cell, Dtype, UnusableInput
from gradrace.bench.text import known

CONNECT_S = 5.0
"""Timeout of a scheduler's answer in seconds."""


def sizes(option: str, text: str) -> list[int]:
    """Return whole numbers of 1 or more from "10,100,1000"."""
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
    """Return one whole number of 1 or more."""
    first, *more = sizes(option, text)
    if more:
        raise UnusableInput(f"{option}: {text[:30]!r} are several; give one")
    return first


def number(option: str, word: str) -> float:
    """Return a finite number of 0 or more."""
    try:
        found = float(word)
    except ValueError:
        found = -1.0
    if not (found >= 0 and math.isfinite(found)):
        raise UnusableInput(f"{option}: {word[:30]!r} is not a number of 0 or more")
    return found


def positive(option: str, number: float) -> float:
    """Return the number if it is finite and more than 0."""
    if not (number > 0 and math.isfinite(number)):
        raise UnusableInput(f"{option}: {number:g} is not a number above 0")
    return number


def budget_s(seconds: float) -> float:
    """Return a budget in seconds, above 0 and at most a week."""
    if positive("--budget", seconds) > WEEK_S:
        raise UnusableInput(f"--budget: {seconds:g} s is more than a week; give at most {WEEK_S:.0f}, or fewer sizes")
    return seconds


UNITS = {"": 1, "K": 10**3, "M": 10**6, "G": 10**9, "T": 10**12}


def memory_bytes(text: str) -> float:
    """Return bytes from "4GB", "500 MB", "1e9"; the free memory from ""."""
    if not text:
        return float(available.memory_bytes())
    found = re.fullmatch(r"([0-9.e+]{1,20})\s*([KMGT]?)i?B?", text.strip(), re.IGNORECASE)
    if found is None:
        raise UnusableInput(f"--memory: {text[:30]!r} is not a size; give one like 4GB")
    return positive("--memory", number("--memory", found[1])) * UNITS[found[2].upper()]


def threads(number: int | None) -> int:
    """Return the requested number of threads, or the number of all allowed cores.

    More threads than cores would only wait for each other, and may crash.
    """
    allowed = available.cores()
    if number is not None and number > allowed:
        raise UnusableInput(f"--threads: {number} are more than the cores allowed here; give at most {allowed}")
    return number or allowed


RUN_BYTES = 1000
"""Bytes at the start of a file that tell a saved run."""


def writable(option: str, file: Path | None) -> Path | None:
    """Return a file after checking that it can be written, so that an error appears before minutes of work.

    The contents of an existing file are kept until then.
    """
    if file is not None:
        existed = file.exists()
        try:
            file.open("ab").close()
            if not existed:
                file.unlink()  # an interruption leaves no empty file
        except OSError as error:
            raise UnusableInput(f"{option}: {file} can't be written ({error.strerror}); name another file") from error
    return file


def fresh(option: str, file: Path | None) -> Path | None:
    """Return a file after checking that it can be written, without its contents, which are those of an earlier call.

    They might be taken for this call's. Links, devices and pipes are left as they are, and so is a saved run, which is
    refused.
    """
    if writable(option, file) is None or file is None or file.is_symlink() or not file.is_file():
        return file
    with file.open("rb") as stream:
        if b'"machine_info"' in stream.read(RUN_BYTES):
            raise UnusableInput(f"{option}: {file} holds a saved run, which isn't deleted; name another file")
    try:
        file.unlink()
    except OSError:  # such as a file that is mounted by itself
        file.write_bytes(b"")
    return file


def model_file(file: Path | None, *, resume: bool) -> Path | None:
    """Return the file for a model: a new one, or, with resume, the one to continue.

    An existing file isn't overwritten, as its training took time.
    """
    if resume and file is None:
        raise UnusableInput("--resume: name the model to resume with --model")
    if file is not None and not resume and file.exists():
        raise UnusableInput(f"--model: {file} exists; resume it with --resume, name another, or delete it")
    return writable("--model", file)


def share(option: str, number: float) -> float:
    """Return a share of a whole: from 0 to below 1."""
    if not 0 <= number < 1:
        raise UnusableInput(f"{option}: {number:g} is not a share of 0 or more and less than 1")
    return number


def test_source(source: str) -> str:
    """Return a source of test data. Raises UnusableInput if it is a share of the training data instead."""
    if re.fullmatch(r"0?\.[0-9]+", source) and not Path(source).exists():
        raise UnusableInput(f"--test-data: {source} is a share, not a file; go on with --test-share {source}")
    return source


def threshold(number: float) -> float:
    """Return a probability between 0 and 1, without these."""
    if not 0 < number < 1:
        raise UnusableInput(f"--threshold: {number:g} is not between 0 and 1; give a probability such as 0.5")
    return number


def dtype(text: str) -> Dtype:
    """Return one dtype: float64 or float32."""
    chosen, *more = dtypes(text)
    if more:
        raise UnusableInput(f"--dtype: {text} are two; give one")
    return chosen


def dtypes(text: str) -> list[Dtype]:
    """Return float64, float32 or both, from "float64,float32"; once each."""
    by_name: dict[str, Dtype] = {dtype: dtype for dtype in get_args(Dtype)}
    chosen = [by_name[known("--dtype", word.strip(), list(by_name))] for word in text.split(",")]
    return list(dict.fromkeys(chosen))


def chosen_cells(m: str, n_x: str, dtype: str, threads: int, *, pixels: bool = False) -> list[Cell]:
    """Return the cells of every m with every n_x.

    Without both, they are the default grid's; without one of them, its sizes come from the default grid.
    """
    if not m and not n_x:
        return default_cells(dtypes(dtype), threads, pixels=pixels)
    ms = sizes("--m", m) if m else list(DEFAULT_M)
    n_xs = sizes("--nx", n_x) if n_x else list(DEFAULT_NX)
    return cells([(one, other) for one in ms for other in n_xs], dtypes(dtype), threads, pixels=pixels)


def raced(
    grid: str, m: str, n_x: str, dtype: str, threads: int, *, pixels: bool, few: bool = False
) -> tuple[list[Cell], Stage]:
    """Return the cells of a race, and the function for their priority: of `chosen_cells`, or the full grid.

    few: without given sizes, return only as many cells as a comparison of two implementations needs.
    """
    if known("--grid", grid, ["default", "full"]) == "default":
        if few and not m and not n_x:
            return cells(TOLD_IN_SECONDS, dtypes(dtype), threads, pixels=pixels), typical_first
        return chosen_cells(m, n_x, dtype, threads, pixels=pixels), typical_first
    if m or n_x:
        raise UnusableInput("--grid full has sizes of its own; leave out --m and --nx, or --grid")
    return full_cells(dtypes(dtype), threads, pixels=pixels), stage


def one_source(named: str, data: str) -> str:
    """Return the source that was named by itself or with --data. Raises UnusableInput if none was, or both were."""
    if named and data:
        raise UnusableInput(f"{named} and --data {data} are two sources; name one of them")
    if not (named or data):
        raise UnusableInput("--data: name the data to train with, such as `gradrace train data.csv`")
    return named or data


def refuse_given(message: str, **options: object) -> None:
    """Raise UnusableInput if one of the options is given without effect; {} in the message becomes its name."""
    given = next((name for name, value in options.items() if value), None)
    if given:
        raise UnusableInput(message.format(f"--{given}"))


def checked_cells(m: str, n_x: str, dtype: str, threads: int) -> list[Cell]:
    """Return the cells of every m with every n_x as `chosen_cells`; without both, those of a check."""
    return chosen_cells(m, n_x, dtype, threads) if m or n_x else cells(CHECKED, dtypes(dtype), threads)


def names(text: str) -> list[str] | None:
    """Return the names in "numpy_vectorized,numba_loop", whether or not they exist; None if all are meant."""
    return None if text.strip() in ("", "all") else [word.strip() for word in text.split(",")]


def scheduler(address: str) -> None:
    """Make Dask join the cluster at an address, if one is given. Raises UnusableInput if no scheduler answers there."""
    if not address:
        return
    found = re.fullmatch(r"(?:tcp|tls)://\[?([^/\]]+)\]?:(\d{1,5})", address)
    if found is None:
        raise UnusableInput(f"--scheduler: {address[:80]!r} is not an address; give one like tcp://10.0.0.1:8786")
    try:
        socket.create_connection((found[1], int(found[2])), CONNECT_S).close()
    except (OSError, OverflowError) as error:
        raise UnusableInput(f"--scheduler: nothing answers at {address} ({error}); start `dask scheduler`") from error
    from gradrace.impls.interface import SCHEDULER

    os.environ[SCHEDULER] = address


def require_finished(first: object, ran: Sequence[object], iterations: int) -> None:
    """Raise UnusableInput if no implementation of a race of descents ran or finished."""
    if not ran:
        raise UnusableInput("--impl: no implementation could take part, for the reasons above; name others")
    if first is None:
        raise UnusableInput(
            f"--budget: too short for {iterations} iterations of any implementation; give more, or fewer --iterations"
        )


def require_other_side(revision: str | None, environment: Path | None) -> None:
    """Raise UnusableInput if a check has nothing to compare with."""
    if revision is None and environment is None:
        raise UnusableInput("nothing to compare with; give --against REV, a git revision, or --against-env DIR")


def new_folder(now: datetime) -> Path:
    """Return the default folder for a run's results: runs/DATE-TIME."""
    return Path("runs") / f"{now:%Y%m%d-%H%M%S}"


def resumed_folder(out: Path | None) -> Path:
    """Return the folder of the run to resume. Raises UnusableInput if none is named."""
    if out is None:
        raise UnusableInput("--resume: which run? Name its folder with --out")
    return out
