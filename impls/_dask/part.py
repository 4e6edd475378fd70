"""One worker's share of the examples, and its place in the tree of workers."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from types import ModuleType
from typing import Any

import numpy as np
from numpy.typing import NDArray

from gradrace.impls.interface import Float, FloatArray, OnDisk, Problem

LOST_S = 600.0
"""Seconds after which a worker gives up on a child that doesn't answer.

The client notices a loss within a second and begins anew.
"""


Sums = NDArray[np.float64]
"""Contribution of some of the m examples to dw, J and db, of shape (n_x + 2,).

It is one array: with three objects to pickle, a step with little work takes 1.13 times as long. It is float64, so that
adding loses no digits.
"""


@dataclass(frozen=True, slots=True, eq=False)
class Run:
    """Examples start to stop of X on disk, and their labels Y of shape (1, stop − start)."""

    X: OnDisk
    Y: FloatArray
    start: int
    stop: int
    scale: float

    def blocks(self) -> Iterator[Problem]:
        """Yield the examples as problems in memory, one after the other."""
        for start, stop, X in self.X.blocks(self.start, self.stop):
            features = X if X.dtype == np.uint8 else X.astype(self.Y.dtype, copy=False)
            yield Problem(features, self.Y[:, start - self.start : stop - self.start], self.Y.dtype, self.scale)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """A kernel's prepared data of m examples."""

    kernel: ModuleType
    data: Any
    m: int


class Part:
    """A Dask actor, which stays on its worker with the prepared data of its examples.

    w comes from its parent and is passed on before its own gradient starts. The sums of its children are added to its
    own.
    """

    def __init__(self, examples: Problem | Run, m: int) -> None:
        self.m = m
        self.below: Sequence[Any] = ()
        if isinstance(examples, Run):
            self.examples: Run | Prepared = examples
        else:  # of X only the prepared form is kept, so that the worker's memory holds it once
            computed = kernel(examples.X.dtype)
            self.examples = Prepared(computed, computed.prepare(examples), examples.m)

    def adopt(self, below: Sequence[Any]) -> None:
        """Set the children of this part in the tree, which are parts of other workers."""
        self.below = below

    async def gradient(self, w_b: FloatArray) -> Sums:
        """Return the contribution of its own examples and of all parts below it.

        w_b: w with b behind it, of shape (n_x + 1,). Raises LookupError if a child doesn't answer within LOST_S.
        """
        asked = [part.gradient(w_b) for part in self.below]
        sums: Sums = await asyncio.get_running_loop().run_in_executor(None, self.own, w_b[:-1], w_b[-1])
        for answer in asked:
            try:
                sums += await asyncio.wait_for(answer, LOST_S)
            except TimeoutError as error:  # the client would confuse it with the timeouts of its own waiting
                raise LookupError("a worker below didn't answer") from error
        return sums

    def own(self, w: FloatArray, b: Float) -> Sums:
        """Return the contribution of its own examples at w (n_x,) and b."""
        if isinstance(self.examples, Prepared):
            return self.share(self.examples.m, self.examples.kernel.gradient(self.examples.data, w, b))
        sums = np.zeros(len(w) + 2)
        for block in self.examples.blocks():
            computed = kernel(block.X.dtype)
            sums += self.share(block.m, computed.gradient(computed.prepare(block), w, b))
        return sums

    def share(self, m: int, gradient: tuple[Float, FloatArray, Float]) -> Sums:
        """Return a gradient (J, dw (n_x,), db) of m examples, weighted by their share of all."""
        J, dw, db = gradient
        return m / self.m * np.concatenate((dw, (J, db)), dtype=np.float64)


def kernel(dtype: np.dtype[Any]) -> ModuleType:
    """Return the fastest module with `prepare` and `gradient` for pixels, or for floats.

    Only workers import it: Numba takes 0.35 s of CPU.
    """
    from gradrace.impls._simd import fused, pixels

    return pixels if dtype == np.uint8 else fused
