"""A computation graph of scalars: values forward, left to right; derivatives backward, right to left.

Arithmetic on nodes builds the graph as it computes. `derivatives` then applies the chain rule:

    a, b, c = Node(5.0), Node(3.0), Node(2.0)
    u = b * c
    v = a + u
    J = 3 * v                   J.value == 33
    dJ = derivatives(J)         dJ[v] == 3, dJ[a] == 3, dJ[u] == 3, dJ[b] == 6, dJ[c] == 9
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from gradrace.impls._shared.lists import Number


@dataclass(slots=True, eq=False)
class Node:
    """A value and its operands, each with the derivative of the value with respect to it.

    Nodes are equal only if they are the same node, so that they can be keys. A plain number in an expression is a
    constant: it has no node, since its derivative isn't needed.
    """

    value: Any
    operands: tuple[tuple[Node, Any], ...] = ()

    def __add__(self, other: Node | Number) -> Node:
        if isinstance(other, Node):
            return Node(self.value + other.value, ((self, 1), (other, 1)))
        return Node(self.value + other, ((self, 1),))

    __radd__ = __add__

    def __mul__(self, other: Node | Number) -> Node:
        if isinstance(other, Node):
            return Node(self.value * other.value, ((self, other.value), (other, self.value)))
        return Node(self.value * other, ((self, other),))

    __rmul__ = __mul__

    def __neg__(self) -> Node:
        return Node(-self.value, ((self, -1),))

    def __sub__(self, other: Node | Number) -> Node:
        return self + -other

    def __rsub__(self, other: Number) -> Node:
        return other + -self


def log(node: Node) -> Node:
    """Return the natural logarithm of a positive value; its derivative is 1/a."""
    return Node(type(node.value)(math.log(node.value)), ((node, 1 / node.value),))


def sigma(node: Node) -> Node:
    """Return σ(z) = 1/(1 + exp(−z)); its derivative is a(1 − a)."""
    a = _sigma(node.value)
    return Node(a, ((node, a * (1 - a)),))


def softplus(node: Node) -> Node:
    """Return log(1 + exp(z)) = max(z, 0) + log1p(exp(−|z|)); its derivative is σ(z).

    It is one node instead of max, |z|, exp and log1p, because these have kinks at z = 0 where the whole is smooth.
    """
    z = node.value
    return Node(max(z, type(z)(0)) + math.log1p(math.exp(-abs(z))), ((node, _sigma(z)),))


def _sigma(z: Any) -> Any:
    """Return σ(z), computed by the sign of z so that exp can't overflow."""
    e = type(z)(math.exp(-abs(z)))
    return 1 / (1 + e) if z >= 0 else e / (1 + e)


def left_to_right(output: Node) -> list[Node]:
    """Return output and the nodes that it is computed from, each one after its operands.

    It doesn't use recursion: w·x + b alone is n_x nodes deep, and Python's stack ends at 1000.
    """
    order: list[Node] = []
    found: set[Node] = set()
    stack = [(output, False)]
    while stack:
        node, operands_done = stack.pop()
        if operands_done:
            order.append(node)
        elif node not in found:
            found.add(node)
            stack.append((node, True))
            stack += [(operand, False) for operand, _ in node.operands]
    return order


def derivatives(output: Node) -> dict[Node, Any]:
    """Return the derivative of output with respect to itself (1) and to every node that it is computed from.

    The chain rule runs from right to left: a node is processed after every node that uses it has added its share.
    """
    d: dict[Node, Any] = {output: 1}
    for node in reversed(left_to_right(output)):
        for operand, slope in node.operands:
            d[operand] = d.get(operand, 0) + d[node] * slope
    return d
