"""The arithmetic of a gradient alone, for the limit (`gradrace.bench.race.floor`): nothing is loaded or stored.

Each part runs at the processor's full rate, as no operation waits for the result of another part. A kernel with the
same operations, which do wait for each other, took 1.1 to 1.3 times as long in C (docs/performance-trials.md).
"""

from __future__ import annotations

from typing import Any

from numba import njit

from gradrace.impls._shared.jit import njit_cached
from gradrace.impls._simd.instructions import items, load_one, pair, total
from gradrace.impls._simd.sigmoid import joined, parts
from gradrace.impls._simd.tiles import both

CHAINS = 5
"""Number of sums that the multiply-adds are added to, as many as a core needs to be busy.

As single vectors they fill 10 registers of AVX2, as pairs 10 of AVX-512. Two multiply-adds a cycle that take 4 or 5
cycles need 8 or 10. (Intel Emerald Rapids: 1.4 times the rate with pairs. With its AVX2 alone, pairs don't fit the
registers, and reach 0.7 of the rate.)
"""


@njit_cached(nogil=True)
def arithmetic(vectors: int, n_x: int, number: Any, paired: bool) -> Any:
    """Compute σ, the terms of the cost and both products of `vectors` vectors of examples with n_x features.

    The numbers have no meaning, but the result depends on all operations.

    number: array of one number between 0 and 1, of the working precision. paired: which registers the products fill.
    """
    x = load_one(items(number), 0)
    count = vectors * (2 * n_x - 1)
    made = both(products(count // 2, pair(x, x * x))) if paired else products(count, x)
    return total(sigmoids(vectors, x) + made)


@njit(forceinline=True)
def sigmoids(vectors: int, x: Any) -> Any:
    """Compute σ and the terms of J and db of `vectors` vectors.

    The multiply-add that makes a new z is one of the products'. The loss takes a product of 1 + e, as in a kernel. Its
    logarithm isn't counted, as it serves many examples. Here the product doesn't overflow.
    """
    z = J = db = x
    for _ in range(vectors):
        z = z * x + x
        linear, e, dz = parts(z, x)
        J, db = J + joined(linear, e), db + dz
    return J + db


@njit(forceinline=True)
def products(count: int, x: Any) -> Any:
    """Make `count` multiply-adds of vectors, down to a multiple of CHAINS."""
    a, b, c, d, e = x, x + 1, x + 2, x + 3, x + 4  # LLVM would make one chain of equal ones
    for _ in range(count // CHAINS):
        a, b, c, d, e = a * x + x, b * x + x, c * x + x, d * x + x, e * x + x
    return a + b + c + d + e
