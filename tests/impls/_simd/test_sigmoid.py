"""σ, the loss and exp of vectors against mpmath, over the whole range of z."""

from __future__ import annotations

from typing import Any

import mpmath
import numpy as np
import pytest
from numba import njit

from gradrace.impls._simd.fours import STREAMS
from gradrace.impls._simd.instructions import items, lanes_of, load, store
from gradrace.impls._simd.sigmoid import JOINED, exp, joined, log1p, parts
from gradrace.impls._simd.tiles import FOURS

WORST_EXP, WORST_A, WORST_L = 2.0, 4.0, 5.2
"""Relative errors in units of roundoff, of a and L as impls/_simd/sigmoid.py states them."""

SMALLEST = {np.float64: -700, np.float32: -80}
"""Below it, exp stays what it is there."""


@njit
def exp_of(x: Any, out: Any) -> None:
    for i in range(0, len(x), lanes_of(items(x))):
        store(items(out), i, exp(load(items(x), i)))


@njit
def loss_and_dz_of(z: Any, y: Any, loss: Any, dz: Any) -> None:
    for i in range(0, len(z), lanes_of(items(z))):
        linear, e, dz_i = parts(load(items(z), i), load(items(y), i))
        store(items(loss), i, linear + log1p(e))
        store(items(dz), i, dz_i)


@njit
def sums_of_logs(e: Any, out: Any) -> None:
    """Write Σ log(1 + e) over the rows of e."""
    for i in range(0, e.shape[1], lanes_of(items(e))):
        p = load(items(e), i)
        for row in range(1, len(e)):
            p = joined(p, load(items(e), row * e.shape[1] + i))
        store(items(out), i, log1p(p))


def exponentials(x):
    out = np.empty_like(x)
    exp_of(x, out)
    return out


def losses_and_dz(z, y):
    loss, dz = np.empty_like(z), np.empty_like(z)
    loss_and_dz_of(z, np.full_like(z, y), loss, dz)
    return loss, dz


def range_of_z(dtype) -> np.ndarray:
    """From −1000 to 1000: both zeros, subnormals, every size up to 1, more closely up to 40; multiples of log(2)/2,
    where exp takes another power of two; where e or a becomes subnormal, then 0; and the neighbours of all these.
    """
    rng = np.random.default_rng(0)
    kind = np.finfo(dtype)
    parts = [
        [0, kind.smallest_subnormal, kind.smallest_normal, kind.eps, 1000],
        np.logspace(np.log10(kind.smallest_normal), 0, 100),
        rng.uniform(0, 1, 400),
        rng.uniform(0, 40, 400),
        rng.uniform(0, 1000, 100),
        np.arange(1, 100) * np.log(2) / 2,
        [80, 87.3, 88, 103.9, 104, 700, 708.3, 709, 745.1, 746],
    ]
    values = np.concatenate(parts).astype(dtype)
    values = np.concatenate([values, np.nextafter(values, dtype(0)), np.nextafter(values, dtype(1000))])
    return np.resize(np.concatenate([values, -values]), -(-2 * len(values) // 16) * 16)  # whole vectors of either type


@pytest.fixture(params=[np.float64, np.float32], ids=["float64", "float32"], scope="module")
def dtype(request):
    return request.param


@pytest.fixture(scope="module")
def z(dtype):
    return range_of_z(dtype)


def units(computed, exact, scale, where=True) -> float:
    """The largest error among some, in units of u times a scale."""
    u = float(np.finfo(computed.dtype).eps) / 2
    chosen = np.flatnonzero(np.broadcast_to(where, computed.shape))
    return max(float(abs(computed.item(i) - exact[i]) / (u * scale[i])) for i in chosen)


def exact_exp(x) -> list[mpmath.mpf]:
    with mpmath.workprec(200):
        return [mpmath.exp(value) for value in x.tolist()]


def exact_a(z) -> list[mpmath.mpf]:
    with mpmath.workprec(200):
        return [1 / (1 + e) for e in exact_exp(-z)]


def exact_normal(exact, dtype) -> np.ndarray:
    """Where a sum isn't subnormal."""
    return np.array([value >= float(np.finfo(dtype).smallest_normal) for value in exact])


def exact_logs(z) -> list[mpmath.mpf]:
    with mpmath.workprec(200):
        return [mpmath.log1p(e) for e in exact_exp(-abs(z))]


def test_exp_is_right_to_its_last_digit_as_far_as_it_matters(z, dtype):
    exact = exact_exp(-abs(z))
    assert units(exponentials(-abs(z)), exact, exact, -abs(z) >= SMALLEST[dtype]) <= WORST_EXP


def test_an_exponential_that_is_a_little_off_is_caught(z, dtype):
    exact = exact_exp(-abs(z))
    off = exponentials(-abs(z)) * dtype(1 + 4 * np.finfo(dtype).eps)
    assert units(off, exact, exact, -abs(z) >= SMALLEST[dtype]) > WORST_EXP


def test_sigma_is_as_near_as_it_claims(z, dtype):
    """Relatively where its exponential is; below, a is as good as 0: its error is nothing against 1."""
    _, a = losses_and_dz(z, 0)
    exact = exact_a(z)
    assert a.dtype == dtype
    assert units(a, exact, exact, z >= SMALLEST[dtype]) <= WORST_A
    assert units(a, exact, np.ones(len(z))) <= WORST_A


def test_dz_adds_the_rounding_of_a_difference_at_most(z):
    _, dz = losses_and_dz(z, 1)
    with mpmath.workprec(200):
        exact = [a - 1 for a in exact_a(z)]
    assert units(dz, exact, np.ones(len(z))) <= WORST_A + 1


@pytest.mark.parametrize("y", [0, 1])
def test_the_loss_is_as_near_as_it_claims(z, dtype, y):
    """Relatively where its exponential is; everywhere against M = |z| + log1p(e), in which the bound is."""
    loss, _ = losses_and_dz(z, y)
    logs = exact_logs(z)
    with mpmath.workprec(200):
        exact = [max(value, 0) - value * y + log for value, log in zip(z.tolist(), logs, strict=True)]
        size = [abs(value) + log for value, log in zip(z.tolist(), logs, strict=True)]
    assert loss.dtype == dtype
    assert units(loss, exact, exact, -abs(z) >= SMALLEST[dtype]) <= WORST_L
    assert units(loss, exact, size) <= WORST_L


@pytest.mark.parametrize("terms", [2, JOINED, STREAMS * FOURS])
def test_a_product_has_the_digits_of_a_sum_of_logarithms(z, dtype, terms):
    """Also if every e is tiny: as many roundings as a sum of them has, twice each, and those of a logarithm."""
    some = np.random.default_rng(0).choice(z, 160)
    e = np.tile(exponentials(-abs(some)), (terms, 1)) * np.logspace(0, -3, terms, dtype=dtype)[:, None]
    found = np.empty_like(some)
    sums_of_logs(e, found)
    with mpmath.workprec(200):
        exact = [mpmath.fsum(map(mpmath.log1p, column)) for column in e.T.tolist()]
    where = exact_normal(exact, dtype)
    assert units(found, exact, exact, where) <= 2 * terms + WORST_L


@pytest.mark.parametrize("wrong", [0.1, 1e-3])
def test_a_product_that_loses_small_terms_is_caught(dtype, wrong):
    """1 + e instead of e keeps no digits of a small e."""
    e = np.full((2, 16), np.finfo(dtype).eps * wrong, dtype=dtype)
    found = np.log((1 + e[0]) * (1 + e[1]))
    exact = [2 * mpmath.log1p(e.item(0))] * 16
    assert units(found, exact, exact) > 2 * 2 + WORST_L


def test_both_zeros_give_a_half(dtype):
    _, a = losses_and_dz(np.array([0.0, -0.0] * 8, dtype=dtype), 0)
    assert a.tolist() == [0.5] * 16


def test_nan_stays_nan(dtype):
    assert np.isnan(losses_and_dz(np.full(16, np.nan, dtype=dtype), 1)).all()
