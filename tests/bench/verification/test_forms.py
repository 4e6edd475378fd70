"""Findings name results that aren't J, dw, db, and results that are right at first and wrong later."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest

from gradrace.bench.problems import made_up
from gradrace.bench.verification.judge import COMES_AGAIN, REMEMBERED, check, trial
from gradrace.bench.verification.scenes.play import play
from gradrace.bench.verification.scenes.table import SCENES
from gradrace.bench.verification.scenes.truth import Truth
from gradrace.impls import numpy_vectorized
from gradrace.impls.interface import Gradient, Implementation, Technique

PLAIN = numpy_vectorized.IMPLEMENTATION
TRIAL = trial(made_up(9, 4))


def returning(change: Callable[..., Any]) -> Implementation[Any, Any, Any]:
    """Return an implementation that returns something else instead of J, dw, db."""
    return Implementation(
        technique=Technique.VECTORIZED,
        prepare=PLAIN.prepare,
        gradient=lambda data, w, b: change(*PLAIN.gradient(data, w, b)),
    )


ONE = "return J.item() if it has one element, and J, dw, db in this order"
FLAT, SAME = "not float64 of shape (4,); return np.ravel(dw)", "return np.asarray(dw, w.dtype)"


@pytest.mark.parametrize(
    ("change", "told"),
    [
        (lambda J, dw, db: (J, dw), "returns 2 values, not J, dw, db"),
        (lambda J, dw, db: (J, dw, db, 0), "returns 4 values, not J, dw, db"),
        (lambda J, dw, db: [], "returns 0 values, not J, dw, db"),
        (lambda J, dw, db: None, "returns None, not J, dw, db"),
        (lambda J, dw, db: J, "returns a float64, not J, dw, db"),
        (lambda J, dw, db: {"J": J, "dw": dw, "db": db}, "returns a dict, not J, dw, db"),
        (lambda J, dw, db: (part for part in (J, dw, db)), "returns a generator, not J, dw, db"),
        (lambda J, dw, db: (np.array([[J]]), dw, db), f"J is an array of shape (1, 1), not a number; {ONE}"),
        (lambda J, dw, db: (np.full(9, J), dw, db), f"J is an array of shape (9,), not a number; {ONE}"),
        (
            lambda J, dw, db: (J, dw, np.array([db])),
            f"db is an array of shape (1,), not a number; {ONE}".replace("J.item", "db.item"),
        ),
        (lambda J, dw, db: (dw, J, db), f"J is an array of shape (4,), not a number; {ONE}"),
        (lambda J, dw, db: (None, dw, db), "J is None, not a number"),
        (lambda J, dw, db: (complex(J), dw, db), "J is a complex, not a number"),
        (lambda J, dw, db: (np.complex64(J), dw, db), "J is a complex64, not a number"),
        (lambda J, dw, db: (str(J), dw, db), "J is a str, not a number"),
        (lambda J, dw, db: (J, dw[:, None], db), f"dw is float64 of shape (4, 1), {FLAT}"),
        (lambda J, dw, db: (J, dw[None], db), f"dw is float64 of shape (1, 4), {FLAT}"),
        (
            lambda J, dw, db: (J, dw.astype(np.float32), db),
            f"dw is float32 of shape (4,), not float64 of shape (4,); {SAME}",
        ),
        (lambda J, dw, db: (J, dw + 0j, db), "dw is complex128 of shape (4,), not float64 of shape (4,)"),
        (lambda J, dw, db: (J, [dw], db), f"dw is float64 of shape (1, 4), {FLAT}"),
        (lambda J, dw, db: (J, dw[:3], db), "dw is float64 of shape (3,), not float64 of shape (4,)"),
        (lambda J, dw, db: (J, dw > 0, db), "dw is bool of shape (4,), not float64 of shape (4,)"),
        (lambda J, dw, db: (J, dw.astype(object), db), "dw is an array of Python objects, not an array of numbers"),
        (lambda J, dw, db: (J, [*map(str, dw)], db), "dw is a list of text, not an array of numbers"),
        (lambda J, dw, db: (J, [dw, db], db), "dw is a list of unequal parts, not an array of numbers"),
        (lambda J, dw, db: (J, None, db), "dw is None, not an array of numbers"),
        (lambda J, dw, db: np.array([J, *dw, db]), "returns an array, not J, dw, db"),
        (lambda J, dw, db: (np.nan, dw, db), "J isn't finite"),
        (lambda J, dw, db: (J, dw * np.array([1, np.inf, 1, 1]), db), "dw isn't finite"),
    ],
)
def test_another_form_is_told_as_what_it_is(change: Callable[..., Any], told: str) -> None:
    assert check(returning(change), TRIAL).findings[0] == told


@pytest.mark.parametrize("change", [lambda J, dw, db: (J, dw), lambda J, dw, db: None])
def test_a_scene_tells_it_likewise(change: Callable[..., Any]) -> None:
    scene = SCENES["points"]("float64")
    findings = Truth(scene).judge(play(returning(change), scene))[1]
    assert findings == [check(returning(change), TRIAL).findings[0]]


def test_what_to_numpy_returns_is_looked_at_as_well() -> None:
    bare = Implementation(
        technique=Technique.VECTORIZED, prepare=PLAIN.prepare, gradient=PLAIN.gradient, to_numpy=lambda *parts: parts
    )
    assert check(bare, TRIAL).findings == ("to_numpy returns a tuple, not a Gradient",)
    wrapped = Implementation(
        technique=Technique.VECTORIZED,
        prepare=PLAIN.prepare,
        gradient=PLAIN.gradient,
        to_numpy=lambda J, dw, db: Gradient(np.array([J]), dw, db),
    )
    assert check(wrapped, TRIAL).findings == (f"J is an array of shape (1,), not a number; {ONE}",)


@pytest.mark.parametrize("change", [lambda dw: dw.astype(np.float64), lambda dw: dw.tolist()])
def test_another_precision_has_advice_that_works_for_lists_too(change: Callable[..., Any]) -> None:
    narrow = trial(made_up(9, 4, "float32"))
    (told,) = check(returning(lambda J, dw, db: (J, change(dw), db)), narrow).findings
    assert told == f"dw is float64 of shape (4,), not float32 of shape (4,); {SAME}"
    mended = returning(lambda J, dw, db: (J, np.asarray(change(dw), dw.dtype), db))
    assert check(mended, narrow).findings == ()


def test_a_list_and_arrays_without_a_shape_are_numbers() -> None:
    assert check(returning(lambda J, dw, db: [np.array(J), list(dw), np.array(db)]), TRIAL).findings == ()


@pytest.mark.parametrize(("wrong_in", "told"), [({2}, REMEMBERED), ({2, 3}, REMEMBERED), ({3}, COMES_AGAIN)])
def test_what_is_right_at_first_and_wrong_later_is_told_as_that(wrong_in: set[int], told: str) -> None:
    calls = 0

    def change(J, dw, db):
        nonlocal calls
        calls += 1
        return J, dw * (2 if calls in wrong_in else 1), db

    assert told in check(returning(change), TRIAL).findings


def test_what_is_wrong_from_the_start_is_not_called_remembered() -> None:
    assert check(returning(lambda J, dw, db: (J, 2 * dw, db)), TRIAL).findings[1:] == ()
