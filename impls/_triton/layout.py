"""How the fused kernel cuts up rows: by their length and what they are made of, measured on an H200 (docs/gpu.md).

Shares of the limit below are those of the kernel alone, at 4 to 5 GB of floats or 1 of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradrace.impls._shared import series
from gradrace.impls._triton.numbers import PIXELS_IN_A_WORD

LOAD_BYTES = 16
"""The most that a thread reads at once: rows are padded to a multiple."""

TERMS = {4: tuple(series.two_atanh(degree=8)[::-1]), 8: tuple(series.two_atanh(degree=20)[::-1])}
"""Of the loss, the highest power's first, by the bytes of the working precision."""


@dataclass(frozen=True, slots=True)
class Layout:
    """R: rows of a block. N, K: words of a chunk, and chunks of a row; K = 0 for rows of any length, read twice.

    warps, programs: of a program, and programs of a multiprocessor. stages: blocks that are on their way at a time.
    merged: rows of a block are added up at once.
    """

    R: int
    N: int
    K: int
    warps: int
    stages: int
    programs: int
    merged: bool = False


def layout(words: int, number: int, planes: int) -> Layout:
    """For rows of so many words, and numbers of the working precision, of so many bytes."""
    if planes == PIXELS_IN_A_WORD:
        return _pixels(words, number)
    return _floats(words) if number == 4 else _doubles(words)


def _floats(words: int) -> Layout:
    """float32. Shares of the limit at n_x = 100, 3000, 12288: 0.89, 0.94, 0.99.

    At n_x = 1000 a warp has a row to itself: whole calls reach 0.95 of an H100's limit. With 4 rows in one chunk of
    1024 words and no block on its way they reached 0.83 of it, and the kernel by itself 0.99 of an H200's.
    """
    if words <= 128:
        return _chunks(words, 32, R=32, warps=4, stages=3, programs=2)
    if words <= 1024:
        return _chunks(words, 256, R=2, warps=2, stages=3, programs=6)
    if words <= 4096:
        return _chunks(words, 1024, R=1, warps=4, stages=2, programs=4)
    if words <= 16384:
        return _chunks(words, 4096, R=1, warps=8, stages=3, programs=1)
    return Layout(R=16, N=512, K=0, warps=4, stages=3, programs=2)


def _doubles(words: int) -> Layout:
    """float64. Shares of the limit at n_x = 1000, 3000, 12288: 0.97, 0.98, 0.80; the last spills some registers."""
    if words <= 128:
        return _chunks(words, 32, R=16, warps=4, stages=3, programs=2)
    if words <= 1024:
        return _chunks(words, 1024, R=4, warps=4, stages=3, programs=2)
    if words <= 4096:
        return _chunks(words, 4096, R=2, warps=8, stages=4, programs=1)
    if words <= 12288:
        return _chunks(words, 4096, R=1, warps=8, stages=1, programs=1)
    return Layout(R=16, N=512, K=0, warps=8, stages=1, programs=4)


def _pixels(words: int, number: int) -> Layout:
    """uint8. Shares of the limit at n_x = 100, 1000, 12288, for float32: 0.46, 0.66, 0.65. Unpacking takes the time.

    In chunks of 128 words a warp has a row to itself, and its sums wait for nobody: at n_x = 1000 0.33 ms, not 0.44.
    """
    if words <= 32:
        return _chunks(words, 32, R=32, warps=4, stages=3, programs=4)
    if words <= 256:
        return _chunks(words, 128, R=4 if number == 4 else 2, warps=2, stages=4, programs=4)
    if words <= 4096 and number == 4:
        return _chunks(words, 1024, R=2, warps=8, stages=4, programs=1, merged=True)
    if words <= 3072:
        return _chunks(words, 1024, R=1, warps=16, stages=3, programs=1)
    return Layout(R=8, N=512, K=0, warps=8, stages=1, programs=2)


def _chunks(words: int, N: int, *, R: int, warps: int, stages: int, programs: int, merged: bool = False) -> Layout:
    """Chunks of N words, or of the least power of 2 that holds the row."""
    N = min(N, 1 << (words - 1).bit_length())
    return Layout(R, N, -(-words // N), warps, stages, programs, merged)
