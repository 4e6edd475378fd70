"""The scalar computation graph, beyond what the lecture works out."""

from __future__ import annotations

from fractions import Fraction
from functools import reduce
from operator import add

import numpy as np
import pytest

from gradrace.impls._shared.graph import Node, derivatives, left_to_right, log, sigma, softplus


def test_a_node_used_twice_collects_both_shares():
    a = Node(3)
    assert derivatives(a * a + a)[a] == 7


def test_differences_and_constants_on_either_side():
    a = Node(Fraction(2))
    assert [(7 - a).value, (a - 7).value, (-a).value] == [5, -5, -2]
    assert [derivatives(f)[a] for f in (7 - a, a - 7, -a, 3 * a, a * 3, 1 + a)] == [-1, 1, -1, 3, 3, 1]


def test_derivatives_leave_the_graph_as_it_was():
    a, b = Node(2), Node(5)
    J = a * b
    assert derivatives(J) == derivatives(J) == {J: 1, a: 5, b: 2}


def test_every_node_comes_after_its_operands_and_once():
    a, b = Node(2), Node(5)
    u = a * b
    order = left_to_right(u + a * u)
    assert len(order) == len(set(order)) == 5
    assert all(order.index(operand) < order.index(node) for node in order for operand, _ in node.operands)


def test_depth_is_no_limit():
    a = Node(1)
    assert derivatives(reduce(add, [a] * 100_000))[a] == 100_000


@pytest.mark.parametrize("f", [sigma, softplus, log, lambda z: 1 - z])
def test_float32_stays_float32(f):
    z = Node(np.float32(0.3))
    result = f(z)
    assert type(result.value) is np.float32
    assert np.result_type(derivatives(result)[z], np.float32) == np.float32
