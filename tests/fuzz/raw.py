"""Changes of any bytes, for unknown formats."""

from __future__ import annotations

import random
import struct
from collections.abc import Callable
from typing import TypeAlias

Change: TypeAlias = Callable[[bytes, random.Random], bytes]

MOST_BYTES = 1 << 16
"""Maximum bytes of an input; larger ones find nothing more."""

_SIZES = ("<B", "<H", "<I", "<Q", ">H", ">I", ">Q")
_EXTREMES = (0, 1, 2, 127, 128, 255, 256, 2**15, 2**16 - 1, 2**31 - 1, 2**31, 2**32 - 1, 2**63 - 1, 2**64 - 1)


def mutate_bytes(data: bytes, rng: random.Random) -> bytes:
    """Return the bytes after one to four changes, whose meaning is unknown."""
    for _ in range(rng.randint(1, 4)):
        data = rng.choice(_CHANGES)(data, rng)
    return data[:MOST_BYTES]


def _flip(data: bytes, rng: random.Random) -> bytes:
    if not data:
        return data
    place = rng.randrange(len(data))
    return data[:place] + bytes([data[place] ^ (1 << rng.randrange(8))]) + data[place + 1 :]


def _extreme(data: bytes, rng: random.Random) -> bytes:
    kind = rng.choice(_SIZES)
    size = struct.calcsize(kind)
    number = struct.pack(kind, rng.choice(_EXTREMES) % 256**size)
    place = rng.randrange(len(data) + 1)
    return data[:place] + number + data[place + size :]


def _cut(data: bytes, rng: random.Random) -> bytes:
    start, stop = sorted(rng.randrange(len(data) + 1) for _ in range(2))
    return data[:start] + data[min(stop, start + rng.choice((1, 4, 16, MOST_BYTES))) :]


def _copy(data: bytes, rng: random.Random) -> bytes:
    start, place = rng.randrange(len(data) + 1), rng.randrange(len(data) + 1)
    piece = data[start : start + rng.choice((1, 4, 16, 64))]
    return data[:place] + piece + data[place + (len(piece) if rng.random() < 0.5 else 0) :]


def _random(data: bytes, rng: random.Random) -> bytes:
    place = rng.randrange(len(data) + 1)
    return data[:place] + rng.randbytes(rng.choice((1, 2, 8))) + data[place:]


_CHANGES: tuple[Change, ...] = (_flip, _flip, _extreme, _extreme, _cut, _copy, _random)
