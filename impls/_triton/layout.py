"""Layout of rows for the fused kernel, by their length and type, measured on an H200 (docs/gpu.md).

Shares of the limit below are those of the kernel alone, with X of 4 to 5 GB of floats or 1 GB of pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

from gradrace.impls._shared import series
from gradrace.impls._triton.numbers import PIXELS_IN_A_WORD

LOAD_BYTES = 16
"""Maximum number of bytes that a thread reads at once; rows are padded to a multiple of it."""

TERMS = {4: tuple(series.two_atanh(degree=8)[::-1]), 8: tuple(series.two_atanh(degree=20)[::-1])}
"""Terms of the loss by the bytes of the working precision, the highest power first."""


@dataclass(frozen=True, slots=True)
class Layout:
    """Parameters of a kernel.

    Attributes:
        R: Rows of a block.
        N: Words of a chunk.
        K: Chunks of a row; 0 for rows of any length, which are read twice.
        warps: Warps of a program.
        stages: Number of blocks that are loaded at a time.
        programs: Programs of a multiprocessor.
        merged: Whether the rows of a block are added at once.
    """

    R: int
    N: int
    K: int
    warps: int
    stages: int
    programs: int
    merged: bool = False


def layout(words: int, number: int, planes: int) -> Layout:
    """Return the layout for rows of `words` words, and a working precision of `number` bytes."""
    if planes == PIXELS_IN_A_WORD:
        return _pixels(words, number)
    return _floats(words) if number == 4 else _doubles(words)


def _floats(words: int) -> Layout:
    """Return the layout for float32. Shares of the limit at n_x = 100, 3000, 12288: 89, 94, 99 %.

    At n_x = 1000 a warp has a row to itself, and whole calls reach 95 % of an H100's limit. With 4 rows in one chunk of
    1024 words and no block loaded ahead they reached 83 % of it; the kernel alone reached 99 % of an H200's.
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
    """Return the layout for float64.

    Shares of the limit at n_x = 1000, 3000, 12288: 97, 98, 80 % (some registers spill).
    """
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
    """Return the layout for uint8. Shares of the limit at n_x = 100, 1000, 12288 in float32: 46, 66, 65 %.

    Unpacking takes the time. In chunks of 128 words a warp has a row to itself, and its sums need no synchronization:
    0.33 instead of 0.44 ms at n_x = 1000.
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
    """Return a layout with chunks of N words, or of the least power of 2 that holds the row."""
    N = min(N, 1 << (words - 1).bit_length())
    return Layout(R, N, -(-words // N), warps, stages, programs, merged)
