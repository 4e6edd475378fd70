"""The lecture's computation graph: each example's loss is built node by node, then differentiated right to left."""

from __future__ import annotations

from functools import reduce
from operator import add, mul

from gradrace.impls._shared.graph import Node, derivatives, softplus
from gradrace.impls._shared.lists import Lists, Number, by_example, to_native
from gradrace.impls.interface import Implementation, Technique


def gradient(data: Lists, w: list[Number], b: Number) -> tuple[Number, list[Number], Number]:
    """Return J, dw_1..dw_n and db, summed example by example and divided by m at the end."""
    w_nodes, b_node = [Node(w_j) for w_j in w], Node(b)
    J, dw, db = data.zero, [data.zero] * len(w), data.zero
    for x, y in zip(data.X, data.Y, strict=True):
        L = loss(reduce(add, map(mul, w_nodes, x)) + b_node, y)
        dL = derivatives(L)
        J += L.value
        dw = [dw_j + dL[w_j] for dw_j, w_j in zip(dw, w_nodes, strict=True)]
        db += dL[b_node]
    m = len(data.Y)
    return J / m, [dw_j / m for dw_j in dw], db / m


def loss(z: Node, y: Number) -> Node:
    """Return L = −log a if y = 1, −log(1 − a) if y = 0, with a = σ(z): softplus of −z or z. So dL/dz = σ(z) − y."""
    return softplus(z * (1 - 2 * y))


IMPLEMENTATION = Implementation(
    technique=Technique.AUTODIFF, prepare=by_example, gradient=gradient, to_native=to_native
)
