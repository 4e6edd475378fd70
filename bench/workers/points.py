"""Points at which a sample calls the gradient: each is new, so that no result can come from a cache."""

from __future__ import annotations

from itertools import cycle, islice
from typing import Any

import numpy as np

from gradrace.bench.timing import Point
from gradrace.impls.interface import Float, FloatArray, Implementation, Technique

LINE_BYTES = 64
"""Size of a cache line: the distance between successive w, so that vector loads stay aligned."""

MOST_WEIGHTS = 512
"""Largest number of different w in one sample. Beyond it they repeat, each time with another b."""


class Points:
    """New points around the w and b of a case, in the types of an implementation."""

    def __init__(
        self, implementation: Implementation[Any, Any, Any], w: FloatArray, b: Float, rng: np.random.Generator
    ) -> None:
        self._implementation, self._w, self._b, self._rng = implementation, w, b, rng
        self._vector: FloatArray = np.empty(0)
        self._given: FloatArray = self._vector

    def make(self, count: int, *, own: bool = False) -> list[Point]:
        """Return `count` new points, all of them different.

        Each w is a slice of one long vector, which starts one cache line after the one before. Together they use no
        more of the caches than one w does, as in a descent, where w has just been computed.
        own: whether the case's own point follows them, its w a slice like the others.
        """
        w, b, native = self._w, self._b, self._implementation.native
        if self._implementation.technique is Technique.LIMIT:  # a limit ignores both, and has 100,000 calls in a sample
            return [native(w, b)] * (count + own)
        step, different = LINE_BYTES // w.itemsize, min(count, MOST_WEIGHTS)
        length = w.size + step * different
        vector = np.resize(w, length) * self._rng.uniform(0.5, 1.0, length).astype(w.dtype)
        vector[step * different :] = w
        self._vector, self._given = vector, vector.copy()
        weights = [vector[start : start + w.size] for start in range(0, step * different, step)]
        biases = b + self._rng.uniform(-0.5, 0.5, count).astype(w.dtype)
        points = [*map(native, islice(cycle(weights), count), biases)]
        return [*points, native(vector[step * different :], b)] if own else points

    def changed(self) -> bool:
        """Return whether a call has changed a w of the points that were made last."""
        return not np.array_equal(self._vector, self._given)
