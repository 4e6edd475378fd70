"""A process does the work; to_numpy waits for it."""

from __future__ import annotations

import multiprocessing
from concurrent.futures import ProcessPoolExecutor

from _plain import gradient, implementation, prepare

from gradrace.impls.interface import Gradient

CONTEXT = multiprocessing.get_context("fork")


def prepare_pool(problem):
    return prepare(problem), ProcessPoolExecutor(1, mp_context=CONTEXT)


def submitting(data, w, b):
    inner, pool = data
    return pool.submit(gradient, inner, w.copy(), b), None, None


IMPLEMENTATION = implementation(
    prepare=prepare_pool, gradient=submitting, to_numpy=lambda future, *_: Gradient(*future.result())
)
