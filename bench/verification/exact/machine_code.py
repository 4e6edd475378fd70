"""Machine code through LLVM: vectors of float64, loops, and functions for ctypes, which releases Python's lock.

A kernel is a Python function that runs once, on `Lanes` in place of numbers: each + − · / writes an instruction.
LLVM neither reorders nor contracts floating-point operations unless an instruction allows it, and none here does.
"""

from __future__ import annotations

import ctypes
import platform
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import llvmlite.binding as llvm
from llvmlite import ir

from gradrace.bench.verification.exact.in_memory import meaning
from gradrace.bench.verification.exact.object_code import compiled, kept, loaded, target_machine

DOUBLE, INT, I32 = ir.DoubleType(), ir.IntType(64), ir.IntType(32)
POINTER = DOUBLE.as_pointer()

NEAREST, NEAREST_BITS = 1.5 * 2.0**52, 0x4338 << 48
"""Number whose addition to a number below 2⁵¹ leaves the nearest whole number in the last bits; and its own bits."""

Body: TypeAlias = "Callable[[Any, Sequence[Lanes]], Sequence[Lanes]]"
"""Body of a loop: (index, values after the previous round) -> values after this round."""

Kernel: TypeAlias = "Callable[..., None]"
"""Function that writes a kernel, from the `Code` to write to and the kernel's own arguments."""


@dataclass(frozen=True, slots=True)
class Lanes:
    """A vector of float64 in a function that is being written."""

    code: Code
    value: Any

    def __add__(self, other: Lanes | float) -> Lanes:
        return self._with("fadd", other)

    def __sub__(self, other: Lanes | float) -> Lanes:
        return self._with("fsub", other)

    def __mul__(self, other: Lanes | float) -> Lanes:
        return self._with("fmul", other)

    def __truediv__(self, other: Lanes | float) -> Lanes:
        return self._with("fdiv", other)

    def __neg__(self) -> Lanes:
        return Lanes(self.code, self.code.builder.fneg(self.value))

    def __abs__(self) -> Lanes:
        return self.code.call("fabs", self)

    def times_plus(self, factor: Lanes, summand: Lanes) -> Lanes:
        """Return self·factor + summand, rounded once if the processor has an instruction for that."""
        return self.code.call("fma", self, factor, summand) if self.code.fused else self * factor + summand

    def where(self, relation: str, other: float, yes: Lanes | float, no: Lanes | float) -> Lanes:
        """Return `yes` in each lane where `self relation other` holds, `no` elsewhere. NaN only satisfies `!=`."""
        builder = self.code.builder
        compare = builder.fcmp_unordered if relation == "!=" else builder.fcmp_ordered
        holds = compare(relation, self.value, self._like(other).value)
        return Lanes(self.code, builder.select(holds, self._like(yes).value, self._like(no).value))

    def upper_half(self) -> Lanes:
        """Return the lanes rounded to 26 bits. The rounding adds to their bit patterns, which doesn't overflow."""
        builder, whole = self.code.builder, self.code.whole
        bits = builder.add(builder.bitcast(self.value, self.code.bits), whole(2**26))
        return Lanes(self.code, builder.bitcast(builder.and_(bits, whole(-(2**27))), self.code.vector))

    def powers_of_two(self) -> tuple[Lanes, Lanes]:
        """Return two factors whose product is 2^k, for lanes that are `NEAREST` + k with |k| < 2000."""
        builder, whole = self.code.builder, self.code.whole
        k = builder.sub(builder.bitcast(self.value, self.code.bits), whole(NEAREST_BITS))
        half = builder.ashr(k, whole(1))
        exponents = (builder.add(part, whole(1023)) for part in (half, builder.sub(k, half)))
        one, other = (builder.bitcast(builder.shl(bits, whole(52)), self.code.vector) for bits in exponents)
        return Lanes(self.code, one), Lanes(self.code, other)

    def rotated(self, by: int) -> Lanes:
        """Return the lanes rotated by `by` places."""
        lanes = self.code.lanes
        turned = ir.VectorType(I32, lanes)([(lane + by) % lanes for lane in range(lanes)])
        return Lanes(self.code, self.code.builder.shuffle_vector(self.value, self.value, turned))

    def _like(self, x: Lanes | float) -> Lanes:
        return x if isinstance(x, Lanes) else self.code.constant(x)

    def _with(self, instruction: str, other: Lanes | float) -> Lanes:
        return Lanes(self.code, getattr(self.code.builder, instruction)(self.value, self._like(other).value))


class Code:
    """A function that is being written. Indices and addresses are LLVM's values, or Python's whole numbers.

    lanes: how many numbers a vector has. fused: whether the processor has fused multiply-adds.
    """

    def __init__(self, function: ir.Function, lanes: int, *, fused: bool) -> None:
        self.function, self.lanes, self.fused = function, lanes, fused
        self.vector, self.bits = ir.VectorType(DOUBLE, lanes), ir.VectorType(INT, lanes)
        self.builder = ir.IRBuilder(function.append_basic_block())

    def constant(self, x: float) -> Lanes:
        """Return a vector of equal lanes."""
        return Lanes(self, self.vector([x] * self.lanes))

    def whole(self, x: int) -> Any:
        """Return a vector of equal whole numbers, for operations on bits."""
        return self.bits([x] * self.lanes)

    def call(self, name: str, *args: Lanes) -> Lanes:
        """Call one of LLVM's intrinsic functions on vectors."""
        signature = ir.FunctionType(self.vector, [self.vector] * len(args))
        intrinsic = self.function.module.declare_intrinsic(f"llvm.{name}.v{self.lanes}f64", fnty=signature)
        return Lanes(self, self.builder.call(intrinsic, [arg.value for arg in args]))

    def at(self, address: Any, *terms: Any) -> Any:
        """Return the address of an item. Its index is the sum of the terms, a tuple being a product."""
        index = INT(0)
        for term in terms:
            product = self.builder.mul(*map(_int, term)) if isinstance(term, tuple) else _int(term)
            index = self.builder.add(index, product)
        return self.builder.gep(address, [index])

    def load(self, address: Any) -> Lanes:
        """Load the items at an address and after it."""
        return Lanes(self, self.builder.load(self.builder.bitcast(address, self.vector.as_pointer()), align=8))

    def load_one(self, address: Any) -> Lanes:
        """Load one item into every lane."""
        one = self.builder.insert_element(self.vector(ir.Undefined), self.builder.load(address), I32(0))
        return Lanes(self, self.builder.shuffle_vector(one, one, ir.VectorType(I32, self.lanes)(None)))

    def store(self, address: Any, lanes: Lanes) -> None:
        """Store the lanes from an address on."""
        self.builder.store(lanes.value, self.builder.bitcast(address, self.vector.as_pointer()), align=8)

    def store_first(self, address: Any, lanes: Lanes) -> None:
        """Store the first lane."""
        self.builder.store(self.builder.extract_element(lanes.value, I32(0)), address)

    def loop(
        self, start: Any, stop: Any, step: int, body: Body, carried: Sequence[Lanes] = ()
    ) -> tuple[Any, list[Lanes]]:
        """Repeat the body for index = start, start + step, ... as long as a whole step lies before stop.

        Returns the next index, and the values after the last round.
        """
        builder, before = self.builder, self.builder.block
        head, inside, after = (self.function.append_basic_block() for _ in range(3))
        last = builder.sub(_int(stop), INT(step))
        builder.branch(head)
        builder.position_at_end(head)
        index, *values = phis = [builder.phi(INT), *(builder.phi(self.vector) for _ in carried)]
        builder.cbranch(builder.icmp_signed("<=", index, last), inside, after)
        builder.position_at_end(inside)
        left = body(index, [Lanes(self, value) for value in values])
        following = [builder.add(index, INT(step)), *(lanes.value for lanes in left)]
        for phi, first, later in zip(phis, [_int(start), *(lanes.value for lanes in carried)], following, strict=True):
            phi.add_incoming(first, before)
            phi.add_incoming(later, builder.block)
        builder.branch(head)
        builder.position_at_end(after)
        return index, [Lanes(self, value) for value in values]


def _int(x: Any) -> Any:
    return INT(x) if isinstance(x, int) else x


def has_fused_multiply_add() -> bool:
    """Return whether the processor has fused multiply-adds: all 64-bit ARM ones do, Intel's and AMD's since 2013."""
    return bool(llvm.get_host_cpu_features().get("fma")) or platform.machine().lower() in {"arm64", "aarch64"}


class Library:
    """Kernels compiled for this processor, which are called with addresses and whole numbers."""

    def __init__(
        self, kernels: Mapping[Kernel, tuple[str, int]], *, fused: bool | None = None, folder: Path | None = None
    ) -> None:
        """Compile kernels, or load from a folder what was compiled from the same functions.

        kernels: {kernel: (its arguments, lanes)}; p is an address, i a whole number.
        """
        self.fused = has_fused_multiply_add() if fused is None else fused
        machine = target_machine()

        def make() -> bytes:
            return compiled(machine, _written(kernels, fused=self.fused))

        code = kept(folder, meaning((kernels, self.fused, _written)), make) if folder else make()
        self._engine = loaded(machine, code)
        self._functions = {kernel: self._function(kernel.__name__, args) for kernel, (args, _) in kernels.items()}

    def __getitem__(self, kernel: Kernel) -> Callable[..., None]:
        return self._functions[kernel]

    def _function(self, name: str, args: str) -> Callable[..., None]:
        kinds = [{"p": ctypes.c_void_p, "i": ctypes.c_int64}[arg] for arg in args]
        return ctypes.CFUNCTYPE(None, *kinds)(self._engine.get_function_address(name))


def _written(kernels: Mapping[Kernel, tuple[str, int]], *, fused: bool) -> str:
    """Return the kernels in LLVM's assembly language."""
    module = ir.Module()
    for kernel, (args, lanes) in kernels.items():
        kinds = [{"p": POINTER, "i": INT}[arg] for arg in args]
        function = ir.Function(module, ir.FunctionType(ir.VoidType(), kinds), kernel.__name__)
        code = Code(function, lanes, fused=fused)
        kernel(code, *function.args)
        code.builder.ret_void()
    return str(module)
