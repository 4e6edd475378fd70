"""Figures as PNG and SVG files, drawn on all cores."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from multiprocessing import get_context
from pathlib import Path

import matplotlib.style

from gradrace.bench.machine.available import cores
from gradrace.reports.figures.canvas import STYLE, Picture

LONGEST_S = 60.0
"""Seconds after which another process that draws is ended. All figures of a default run take 2 s."""

QUICKLY = {"compress_level": 2}
"""PNG compression: it takes half of the time of level 6 and gives 1.12 times its bytes."""


def save(pictures: Sequence[Picture], folder: Path) -> list[Path]:
    """Write STEM.png and STEM.svg of each picture without dates, so that the same picture gives the same bytes.

    On Linux each core draws some of them, in a forked process that inherits the figures. What such a process couldn't
    write, or not within LONGEST_S, is drawn again in this one, so that the error is raised here.

    Returns:
        Paths of all files.

    Raises:
        OSError: If a file can't be written.
    """
    count = min(cores() if sys.platform == "linux" else 1, len(pictures))
    parts = [pictures[first::count] for first in range(count)]
    others = [get_context("fork").Process(target=_draw_or_exit, args=(part, folder)) for part in parts[1:]]
    for other in others:
        other.start()
    try:
        _draw(parts[0] if parts else [], folder)
    finally:
        for other in others:
            other.join(LONGEST_S)
            other.kill()
            other.join()
    for other, part in zip(others, parts[1:], strict=True):
        if other.exitcode != 0:
            _draw(part, folder)
    return [file for picture in pictures for file in _files(picture, folder)]


def _draw(pictures: Iterable[Picture], folder: Path) -> None:
    for picture in pictures:
        png, svg = _files(picture, folder)
        with matplotlib.style.context(STYLE):
            picture.figure.savefig(png, dpi=200, pil_kwargs=QUICKLY)
            picture.figure.savefig(svg, metadata={"Date": None, "Title": picture.title})


def _draw_or_exit(pictures: Iterable[Picture], folder: Path) -> None:
    try:
        _draw(pictures, folder)
    except OSError:
        sys.exit(1)


def _files(picture: Picture, folder: Path) -> tuple[Path, Path]:
    return folder / f"{picture.stem}.png", folder / f"{picture.stem}.svg"
