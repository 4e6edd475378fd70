"""The bound holds for every right way to compute, and mistakes are beyond it, up to the limits that the page names."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from gradrace.bench.problems import Case, made_up, pixels
from gradrace.bench.verification.bound import bound, step_rounding
from gradrace.bench.verification.hard_problems import HARD, case, hard_case
from gradrace.bench.verification.reference import Point, reference
from gradrace.impls.interface import FloatArray, Gradient, Problem
from studies.bound_search import backwards, flushed, one_by_one, positive_first
from tests.strategies import cases

Sum = Callable[[FloatArray], FloatArray]
"""Sums along the last axis."""


def in_blocks(terms):
    blocks = [one_by_one(terms[..., start : start + 7]) for start in range(0, terms.shape[-1], 7)]
    return one_by_one(np.stack(blocks, axis=-1))


def kahan(terms):
    total = np.zeros_like(terms[..., 0])
    lost = np.zeros_like(total)
    for i in range(terms.shape[-1]):
        corrected = terms[..., i] - lost
        new = total + corrected
        total, lost = new, (new - total) - corrected
    return total


def exactly(terms):
    return np.apply_along_axis(lambda row: math.fsum(map(float, row)), -1, terms).astype(terms.dtype)


def pairwise(terms):
    return np.sum(np.ascontiguousarray(terms), axis=-1)


def stable(z):
    e = np.exp(-np.abs(z))
    return np.where(z >= 0, 1, e) / (1 + e)


def by_tanh(z):
    return (1 + np.tanh(z / 2)) / 2


def by_logarithm(z):
    """Return σ as automatic differentiation of log(1 + exp(z)) computes it."""
    return np.exp(z - np.logaddexp(z.dtype.type(0), z))


def stable_loss(z, y):
    return np.maximum(z, 0) - z * y + np.log1p(np.exp(-np.abs(z)))


def logarithm_loss(z, y):
    return np.logaddexp(z.dtype.type(0), z) - z * y


def divided_by_m(add, terms, m):
    return add(terms) / m


def times_1_over_m(add, terms, m):
    return add(terms) * (1 / m)


def each_divided_by_m(add, terms, m):
    return add(terms / m)


def mean_of_halves(add, terms, m):
    halves = [half for half in np.array_split(terms, 2, axis=-1) if half.size]
    counts = [terms.dtype.type(half.shape[-1]) for half in halves]
    return sum(add(half) / count * (count / m) for half, count in zip(halves, counts, strict=True))


class Way(NamedTuple):
    """One right way to compute the gradient."""

    add: Sum = pairwise
    sigma: Callable = stable
    loss: Callable = stable_loss
    mean: Callable = divided_by_m


WAYS = {
    **{add.__name__: Way(add) for add in (one_by_one, backwards, in_blocks, positive_first, kahan, exactly, pairwise)},
    "tanh": Way(sigma=by_tanh),
    "logarithm": Way(one_by_one, by_logarithm, logarithm_loss),
    **{mean.__name__: Way(mean=mean) for mean in (times_1_over_m, each_divided_by_m, mean_of_halves)},
}


def gradient(given: Case, way: Way) -> Gradient:
    """Every product rounded, then every sum and mean the given way."""
    problem, w, b = given.problem, given.w, given.b
    X, y, m = problem.features(), problem.Y[0], problem.dtype.type(problem.m)
    z = way.add((X * w[:, np.newaxis]).T) + b
    dz = way.sigma(z) - y
    J, dw, db = (way.mean(way.add, terms, m) for terms in (way.loss(z, y), X * dz, dz))
    return Gradient(float(J), np.asarray(dw, dtype=w.dtype), float(db))


def fused_multiply_add(given: Case) -> Gradient:
    """float32 with one rounding for s + x·y, by way of float64, where the product is exact; the bias folded in."""
    problem = given.problem
    X = np.concatenate([problem.features(), np.ones((1, problem.m), np.float32)]).astype(np.float64)
    w = np.append(given.w, given.b)
    z = np.zeros(problem.m, np.float32)
    for w_j, x_j in zip(w, X, strict=True):
        z = (z + float(w_j) * x_j).astype(np.float32)
    dz, sums = stable(z) - problem.Y[0], np.zeros(len(w), np.float32)
    for x_i, dz_i in zip(X.T, dz, strict=True):
        sums = (sums + x_i * float(dz_i)).astype(np.float32)
    *dw, db = sums / np.float32(problem.m)
    J = np.mean(stable_loss(z, problem.Y[0]))
    return Gradient(float(J), np.array(dw), float(db))


def scale_folded_into_w(given: Case) -> Gradient:
    """Pixels stay whole numbers; w is scaled on the way to z, dw at the end."""
    problem, scale = given.problem, given.problem.dtype.type(given.problem.scale)
    X = problem.X.astype(problem.dtype)
    way = WAYS["one_by_one"]
    unscaled = gradient(Case(Problem(X, problem.Y, problem.dtype), given.w * scale, given.b), way)
    return replace(unscaled, dw=unscaled.dw * scale)


def worst(given: Case, found: Gradient) -> float:
    return reference(given.problem, given.w, given.b).error_over_bound(found).worst


def small_cases(dtype) -> dict[str, Case]:
    return {name: hard for name in HARD if (hard := hard_case(name, dtype)).problem.X.size < 20000}


@pytest.mark.filterwarnings("ignore:underflow")
@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("name", WAYS)
def test_every_right_way_is_within_the_bound_on_hard_problems(name, dtype):
    errors = {hard: worst(given, gradient(given, WAYS[name])) for hard, given in small_cases(dtype).items()}
    assert max(errors.values()) <= 1, errors


@given(st.sampled_from(sorted(WAYS)), st.sampled_from(["float64", "float32"]).flatmap(cases))
def test_every_right_way_is_within_the_bound_on_drawn_problems(name, given):
    assert worst(given, gradient(given, WAYS[name])) <= 1


def test_fused_multiply_add_and_a_folded_bias_are_within_the_bound():
    assert all(worst(given, fused_multiply_add(given)) <= 1 for given in small_cases("float32").values())


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_pixels_scaled_after_the_product_are_within_the_bound(dtype):
    for m, n_x in [(1, 1), (60, 1), (1, 60), (90, 40)]:
        given = pixels(m, n_x, dtype)
        assert worst(given, scale_folded_into_w(given)) <= 1


def test_equal_terms_whose_roundings_all_go_one_way_are_within_the_bound():
    m = 100_000
    X = np.full((1, m), 0.7, dtype=np.float32)
    given = Case(Problem(X, np.zeros((1, m), np.float32), X.dtype), np.float32([0.3]), np.float32(0.1))
    error = worst(given, gradient(given, WAYS["one_by_one"]))
    assert 0.01 < error <= 1  # the bound's linear growth with m is needed: no sharper rate holds for every order


def without(given: Case, i: int) -> Gradient:
    """The gradient with one example left out of the sums, and m as it was."""
    problem = given.problem
    kept = np.arange(problem.m) != i
    fewer = Problem(problem.X[:, kept], problem.Y[:, kept], problem.dtype)
    return scaled(gradient(Case(fewer, given.w, given.b), Way()), (problem.m - 1) / problem.m)


def scaled(found: Gradient, factor: float) -> Gradient:
    return Gradient(found.J * factor, (found.dw * factor).astype(found.dw.dtype), found.db * factor)


def mistaken(given: Case) -> dict[str, Gradient]:
    problem = given.problem
    flipped = problem.Y.copy()
    flipped[0, -1] = 1 - flipped[0, -1]
    right = gradient(given, Way())
    rounded = {np.dtype(np.float64): np.float32, np.dtype(np.float32): np.float16}[problem.dtype]
    return {
        "last example dropped": without(given, problem.m - 1),
        "m - 1 for m": scaled(right, problem.m / (problem.m - 1)),
        "one label flipped": gradient(Case(replace(problem, Y=flipped), given.w, given.b), Way()),
        "exp in half the precision": gradient(
            given, Way(sigma=lambda z: stable(z.astype(rounded)).astype(problem.dtype), loss=stable_loss)
        ),
    }


@pytest.mark.parametrize(
    ("m", "n_x", "dtype"), [(1000, 100, "float64"), (100_000, 2, "float64"), (20, 2000, "float64"), (200, 5, "float32")]
)
def test_mistakes_are_beyond_the_bound(m, n_x, dtype):
    given = made_up(m, n_x, dtype)
    at = reference(given.problem, given.w, given.b)
    errors = {name: at.error_over_bound(found).worst for name, found in mistaken(given).items()}
    assert min(errors.values()) > 1, errors


def test_one_example_of_a_million_is_seen_in_float64():
    given = made_up(10**6, 1)
    assert worst(given, without(given, 10**6 - 1)) > 1000


def sparse(given: Case) -> Case:
    """Return the problem with each feature 0 except in every n_x-th example."""
    problem = given.problem
    own = np.arange(problem.m) % problem.n_x == np.arange(problem.n_x)[:, np.newaxis]
    return Case(replace(problem, X=np.where(own, problem.X, 0)), given.w, given.b)


def test_float32_sees_one_example_of_20000_where_features_are_sparse_and_not_where_they_are_dense():
    given = made_up(20_000, 20, "float32")
    assert worst(given, without(given, 19_999)) < 1
    assert worst(sparse(given), without(sparse(given), 19_999)) > 1


def test_every_component_has_a_bound_of_its_own():
    given = case(40, 9, features="scales")
    at = reference(given.problem, given.w, given.b)
    right = gradient(given, Way())
    for j in range(9):
        dw = right.dw.copy()
        dw[j] *= 1 + 1e-11
        assert at.error_over_bound(replace(right, dw=dw)).dw > 1


def test_the_bound_of_one_example_is_what_the_page_says():
    X = np.array([[2.0]])
    problem = Problem(X, np.array([[1.0]]), X.dtype)
    u, z, dz, parts = 2.0**-53, 2.0, 1 - 1 / (1 + np.exp(-2.0)), 2 * 2 + np.log1p(np.exp(-2.0))
    limits = reference(problem, np.array([0.5]), np.float64(1.0)).bound
    of_dz = 6 * u * z / 4 + 8 * u
    assert limits.dw[0] == pytest.approx(2 * (of_dz + 6 * u * dz), rel=1e-14, abs=0)
    assert limits.db == pytest.approx(of_dz + 6 * u * dz, rel=1e-14, abs=0)
    assert limits.J == pytest.approx(6 * u * z + 16 * u * parts + 6 * u * parts, rel=1e-14, abs=0)


def test_the_bound_of_a_step_is_what_the_page_says():
    u, tiny = 2.0**-53, 2.0**-1022
    assert step_rounding(np.dtype("float64"), -3.0, -0.5) == pytest.approx(4 * u * 3 + 6 * u * 0.5, rel=1e-14, abs=0)
    assert step_rounding(np.dtype("float64"), 0.0, 0.0) == 2 * tiny


@pytest.mark.parametrize("sign", [-1, 1])
def test_a_loss_counts_once_more_only_where_it_is_a_difference(sign):
    """With y = 1, L = log1p(e) for z > 0 is the difference of z + log1p(e) and z; for z < 0 it is a sum."""
    X = np.array([[2.0]])
    problem = Problem(X, np.array([[1.0]]), X.dtype)
    magnitudes = reference(problem, np.array([1.5 * sign]), np.float64(0)).exact.magnitudes
    assert magnitudes.L == pytest.approx((6 if sign > 0 else 3) + np.log1p(np.exp(-3)), rel=1e-14, abs=0)


def in_parts(given: Case) -> Gradient:
    """J from the sums of log(1 + exp(z)) and of z·y, which all the loss's digits are in."""
    problem, m = given.problem, given.problem.dtype.type(given.problem.m)
    z = one_by_one((problem.X * given.w[:, np.newaxis]).T) + given.b
    J = (one_by_one(np.logaddexp(m * 0, z)) - one_by_one(z * problem.Y[0])) / m
    return replace(gradient(given, Way(one_by_one)), J=float(J))


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_the_two_sums_of_the_loss_may_be_taken_apart(dtype):
    """The first example is so large that each later one is rounded as it is added: up in one sum, down in the other."""
    u = float(np.finfo(dtype).eps) / 2
    for m in (10, 1000):
        X = np.array([[1 / u, *[0.9] * (m - 1)]], dtype)
        given = Case(Problem(X, np.ones((1, m), dtype), X.dtype), np.ones(1, dtype), X.dtype.type(0))
        assert worst(given, in_parts(given)) <= 1
    at = reference(given.problem, given.w, given.b)
    once = replace(at.exact.magnitudes, L=at.exact.magnitudes.L - float(X.mean()))  # |z| + log1p(e)
    assert at.error_over_bound(in_parts(given)).J * at.bound.J / bound(given.problem, once).J > 1.5


@pytest.mark.parametrize("dtype", ["float64", "float32"])
@pytest.mark.parametrize("of", ["X", "w"])
def test_subnormals_flushed_to_zero_are_within_the_bound_whatever_they_are_multiplied_by(of, dtype):
    """z is n·τ·|w| without them: 0.7 of it, as σ is steeper at 0."""
    n, huge, tiny = 12_288, {"float32": 1e30, "float64": 1e290}[dtype], float(np.finfo(dtype).smallest_normal)
    small, large = np.full((n, 3), tiny * 0.99, dtype), np.full((n, 3), huge, dtype)
    X, w = (small, large[:, 0]) if of == "X" else (large, small[:, 0])
    given = Case(Problem(X, np.zeros((1, 3), dtype), X.dtype), w, X.dtype.type(0))
    found = gradient(Case(replace(given.problem, X=flushed(X)), flushed(w), given.b), Way())
    assert 0.5 < worst(given, found) <= 1
    at = reference(given.problem, w, given.b)
    kept = bound(given.problem, replace(at.exact.magnitudes, flushed=0.0))
    assert at.error_over_bound(found).db * at.bound.db / kept.db > {"float32": 40, "float64": 4}[dtype]


def test_a_flushed_step_is_within_the_bound():
    """From w = 0, with |α·dw| just below the smallest normal number."""
    tiny, alpha = float(np.finfo(np.float32).smallest_normal), 2.0**-14
    X = np.full((1, 4), 1.9 * tiny / alpha, np.float32)
    problem = Problem(X, np.zeros((1, 4), np.float32), X.dtype)
    start = Point(np.zeros(1, np.float32), np.float32(0))
    at = reference(problem, *start)
    end = Point(flushed((-alpha * at.exact.dw.hi).astype(np.float32)), np.float32(-alpha * at.exact.db.hi))
    assert end.w == 0
    assert at.step_fault(start, end, alpha) is None
    assert abs(alpha * at.exact.dw.hi) > 100 * alpha * at.bound.dw  # which allows the gradient's own roundings only


def test_the_bound_stays_finite_where_gamma_has_none():
    given = case(3, 2, "float32")
    magnitudes = reference(given.problem, given.w, given.b).exact.magnitudes
    many = replace(magnitudes, entries=np.full(3, 1e8))  # 1e8 roundings of 2^-24
    limit = bound(given.problem, many).dw[0]
    assert math.isfinite(limit)
    assert limit > magnitudes.x_dz[0]  # which says that nothing can be said
