"""Building blocks of the vector operations: their type, and pieces of LLVM code."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import models, register_model

BYTES = 64
"""Bytes of a vector: one cache line, and the widest register that processors have."""

I32 = ir.IntType(32)
I64 = ir.IntType(64)


class Vector(types.Type):
    """Numba's type of one or more registers full of `dtype`."""

    def __init__(self, dtype: types.Float, registers: int = 1) -> None:
        self.dtype = dtype
        self.lanes = registers * BYTES * 8 // dtype.bitwidth
        super().__init__(name=f"Vector({dtype}, {registers})")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):  # type: ignore[misc]  # Numba has no types of its own
    """LLVM type of a vector: <8 x double> or <16 x float>."""

    def __init__(self, dmm: Any, fe_type: Vector) -> None:
        super().__init__(dmm, fe_type, ir.VectorType(dmm.lookup(fe_type.dtype).get_value_type(), fe_type.lanes))


def name(kind: Any) -> str:
    """Return the name of a vector type in LLVM's function names: v8f64."""
    return f"v{kind.count}{kind.element.intrinsic_name}"


def call(builder: Any, function: str, result: Any, args: Sequence[Any], **options: Any) -> Any:
    """Call one of LLVM's own functions."""
    signature = ir.FunctionType(result, [arg.type for arg in args])
    return builder.call(get_or_insert_function(builder.module, signature, function), args, **options)


def pointer(builder: Any, address: Any, index: Any, kind: Any) -> Any:
    """Return the address of item `index`, as a pointer to `kind`."""
    return builder.bitcast(builder.gep(address, [index]), kind.as_pointer())


def equal_lanes(builder: Any, scalar: Any, lanes: int) -> Any:
    """Return a vector of `lanes` equal lanes."""
    one = builder.insert_element(ir.VectorType(scalar.type, lanes)(ir.Undefined), scalar, I32(0))
    return builder.shuffle_vector(one, one, ir.VectorType(I32, lanes)(None))


def shuffle(builder: Any, x: Any, y: Any, lanes: Sequence[int]) -> Any:
    """Return the numbered lanes of x followed by y."""
    return builder.shuffle_vector(x, y, ir.VectorType(I32, len(lanes))(list(lanes)))


def fold(builder: Any, vector: Any, lanes: int) -> Any:
    """Add one half of a vector to the other until `lanes` lanes are left."""
    while (half := vector.type.count // 2) >= lanes:
        low = shuffle(builder, vector, vector, range(half))
        vector = builder.fadd(low, shuffle(builder, vector, vector, range(half, 2 * half)))
    return vector


def first_lanes(builder: Any, lanes: int, count: Any) -> Any:
    """Return a mask of the first `count` lanes."""
    return builder.icmp_signed("<", ir.VectorType(I64, lanes)(list(range(lanes))), equal_lanes(builder, count, lanes))
