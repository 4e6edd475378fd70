"""Compression of X: its ratio, and the rate at which one core unpacks it, to decide whether workers should compress.

python -m studies.cluster.packing FILE
"""

from __future__ import annotations

from time import perf_counter
from typing import Annotated, Any

import numpy as np
import typer
from msgspec import Struct
from numcodecs import Blosc, Zstd, blosc
from numpy.typing import NDArray

from gradrace.bench.datasets.read import read
from gradrace.bench.results import UnusableInput

CODECS = {
    "LZ4": Blosc("lz4", 5, Blosc.NOSHUFFLE),
    "LZ4, bits shuffled": Blosc("lz4", 5, Blosc.BITSHUFFLE),
    "Zstandard": Zstd(3),
    "Zstandard, bits shuffled": Blosc("zstd", 3, Blosc.BITSHUFFLE),
}
"""Zarr's fastest codec at unpacking, and its codec with the best ratio; each plain and with shuffled bits."""

BLOCK_BYTES = 1 << 20
"""Bytes of X that are packed together: they must fit a core's cache until they have been used."""

TRIALS = 7


class Packed(Struct, frozen=True):
    """Result of a codec.

    Attributes:
        codec: Name of the codec.
        ratio: Bytes of X / packed bytes.
        unpacked: Bytes of X that one core unpacks per second.
    """

    codec: str
    ratio: float
    unpacked: float


def pack(X: NDArray[Any]) -> list[Packed]:
    """Return each codec's result for X (n_x, m), packed example by example, in blocks.

    Raises:
        UnusableInput: If X is smaller than a block.
    """
    flat = np.ascontiguousarray(X.T).reshape(-1).view(np.uint8)
    blocks = [flat[start : start + BLOCK_BYTES] for start in range(0, len(flat) - BLOCK_BYTES + 1, BLOCK_BYTES)]
    if not blocks:
        raise UnusableInput(f"X has {flat.nbytes} bytes, fewer than a block of {BLOCK_BYTES}: give larger data")
    blosc.set_nthreads(1)
    return [_packed(name, codec, blocks) for name, codec in CODECS.items()]


def _packed(name: str, codec: Any, blocks: list[NDArray[np.uint8]]) -> Packed:
    small = [codec.encode(block) for block in blocks]
    size, room = len(blocks) * BLOCK_BYTES, np.empty(BLOCK_BYTES, np.uint8)

    def once() -> float:
        start = perf_counter()
        for block in small:
            codec.decode(block, out=room)
        return perf_counter() - start

    seconds = float(np.median([once() for _ in range(TRIALS)]))
    return Packed(name, size / sum(map(len, small)), size / seconds)


def main(data: Annotated[str, typer.Argument(help="What `gradrace train --data` takes.")]) -> None:
    """Print a line for each codec."""
    for one in pack(read(data).X):
        print(f"{one.codec}: 1/{one.ratio:.2f} of the bytes, unpacked at {one.unpacked / 1e9:.2f} GB/s by one core")


if __name__ == "__main__":
    typer.run(main)
