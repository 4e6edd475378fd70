"""Vector operations for Numba, on 64 bytes of float64 or float32: the few that the fused kernels need.

Numba leaves vectorization to LLVM. LLVM doesn't vectorize a loop that calls exp or prefetches, and doesn't keep a
tile's sums in registers. These operations are explicit, and LLVM lowers each to the processor's instructions: one of
AVX-512, two of AVX2, four of NEON. They take the address of an array's items, because passing arrays to functions
updates reference counts with atomic instructions (rows of 100 features: 12 instead of 24 GB/s). An index counts items
in memory order, whatever the array's shape. Indices aren't checked.
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic, overload

from gradrace.impls._simd.vector import I32, I64, Vector, call, equal_lanes, first_lanes, fold, name, pointer, shuffle

EXPONENT = {types.float64: (64, 52, 1023), types.float32: (32, 23, 127)}
"""Bits, bits of the fraction, and exponent of 2^0 of each precision."""

CONTRACT = ("contract",)
"""Flag that allows a product and a sum to become one fused multiply-add, which only saves a rounding."""


@intrinsic
def items(_typing: Any, array: Any) -> Any:
    """Return the address of a contiguous array's items; the array must outlive it."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return context.make_array(array)(context, builder, args[0]).data

    return types.CPointer(array.dtype)(array), generate  # type: ignore[attr-defined]  # Numba's stub lacks it


@intrinsic
def lanes_of(_typing: Any, address: Any) -> Any:
    """Return the number of items in a vector: 8 of float64, 16 of float32."""

    def generate(_context: Any, _builder: Any, _signature: Any, _args: Any) -> Any:
        return I64(Vector(address.dtype).lanes)

    return types.intp(address), generate


@intrinsic
def load(_typing: Any, address: Any, _index: Any) -> Any:
    """Load the vector of items index, index + 1, ..."""
    vector = Vector(address.dtype)

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return whole(context, builder, vector, address.dtype, *args)

    return vector(address, types.intp), generate


@intrinsic
def load_as(_typing: Any, address: Any, _index: Any, vector: Any) -> Any:
    """Load the vector of items index, index + 1, ..., bytes or floats, in the precision of another vector."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return whole(context, builder, vector, address.dtype, *args[:2])

    return vector(address, types.intp, vector), generate


@intrinsic
def load_first(_typing: Any, address: Any, _index: Any, _count: Any) -> Any:
    """Load `count` items from index on, then zeros; nothing beyond them is read."""
    vector = Vector(address.dtype)

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return masked(context, builder, vector, *args)

    return vector(address, types.intp, types.intp), generate


@intrinsic
def load_first_as(_typing: Any, address: Any, _index: Any, _count: Any, vector: Any) -> Any:
    """Load `count` items, then zeros, in the precision of another vector. Bytes must have the zeros behind them."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        if address.dtype == vector.dtype:
            return masked(context, builder, vector, *args[:3])
        return whole(context, builder, vector, address.dtype, *args[:2])

    return vector(address, types.intp, types.intp, vector), generate


def whole(context: Any, builder: Any, vector: Vector, dtype: Any, address: Any, index: Any) -> Any:
    """Load all lanes of a vector from items of its own type, or from bytes."""
    kind = ir.VectorType(context.get_value_type(dtype), vector.lanes)
    loaded = builder.load(pointer(builder, address, index, kind), align=dtype.bitwidth // 8)
    if dtype == vector.dtype:
        return loaded
    if vector.dtype == types.float64:
        return byte_to_double(builder, loaded)
    return builder.uitofp(loaded, context.get_value_type(vector))


def masked(context: Any, builder: Any, vector: Vector, address: Any, index: Any, count: Any) -> Any:
    """Load the first `count` lanes of a vector from items of its type, with zeros behind."""
    kind, mask = context.get_value_type(vector), first_lanes(builder, vector.lanes, count)
    operands = [pointer(builder, address, index, kind), I32(1), mask, kind(None)]
    return call(builder, f"llvm.masked.load.{name(kind)}.p0", kind, operands)


def byte_to_double(builder: Any, loaded: Any) -> Any:
    """Convert bytes to doubles exactly: put them behind the bits of 2⁵², then subtract 2⁵².

    AVX2's own conversion crosses the halves of a register twice. It takes 0.33 instead of 0.28 ns for both passes of an
    entry.
    """
    lanes = loaded.type.count
    words, doubles = ir.VectorType(I64, lanes), ir.VectorType(ir.DoubleType(), lanes)
    behind = builder.or_(builder.zext(loaded, words), words([0x4330000000000000] * lanes))
    return builder.fsub(builder.bitcast(behind, doubles), doubles([2.0**52] * lanes))


@intrinsic
def load_one(_typing: Any, address: Any, _index: Any) -> Any:
    """Return a vector with item `index` in all lanes."""
    vector = Vector(address.dtype)

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return equal_lanes(builder, builder.load(builder.gep(args[0], [args[1]])), vector.lanes)

    return vector(address, types.intp), generate


@intrinsic
def store(_typing: Any, address: Any, _index: Any, vector: Any) -> Any:
    """Set items index, index + 1, ... to the lanes of a vector."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        builder.store(args[2], pointer(builder, args[0], args[1], args[2].type), align=vector.dtype.bitwidth // 8)
        return context.get_dummy_value()

    return types.void(address, types.intp, vector), generate


@intrinsic
def prefetch(_typing: Any, address: Any, _index: Any) -> Any:
    """Prefetch the cache line of an item into the second-level cache. Any index is allowed, as it can't fault."""

    def generate(context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        read, second_cache, data = I32(0), I32(2), I32(1)
        operands = [pointer(builder, args[0], args[1], ir.IntType(8)), read, second_cache, data]
        call(builder, "llvm.prefetch.p0", ir.VoidType(), operands)
        return context.get_dummy_value()

    return types.void(address, types.intp), generate


@intrinsic
def splat(_typing: Any, scalar: Any) -> Any:
    """Return a vector of equal lanes."""
    vector = Vector(scalar)

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return equal_lanes(builder, args[0], vector.lanes)

    return vector(scalar), generate


@intrinsic
def pair(_typing: Any, v0: Any, _v1: Any) -> Any:
    """Return two vectors as one of two registers.

    LLVM makes each operation on it two instructions in a row that don't wait for each other.
    """

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return shuffle(builder, args[0], args[1], range(2 * v0.lanes))

    return Vector(v0.dtype, registers=2)(v0, v0), generate


@intrinsic
def halves(_typing: Any, x: Any) -> Any:
    """Return the two vectors of a pair."""
    vector = Vector(x.dtype)

    def generate(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        low, high = range(vector.lanes), range(vector.lanes, x.lanes)
        vectors = [shuffle(builder, args[0], args[0], lanes) for lanes in (low, high)]
        return context.make_tuple(builder, signature.return_type, vectors)

    return types.UniTuple(vector, 2)(x), generate  # type: ignore[attr-defined]  # Numba's stub lacks it


@intrinsic
def lane(_typing: Any, vector: Any, _number: Any) -> Any:
    """Return one lane."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.extract_element(*args)

    return vector.dtype(vector, types.intp), generate


@intrinsic
def first(_typing: Any, vector: Any, _count: Any) -> Any:
    """Return the first `count` lanes, then zeros."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.select(first_lanes(builder, vector.lanes, args[1]), args[0], args[0].type(None))

    return vector(vector, types.intp), generate


@intrinsic
def total(_typing: Any, vector: Any) -> Any:
    """Return the sum of the lanes."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.extract_element(fold(builder, args[0], 1), I32(0))

    return vector.dtype(vector), generate


@intrinsic
def totals(_typing: Any, v0: Any, _v1: Any, _v2: Any, _v3: Any) -> Any:
    """Return the totals of four vectors, repeated over all lanes.

    It takes 13 instructions; one vector after the other takes 32.
    """

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        def sums(x: Any, y: Any, step: int) -> Any:
            """Add lanes i and i + step, for i in steps of two steps; those of x and those of y alternate."""
            turns = [i + of + k for i in range(0, v0.lanes, 2 * step) for of in (0, v0.lanes) for k in range(step)]
            return builder.fadd(shuffle(builder, x, y, turns), shuffle(builder, x, y, [turn + step for turn in turns]))

        four = fold(builder, sums(sums(args[0], args[1], 1), sums(args[2], args[3], 1), 2), 4)
        return shuffle(builder, four, four, [number % 4 for number in range(v0.lanes)])

    return v0(v0, v0, v0, v0), generate


@intrinsic
def where_less(_typing: Any, x: Any, _y: Any, _a: Any, _b: Any) -> Any:
    """Return a's lane where x < y, and b's elsewhere, also where x or y is NaN."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.select(builder.fcmp_ordered("<", *args[:2]), *args[2:])

    return x(x, x, x, x), generate


@intrinsic
def minus_absolute(_typing: Any, x: Any) -> Any:
    """Return −|x|."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.fneg(call(builder, f"llvm.fabs.{name(args[0].type)}", args[0].type, args))

    return x(x), generate


@intrinsic
def power_of_two(_typing: Any, shifted: Any) -> Any:
    """Return 2^k, whose exponent's bits are the last bits of `shifted`."""
    bits, fraction, _zero = EXPONENT[shifted.dtype]

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = ir.VectorType(ir.IntType(bits), shifted.lanes)
        power = builder.shl(builder.bitcast(args[0], kind), kind([fraction] * shifted.lanes))
        return builder.bitcast(power, args[0].type)

    return shifted(shifted), generate


@intrinsic
def exponent(_typing: Any, x: Any) -> Any:
    """Return the whole number k with 2^k <= x < 2^(k + 1) as a float, for normal x above 0."""
    bits, fraction, zero = EXPONENT[x.dtype]

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        kind = ir.VectorType(ir.IntType(bits), x.lanes)
        biased = builder.lshr(builder.bitcast(args[0], kind), kind([fraction] * x.lanes))
        behind = builder.or_(biased, kind([(zero + fraction) << fraction] * x.lanes))  # behind the bits of 2^fraction
        return builder.fsub(builder.bitcast(behind, args[0].type), args[0].type([2.0**fraction + zero] * x.lanes))

    return x(x), generate


def polynomial(coefficients: Mapping[types.Float, Sequence[float]]) -> Callable[[Any], Any]:
    """Return a function of a vector x: c_0 + c_1 x + c_2 x² ..., by Horner's rule; {precision: (c_0, c_1, ...)}."""

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
                else equal_lanes(builder, context.cast(builder, value, value_type, vector.dtype), vector.lanes)
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
