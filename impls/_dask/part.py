"""One worker's share of the examples, and its place in the tree of workers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.impls._simd import fused, pixels
from gradrace.impls.interface import Float, FloatArray, OnDisk, Problem

LOST_S = 600.0
"""When a worker forgets about one below it that never answers. The client notices it in a second, and begins anew."""


Sums = NDArray[np.float64]
"""What some of the m examples contribute to dw, J and db, (n_x + 2,).

One array: with three things to be packed a step of little work takes 1.13 times as long. float64, so that adding costs
no digits.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Examples start to stop of X on disk, and their labels Y (1, stop − start)."""

    X: OnDisk
    Y: FloatArray
    start: int
    stop: int
    scale: float

    def blocks(self) -> Iterator[Problem]:
        """As problems in memory, one after the other."""
        for start, stop, X in self.X.blocks(self.start, self.stop):
            features = X if X.dtype == np.uint8 else X.astype(self.Y.dtype, copy=False)
            yield Problem(features, self.Y[:, start - self.start : stop - self.start], self.Y.dtype, self.scale)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What a kernel made of m examples."""

    kernel: ModuleType
    data: Any
    m: int


class Part:
    """An actor of Dask's: it stays on its worker with what `prepare` made of its examples.

    w comes down from above and is handed on before the own gradient is begun; the sums of those below are added to it.
    """

    def __init__(self, examples: Problem | Run, m: int) -> None:
        self.m = m
        self.below: Sequence[Any] = ()
        if isinstance(examples, Run):
            self.examples: Run | Prepared = examples
        else:  # of X only what was made of it is kept: the worker's memory holds it once
            computed = kernel(examples.X.dtype)
            self.examples = Prepared(computed, computed.prepare(examples), examples.m)

    def adopt(self, below: Sequence[Any]) -> None:
        """Have these parts, of other workers, below it in the tree."""
        self.below = below

    async def gradient(self, w_b: FloatArray) -> Sums:
        """What its own examples, and those of all below it, contribute. w_b: w, and b behind it, (n_x + 1,)."""
        asked = [part.gradient(w_b) for part in self.below]
        sums: Sums = await asyncio.get_running_loop().run_in_executor(None, self.own, w_b[:-1], w_b[-1])
        for answer in asked:
            try:
                sums += await asyncio.wait_for(answer, LOST_S)
            except TimeoutError as error:  # the client waits by timeouts of its own, and would take it for one
                raise LookupError("a worker below didn't answer") from error
        return sums

    def own(self, w: FloatArray, b: Float) -> Sums:
        """What its own examples contribute."""
        if isinstance(self.examples, Prepared):
            return self.share(self.examples.m, self.examples.kernel.gradient(self.examples.data, w, b))
        sums = np.zeros(len(w) + 2)
        for block in self.examples.blocks():
            computed = kernel(block.X.dtype)
            sums += self.share(block.m, computed.gradient(computed.prepare(block), w, b))
        return sums

    def share(self, m: int, gradient: tuple[Float, FloatArray, Float]) -> Sums:
        """A gradient of m examples, in proportion to all."""
        J, dw, db = gradient
        return m / self.m * np.concatenate((dw, (J, db)), dtype=np.float64)


def kernel(dtype: np.dtype[Any]) -> ModuleType:
    """The fastest there is for pixels, or for numbers: a module with `prepare` and `gradient`."""
    return pixels if dtype == np.uint8 else fused
