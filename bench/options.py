"""The words of a command line made into numbers, cells and sources. Each raises UnusableInput with one line."""

from __future__ import annotations

import difflib
import math
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import get_args

from bench.plan import DEFAULT_M, DEFAULT_NX, cells, default_cells
from bench.results import Cell, Dtype, UnusableInput
from impls.discovery import Source, sources


def sizes(option: str, text: str) -> list[int]:
    """Whole numbers of 1 or more from "10,100,1000"."""
    return [_size(option, word.strip()) for word in text.split(",")]


def _size(option: str, word: str) -> int:
    try:
        number = int(word.replace("_", ""))
    except ValueError as error:
        raise UnusableInput(f"{option}: {word!r} is not a whole number; give sizes like 100,1000") from error
    if number < 1:
        raise UnusableInput(f"{option}: {number} is less than 1; give sizes like 100,1000")
    return number


def positive(option: str, number: float) -> float:
    """A number that is finite and more than 0."""
    if not (number > 0 and math.isfinite(number)):
        raise UnusableInput(f"{option}: {number} is not a number above 0")
    return number


def dtypes(text: str) -> list[Dtype]:
    """float64, float32 or both, from "float64,float32"."""
    known: dict[str, Dtype] = {dtype: dtype for dtype in get_args(Dtype)}
    return [known[_known("--dtype", word.strip(), list(known))] for word in text.split(",")]


def chosen_cells(m: str, n_x: str, dtype: str, threads: int, *, pixels: bool = False) -> list[Cell]:
    """Every m with every n_x; the default grid where neither is given, its own numbers for one that isn't."""
    if not m and not n_x:
        return default_cells(dtypes(dtype), threads, pixels=pixels)
    ms = sizes("--m", m) if m else list(DEFAULT_M)
    n_xs = sizes("--nx", n_x) if n_x else list(DEFAULT_NX)
    return cells([(one, other) for one in ms for other in n_xs], dtypes(dtype), threads, pixels=pixels)


def chosen_sources(text: str) -> list[Source]:
    """The implementations named in "numpy_vectorized,numba_loop", in that order, or all of them."""
    found = {source.name: source for source in sources()}
    if text == "all":
        return list(found.values())
    return [found[_known("--impl", word.strip(), list(found))] for word in text.split(",")]


def chosen_source(text: str) -> Source:
    """The one implementation that is named."""
    chosen = chosen_sources(text)
    if len(chosen) != 1:
        raise UnusableInput(f"--impl: name one implementation, not {len(chosen)}; `gradrace list` shows them")
    return chosen[0]


def new_folder(now: datetime) -> Path:
    """The folder for a run's results when none is named: runs/DATE-TIME."""
    return Path("runs") / f"{now:%Y%m%d-%H%M%S}"


def _known(option: str, word: str, known: Sequence[str]) -> str:
    if word in known:
        return word
    close = difflib.get_close_matches(word, known, n=1)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    raise UnusableInput(f"{option}: unknown name {word!r}; {hint}")
