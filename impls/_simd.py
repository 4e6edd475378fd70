"""Vector registers for Numba: 64 bytes of float64 or float32, and the few operations that the fused kernels need.

Numba leaves vectorizing to LLVM, which won't touch a loop that calls exp or asks for cache lines, nor keep a tile's
sums in registers. These say what they mean instead; LLVM lowers each to what the processor has: one instruction of
AVX-512, two of AVX2, four of NEON. They take the address of an array's items, since an array passed to a function that
isn't inlined is counted there, twice, by an atomic instruction (12 instead of 45 GB/s for rows of 100 features). An index
counts items of the array as it lies, whatever its shape; nothing checks it.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.core.cgutils import get_or_insert_function
from numba.extending import intrinsic, models, overload, register_model

BYTES = 64
"""One cache line, and the widest register there is."""

EXPONENT = {types.float64: (64, 52, 1023), types.float32: (32, 23, 127)}
"""Of each precision: its bits, those of its fraction, the exponent that stands for 2^0."""

CONTRACT = ("contract",)
"""A product and a sum may become one fused multiply-add, which only saves a rounding."""

I32 = ir.IntType(32)
I64 = ir.IntType(64)


class Vector(types.Type):  # type: ignore[misc]  # Numba has no types of its own
    """Numba's type of a register full of `dtype`."""

    def __init__(self, dtype: types.Float) -> None:
        self.dtype = dtype
        self.lanes = BYTES * 8 // dtype.bitwidth
        super().__init__(name=f"Vector({dtype})")


@register_model(Vector)
class VectorModel(models.PrimitiveModel):  # type: ignore[misc]  # Numba has no types of its own
    """In LLVM: <8 x double> or <16 x float>."""

    def __init__(self, dmm: Any, fe_type: Vector) -> None:
        super().__init__(dmm, fe_type, ir.VectorType(dmm.lookup(fe_type.dtype).get_value_type(), fe_type.lanes))


@intrinsic
def items(_typing: Any, array: Any) -> Any:
    """The address of a contiguous array's items; the array must outlive it."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return context.make_array(array)(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), generate


@intrinsic
def lanes_of(_typing: Any, address: Any) -> Any:
    """Items to a vector: 8 of float64, 16 of float32."""

    def generate(_context: Any, _builder: Any, _signature: Any, _args: Any) -> Any:
        return I64(Vector(address.dtype).lanes)

    return types.intp(address), generate


@intrinsic
def load(_typing: Any, address: Any, _index: Any) -> Any:
    """The vector of items index, index + 1, ..."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.load(_pointer(context, builder, address, *args), align=address.dtype.bitwidth // 8)

    return Vector(address.dtype)(address, types.intp), generate


@intrinsic
def load_first(_typing: Any, address: Any, _index: Any, _count: Any) -> Any:
    """The vector of `count` items from index on, then zeros; nothing beyond them is read."""
    vector = Vector(address.dtype)

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = context.get_value_type(vector)
        pointer, mask = _pointer(context, builder, address, *args[:2]), _first(builder, vector.lanes, args[2])
        return _call(builder, "llvm.masked.load", kind, [pointer, I32(1), mask, kind(None)], suffix=".p0")

    return vector(address, types.intp, types.intp), generate


@intrinsic
def load_one(_typing: Any, address: Any, _index: Any) -> Any:
    """A vector of equal lanes: item index."""
    vector = Vector(address.dtype)

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _splat(builder, builder.load(builder.gep(args[0], [args[1]])), vector.lanes)

    return vector(address, types.intp), generate


@intrinsic
def store(_typing: Any, address: Any, _index: Any, vector: Any) -> Any:
    """Set items index, index + 1, ... to the lanes of a vector."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        builder.store(args[2], _pointer(context, builder, address, *args[:2]), align=address.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(address, types.intp, vector), generate


@intrinsic
def prefetch(_typing: Any, address: Any, _index: Any) -> Any:
    """Ask for the cache line of an item, to have it in the second cache later. Any index will do: it can't fault."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pointer = builder.bitcast(_pointer(context, builder, address, *args), ir.IntType(8).as_pointer())
        signature = ir.FunctionType(ir.VoidType(), [pointer.type, I32, I32, I32])
        function = get_or_insert_function(builder.module, signature, "llvm.prefetch.p0")
        read, second_cache, data = I32(0), I32(2), I32(1)
        builder.call(function, [pointer, read, second_cache, data])
        return context.get_dummy_value()

    return types.void(address, types.intp), generate


@intrinsic
def splat(_typing: Any, scalar: Any) -> Any:
    """A vector of equal lanes."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _splat(builder, args[0], Vector(scalar).lanes)

    return Vector(scalar)(scalar), generate


@intrinsic
def first(_typing: Any, vector: Any, _count: Any) -> Any:
    """The first `count` lanes, then zeros."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.select(_first(builder, vector.lanes, args[1]), args[0], args[0].type(None))

    return vector(vector, types.intp), generate


@intrinsic
def lane(_typing: Any, vector: Any, _number: Any) -> Any:
    """One lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.extract_element(*args)

    return vector.dtype(vector, types.intp), generate


@intrinsic
def total(_typing: Any, vector: Any) -> Any:
    """The sum of the lanes, added as a tree."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.extract_element(_fold(builder, args[0], 1), I32(0))

    return vector.dtype(vector), generate


@intrinsic
def totals(_typing: Any, v0: Any, _v1: Any, _v2: Any, _v3: Any) -> Any:
    """The totals of four vectors, four times over or more: 13 instructions, where one after the other takes 32."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        def interleaved_sums(x: Any, y: Any, step: int) -> Any:
            """Lanes i and i + step of x added, for i in steps of two steps; with those of y between them."""
            starts = range(0, v0.lanes, 2 * step)
            near = [i + k + of for i in starts for of in (0, v0.lanes) for k in range(step)]
            return builder.fadd(_shuffle(builder, x, y, near), _shuffle(builder, x, y, [lane + step for lane in near]))

        pairs = interleaved_sums(args[0], args[1], 1), interleaved_sums(args[2], args[3], 1)
        four = _fold(builder, interleaved_sums(*pairs, 2), 4)
        return _shuffle(builder, four, four, [lane % 4 for lane in range(v0.lanes)])

    return v0(v0, v0, v0, v0), generate


@intrinsic
def with_lane(_typing: Any, vector: Any, _number: Any, _scalar: Any) -> Any:
    """The vector with one lane set."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        numbers = ir.VectorType(I64, vector.lanes)(list(range(vector.lanes)))
        chosen = builder.icmp_signed("==", numbers, _splat(builder, args[1], vector.lanes))
        return builder.select(chosen, _splat(builder, args[2], vector.lanes), args[0])

    return vector(vector, types.intp, vector.dtype), generate


@intrinsic
def where_less(_typing: Any, x: Any, _y: Any, _a: Any, _b: Any) -> Any:
    """A lane of a where x < y, of b elsewhere, also where x or y is NaN."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *args[:2]), *args[2:])

    return x(x, x, x, x), generate


@intrinsic
def absolute(_typing: Any, x: Any) -> Any:
    """|x|."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return _call(builder, "llvm.fabs", args[0].type, args)

    return x(x), generate


@intrinsic
def power_of_two(_typing: Any, shifted: Any) -> Any:
    """2^k, where `shifted` = 1.5·2^f + k with f the bits of its fraction: so k stands in its last bits."""
    bits, fraction, zero = EXPONENT[shifted.dtype]

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = ir.VectorType(ir.IntType(bits), shifted.lanes)
        exponent = builder.add(builder.bitcast(args[0], kind), kind([zero] * shifted.lanes))
        return builder.bitcast(builder.shl(exponent, kind([fraction] * shifted.lanes)), args[0].type)

    return shifted(shifted), generate


def polynomial(coefficients: Mapping[types.Float, Sequence[float]]) -> Callable[[Any], Any]:
    """A function of a vector x: c_0 + c_1 x + c_2 x² ..., by Horner's rule; {precision: (c_0, c_1, ...)}."""

    @intrinsic
    def evaluate(_typing: Any, x: Any) -> Any:
        def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            value, *others = [args[0].type([c] * x.lanes) for c in reversed(coefficients[x.dtype])]
            for c in others:
                value = builder.fadd(builder.fmul(value, args[0], flags=CONTRACT), c, flags=CONTRACT)
            return value

        return x(x), generate

    return evaluate  # type: ignore[no-any-return]  # Numba has no types of its own


def _operate(symbol: Callable[[Any, Any], Any], instruction: str) -> None:
    """Let Numba's code write x + y for vectors x and y, and for a vector and a number."""

    @intrinsic
    def operate(_typing: Any, x: Any, y: Any) -> Any:
        vector = x if isinstance(x, Vector) else y

        def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
            operands = [
                value if value_type == vector
                else _splat(builder, context.cast(builder, value, value_type, vector.dtype), vector.lanes)
                for value, value_type in zip(args, (x, y), strict=True)
            ]  # fmt: skip
            return getattr(builder, instruction)(*operands, flags=CONTRACT)

        return vector(x, y), generate

    @overload(symbol)
    def choose(x: Any, y: Any) -> Any:
        def of_vectors(x: Any, y: Any) -> Any:
            return operate(x, y)

        return of_vectors if isinstance(x, Vector) or isinstance(y, Vector) else None


_operate(operator.add, "fadd")
_operate(operator.sub, "fsub")
_operate(operator.mul, "fmul")
_operate(operator.truediv, "fdiv")


def _pointer(context: Any, builder: Any, address_type: Any, address: Any, index: Any) -> Any:
    """The address of item index, as that of a vector."""
    kind = context.get_value_type(Vector(address_type.dtype))
    return builder.bitcast(builder.gep(address, [index]), kind.as_pointer())


def _call(builder: Any, name: str, kind: Any, args: Sequence[Any], suffix: str = "") -> Any:
    """Call one of LLVM's own functions, whose name ends in the type that it is for."""
    signature = ir.FunctionType(kind, [arg.type for arg in args])
    return builder.call(get_or_insert_function(builder.module, signature, f"{name}.{_name(kind)}{suffix}"), args)


def _name(kind: Any) -> str:
    return f"v{kind.count}{kind.element.intrinsic_name}"


def _splat(builder: Any, scalar: Any, lanes: int) -> Any:
    one = builder.insert_element(ir.VectorType(scalar.type, lanes)(ir.Undefined), scalar, I32(0))
    return builder.shuffle_vector(one, one, ir.VectorType(I32, lanes)(None))


def _shuffle(builder: Any, x: Any, y: Any, lanes: Sequence[int]) -> Any:
    """The numbered lanes of x followed by y."""
    return builder.shuffle_vector(x, y, ir.VectorType(I32, len(lanes))(list(lanes)))


def _fold(builder: Any, vector: Any, lanes: int) -> Any:
    """One half added to the other until so few lanes are left."""
    while (half := vector.type.count // 2) >= lanes:
        low, high = _shuffle(builder, vector, vector, range(half)), _shuffle(builder, vector, vector, range(half, 2 * half))
        vector = builder.fadd(low, high)
    return vector


def _first(builder: Any, lanes: int, count: Any) -> Any:
    """A mask of the first `count` lanes."""
    return builder.icmp_signed("<", ir.VectorType(I64, lanes)(list(range(lanes))), _splat(builder, count, lanes))
