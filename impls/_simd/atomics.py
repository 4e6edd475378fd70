"""Atomic operations on counters that several threads share, for Numba.

After an operation, a thread sees all that another one wrote before its own operation on the counter.
"""

from __future__ import annotations

from typing import Any

from numba.core import types
from numba.extending import intrinsic

ORDER = "seq_cst"
BYTES = 8


@intrinsic
def load_atomic(_typing: Any, address: Any, _index: Any) -> Any:
    """Return counter `index`."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.load_atomic(builder.gep(args[0], [args[1]]), ORDER, BYTES)

    return types.int64(address, types.intp), generate


@intrinsic
def add(_typing: Any, address: Any, _index: Any, _value: Any) -> Any:
    """Add a value to counter `index`, and return what it was."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        return builder.atomic_rmw("add", builder.gep(args[0], [args[1]]), args[2], ORDER)

    return types.int64(address, types.intp, types.int64), generate


@intrinsic
def replace(_typing: Any, address: Any, _index: Any, _old: Any, _new: Any) -> Any:
    """Set counter `index` to `new` if it is `old`, and return whether it was."""

    def generate(_context: Any, builder: Any, _signature: Any, args: Any) -> Any:
        pair = builder.cmpxchg(builder.gep(args[0], [args[1]]), args[2], args[3], ORDER, ORDER)
        return builder.extract_value(pair, 1)

    return types.boolean(address, types.intp, types.int64, types.int64), generate


@intrinsic
def stand_alone(_typing: Any) -> Any:
    """Let LLVM compile the calling function apart from its callers.

    It is needed in functions that use what other threads write meanwhile. Numba tells LLVM that nothing but the body of
    a prange changes its arrays. Inlined into it, b was read once, not at each step.
    """

    def generate(context: Any, builder: Any, _signature: Any, _args: Any) -> Any:
        builder.function.attributes.add("noinline")
        return context.get_dummy_value()

    return types.void(), generate
