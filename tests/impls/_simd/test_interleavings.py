"""Threads that share a gradient or the steps of a descent, in all orders of their operations."""

from __future__ import annotations

import pytest

from gradrace.impls._simd import descents, team
from tests.impls._simd.interleavings import Fault, Team, source

TWO, THREE = [[0], [1]], [[0], [1], [2]]
TWO_FOR_THREE, TWO_FOR_FOUR, THREE_FOR_FOUR = [[0, 1], [2]], [[0, 1], [2, 3]], [[0], [1, 2], [3]]
ALONE = [[0, 1, 2, 3]]
"""Parts of each thread. The system may run the threads one after the other."""


@pytest.mark.parametrize("together", [False, True], ids=["tree", "together"])
@pytest.mark.parametrize("steps", [0, 1, 2], ids=["gradient", "a step", "two steps"])
@pytest.mark.parametrize("chunks", [TWO, TWO_FOR_THREE, TWO_FOR_FOUR, ALONE], ids=str)
def test_in_any_order_all_parts_are_added_once_and_all_steps_made(chunks, steps, together):
    assert Team(chunks, steps, together).explore()


@pytest.mark.slow
@pytest.mark.parametrize(
    ("chunks", "steps", "together"),
    [(THREE, 2, False), (THREE, 0, True), (THREE, 2, True), (THREE_FOR_FOUR, 1, True), (TWO, 3, True)],
)
def test_so_they_are_with_more_threads(chunks, steps, together):
    assert Team(chunks, steps, together).explore()


WRONG = [
    ("return last", "return True", True, 0),
    ("+ 1 == finished", "+ 2 == finished", True, 0),
    ("while place < finished", "while place < finished - 1", True, 0),
    ("if replace(counters, BEGUN, place, place + 1):", "if add(counters, BEGUN, 1) < finished:", True, 0),
    ("finished, looks = parts * (step + 1), 0", "finished, looks = parts * step + parts - 1, 0", True, 0),
    ("finished, looks = parts * (step + 1), 0", "finished, looks = parts, 0", True, 2),
    ("place - parts * step", "place % parts - 1", True, 1),
    ("for part in range(1, parts)", "for part in range(parts - 1, 0, -1)", True, 0),
    ("if add(counters, TREE + right, 1) % 2 == 0:", "if add(counters, TREE + left, 1) % 2 == 0:", False, 2),
    ("if add(counters, TREE + right, 1) % 2 == 0:", "if add(counters, TREE + right, 1) == 0:", False, 2),
    ("return state != left", "return True", False, 2),
    ("and load_atomic(address, STATE) != left", "and False", False, 2),
    ("left = -(step + 1)", "left = -step", False, 2),
    ("replace(items(counters), STATE, step, step + 1)", "add(items(counters), STATE, 1)", False, 2),
    ("if together(counters, made) else steps", "if together(counters, made) else made + 1", False, 2),
]
"""Changes of the code: what is replaced, by what, and a team that finds it: together or not, and its steps."""


@pytest.mark.parametrize(("old", "new", "together", "steps"), WRONG, ids=[old.strip() for old, *_ in WRONG])
def test_a_wrong_protocol_is_found(old, new, together, steps):
    functions = [getattr(team, name) for name in vars(team)]
    assert any(old in source(one) for one in [*functions, descents.make_steps] if hasattr(one, "py_func"))
    with pytest.raises(Fault):
        Team(THREE, steps, together, lambda text: text.replace(old, new)).explore()
