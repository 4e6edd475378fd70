"""Interface of an implementation: all that its author needs to read.

The notation is the lecture's: m examples and n_x features; X has shape (n_x, m) with examples as columns, Y has shape
(1, m) with values in {0, 1}, and w has shape (n_x,). For each example z = w·x + b, a = σ(z), dz = a − y. A gradient is

    J = 1/m Σ L(a_i, y_i)        dw = 1/m X dzᵀ        db = 1/m Σ dz_i

in the stable forms: e = exp(−|z|), σ(z) = 1/(1 + e) for z ≥ 0 and e/(1 + e) below, L = max(z, 0) − z·y + log1p(e).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Generic, Protocol, SupportsFloat, TypeAlias, TypeVar

import numpy as np
from numpy.typing import NDArray

FloatArray: TypeAlias = NDArray[np.floating[Any]]
"""Arrays of the working precision: float64 or float32."""

Float: TypeAlias = np.floating[Any]
"""A NumPy scalar of the working precision."""

Data = TypeVar("Data")
"""Prepared problem that `prepare` returns, in the implementation's own types."""

Vector = TypeVar("Vector")
"""Type of w and dw in the implementation: a list, an array, a tensor on a device."""

Scalar = TypeVar("Scalar", bound=SupportsFloat)
"""Type of b, J and db in the implementation."""


SCHEDULER = "GRADRACE_SCHEDULER"
"""Environment variable with the cluster's address for distributed implementations, such as tcp://10.0.0.1:8786."""


CPU, CUDA = "cpu", "cuda"
"""Names of the devices."""

DEVICE = "GRADRACE_DEVICE"
"""Environment variable with the device for implementations that have several; `CPU` if it isn't set."""

THREAD_VARIABLES = (
    "NUMBA_NUM_THREADS",
    "OMP_NUM_THREADS",
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
    "NUMEXPR_NUM_THREADS",
)
"""Environment variables that limit the threads of libraries, which read them when they are imported."""


class GaveUp(Exception):
    """Error for an implementation that can't continue for an external reason.

    Its text has the reason and a remedy, in a line.
    """


class Malformed(TypeError):
    """Error for a result of `gradient` that isn't J, dw, db; its text describes the result."""


NO_NUMBERS = "OSU"
"""Kinds of arrays of Python objects and of text."""

PARTS = 3
"""Number of parts of a gradient: J, dw, db."""


class OnDisk(Protocol):
    """X (n_x, m) that exceeds the memory: `Problem.X` of an implementation that reads from disk. It can be pickled."""

    @property
    def dtype(self) -> np.dtype[Any]:
        """Return the dtype of the numbers on disk."""

    def blocks(self, start: int, stop: int) -> Iterator[tuple[int, int, NDArray[Any]]]:
        """Yield runs of the examples start to stop: first index, index after the last, and X of shape (n_x, some).

        The next run is read in the background. An iteration's array is overwritten in the next but one.
        """


class Technique(StrEnum):
    """Family of an implementation, by which plots group and colour it."""

    LOOP = "loop"
    HALF_VECTORIZED = "half-vectorized"
    VECTORIZED = "vectorized"
    COMPILED = "compiled"
    AUTODIFF = "autodiff"
    LIBRARY = "library"
    DISTRIBUTED = "distributed"
    LIMIT = "limit"
    """Technique of a limit, which doesn't compute the gradient and which no implementation can beat."""


@dataclass(frozen=True, slots=True, eq=False)
class Problem:
    """Data of one descent. The entries of x are `scale * X`.

    Attributes:
        X: Shape (n_x, m), examples as columns, in any memory order, perhaps read-only; of `dtype`, or uint8 pixels.
        Y: Shape (1, m), each 0 or 1, of `dtype`.
        dtype: Working precision, float64 or float32.
        scale: above 0, of any X: 1, or the factor from pixels to features (1/255 for images).
    """

    X: NDArray[Any]
    Y: FloatArray
    dtype: np.dtype[Any]
    scale: float = 1.0

    @property
    def m(self) -> int:
        """Return the number of examples."""
        return int(self.X.shape[1])

    @property
    def n_x(self) -> int:
        """Return the number of features."""
        return int(self.X.shape[0])

    def features(self) -> FloatArray:
        """Return X as features of the working precision, of shape (n_x, m): X itself if it already is that."""
        if self.X.dtype == self.dtype and self.scale == 1.0:
            return self.X
        features: FloatArray = self.X * self.dtype.type(self.scale)
        return features


@dataclass(frozen=True, slots=True, eq=False)
class Gradient:
    """A gradient in NumPy's types: the cost J, and its derivatives dw (n_x,) and db."""

    J: float
    dw: FloatArray
    db: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Implementation(Generic[Data, Vector, Scalar]):
    """One way to compute (J, dw, db).

    Attributes:
        technique: Family that it belongs to.
        prepare: problem -> data: layout, dtype, device. It is timed, but not as part of a step, and returns when the
            data are ready. It must not change the problem, and keeps what it needs of it: the problem may be deleted.
        gradient: data, w, b -> (J, dw, db). This is the timed call, in the implementation's own types. w is contiguous,
            dw of the working precision. It returns only when the work is finished, and no later call may change its
            results.
        to_native: w (n_x,), b -> w, b in the implementation's own types, not timed. None: NumPy's types are its own.
        to_numpy: J, dw, db -> Gradient, not timed. None: `float` and `numpy.asarray` can read them.
        descend: data, w, b, alpha, steps -> w, b after `steps` steps w := w − α dw, b := b − α db with α ≥ 0, in the
            implementation's own types. It must not change its argument w. None: a shared function repeats `gradient`.
        devices: Devices that it supports: a literal, which is read without importing the file. `DEVICE` selects one.
        facts: data -> facts about the prepared problem, for the report: {"workers": 2, "examples of a block": 500}.
        for_pixels: Whether it differs from another implementation only if X is made of pixels. By default it races only
            there. A literal, like `devices`.
        reads_disk: Whether `prepare` also takes a problem whose X is `OnDisk`. Others are given one block at a time.
    """

    technique: Technique
    prepare: Callable[[Problem], Data]
    gradient: Callable[[Data, Vector, Scalar], tuple[Scalar, Vector, Scalar]]
    to_native: Callable[[FloatArray, Float], tuple[Vector, Scalar]] | None = None
    to_numpy: Callable[[Scalar, Vector, Scalar], Gradient] | None = None
    descend: Callable[[Data, Vector, Scalar, float, int], tuple[Vector, Scalar]] | None = None
    facts: Callable[[Data], dict[str, str | int]] | None = None
    reads_disk: bool = False
    devices: tuple[str, ...] = (CPU,)
    for_pixels: bool = False

    def native(self, w: FloatArray, b: Float) -> tuple[Any, Any]:
        """Return w and b in the implementation's own types."""
        return (w, b) if self.to_native is None else self.to_native(w, b)

    def read(self, result: Any) -> Gradient:
        """Return a result of `gradient` in NumPy's types; dw is a copy, which later calls can't change.

        Raises:
            Malformed: If the result isn't J, dw, db.
        """
        if not isinstance(result, tuple | list):
            raise Malformed(f"returns {_kind(result)}, not J, dw, db")
        if len(result) != PARTS:
            raise Malformed(f"returns {len(result)} values, not J, dw, db")
        J, dw, db = result
        if self.to_numpy is None:
            return Gradient(J=_number("J", J), dw=_copy(dw), db=_number("db", db))
        read = self.to_numpy(J, dw, db)
        if not isinstance(read, Gradient):
            raise Malformed(f"to_numpy returns {_kind(read)}, not a Gradient")
        return Gradient(J=_number("J", read.J), dw=_copy(read.dw), db=_number("db", read.db))


def _copy(dw: Any) -> FloatArray:
    """Return a copy of dw in the byte order of this machine. Raises Malformed if it holds anything but numbers."""
    try:
        found: FloatArray = np.array(dw)
    except ValueError as error:
        if isinstance(dw, tuple | list):
            raise Malformed(f"dw is {_kind(dw)} of unequal parts, not an array of numbers") from error
        raise
    if found.dtype.kind in NO_NUMBERS:
        of = "" if dw is None else f" of {'Python objects' if found.dtype.kind == 'O' else 'text'}"
        raise Malformed(f"dw is {_kind(dw)}{of}, not an array of numbers")
    return found.astype(found.dtype.newbyteorder("="), copy=False)


def _number(name: str, value: Any) -> float:
    if getattr(value, "ndim", 0):
        raise Malformed(
            f"{name} is an array of shape {tuple(value.shape)}, not a number; "
            f"return {name}.item() if it has one element, and J, dw, db in this order"
        )
    try:
        if not isinstance(value, str | bytes | complex | np.complexfloating):
            return float(value)
    except (TypeError, ValueError) as error:
        raise Malformed(f"{name} is {_kind(value)}, not a number") from error
    raise Malformed(f"{name} is {_kind(value)}, not a number")


def _kind(value: object) -> str:
    """Return the type of a value in words: None, a list, an int."""
    name = type(value).__name__
    if isinstance(value, np.ndarray):
        return "an array"
    return "None" if value is None else f"{'an' if name[:1] in 'aeiou' else 'a'} {name}"
