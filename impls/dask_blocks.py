"""Dask: the examples stay in blocks on workers; w goes down a tree of them, and sums of (J, dw, db) come up."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Any, TypeVar, cast

import numpy as np
from distributed import Client

from gradrace.impls._dask.cluster import connect, require_same
from gradrace.impls._dask.part import Part, Run, Sums
from gradrace.impls.interface import Float, FloatArray, GaveUp, Implementation, OnDisk, Problem, Technique

T = TypeVar("T")

LOOK_EVERY_S = 1.0
"""Seconds between checks that all workers are alive while waiting for an answer."""

ATTEMPTS = 5
"""Maximum number of attempts at one step, each ended by the loss of a worker."""

NOTICED_S = 2.0
"""Seconds to look for a lost worker after an error; without one, the error is treated as a fault of the code."""

RETURN_S = 10.0
"""Seconds to wait for a lost worker to restart; without it the others have more work."""


@dataclass(slots=True, eq=False)
class Spread:
    """A problem's examples, distributed over the workers.

    Attributes:
        client: Client of the cluster.
        problem: The problem.
        wanted: Largest number of workers so far.
        used: Addresses of the workers that were last given examples.
        parts: Parts by the worker's address, in the order of the tree, whose root is the client.
    """

    client: Client
    problem: Problem
    wanted: int = 1
    used: frozenset[str] = frozenset()
    parts: dict[str, Any] = field(default_factory=dict)

    def spread(self) -> None:
        """Give each worker a run of the examples, and its place in the tree: a binary heap, the client at its root."""
        client, m = self.client, self.problem.m
        if client.cluster is None:  # workers may have joined an existing cluster
            require_same(client)
        addresses = self.workers()[:m]
        self.wanted, self.used = max(self.wanted, len(addresses)), frozenset(addresses)
        runs = [(m * k // len(addresses), m * (k + 1) // len(addresses)) for k in range(len(addresses))]
        made = []
        for run, at in zip(runs, addresses, strict=True):
            examples = client.scatter(self.some(*run), workers=[at], hash=False)
            made.append(client.submit(Part, examples, m, actor=True, workers=[at], pure=False))
        self.parts = {at: part.result() for at, part in zip(addresses, made, strict=True)}
        parts = [*self.parts.values()]
        for place, part in enumerate(parts, 1):
            if below := parts[2 * place : 2 * place + 2]:
                part.adopt(below).result()

    def some(self, start: int, stop: int) -> Problem | Run:
        """Return examples start to stop: in memory, or as their place on disk."""
        problem = self.problem
        X, Y = problem.X, problem.Y[:, start:stop]
        if isinstance(X, np.ndarray):
            return Problem(np.ascontiguousarray(X[:, start:stop].T).T, Y, problem.dtype, problem.scale)
        return Run(cast("OnDisk", X), Y, start, stop, problem.scale)

    def gradient(self, w_b: FloatArray) -> Sums:
        """Return dw, J, db of all examples. Raises any error of Dask, or LookupError, if a worker is lost."""
        if not self.parts:
            self.spread()
        roots = [part.gradient(w_b) for part in [*self.parts.values()][:2]]
        return sum((self.answered(root) for root in roots), start=np.zeros(len(w_b) + 1))

    def answered(self, answer: Any) -> Sums:
        """Return the contribution of a part and all below it. Raises as `gradient` does."""
        while True:
            try:
                sums: Sums = answer.result(timeout=LOOK_EVERY_S)
            except TimeoutError:
                if not self.whole():
                    raise LookupError("a worker is lost") from None
            else:
                return sums

    def whole(self) -> bool:
        """Return whether all workers that have parts are alive."""
        return bool(self.parts) and self.parts.keys() <= {*self.workers()}

    def lost(self) -> bool:
        """Return whether a worker is lost; check for NOTICED_S, as the scheduler learns of it after its neighbours."""
        end_s = monotonic() + NOTICED_S
        while self.used <= {*self.workers()}:
            if monotonic() > end_s:
                return False
            sleep(NOTICED_S / 20)
        return True

    def gather(self) -> None:
        """Drop all parts and wait up to RETURN_S until as many workers as before are available.

        Raises GaveUp if no worker is left.
        """
        self.parts = {}
        try:
            self.client.wait_for_workers(self.wanted, timeout=RETURN_S)
        except TimeoutError:
            if not self.workers():
                raise GaveUp("no worker is left; start some, then add --resume if --model was given") from None
        print(f"dask_blocks: a worker was lost; the step is repeated with {len(self.workers())}", file=sys.stderr)

    def workers(self) -> list[str]:
        """Return the addresses of live workers. Raises GaveUp if the scheduler is down."""
        if self.client.status == "running":
            try:
                return sorted(self.client.nthreads())
            except OSError:
                pass
        raise GaveUp("the scheduler is down; start the cluster again, then add --resume if --model was given")


def prepare(problem: Problem) -> Spread:
    """Distribute the examples in one run per worker; each worker prepares its own for the kernel."""
    data = Spread(connect(), problem)
    surviving(data, data.spread)
    return data


def gradient(data: Spread, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """Return J, dw (n_x,) and db, computed by all workers.

    If one is lost, the examples are redistributed and the step repeated.
    """
    sums = surviving(data, lambda: data.gradient(np.append(w, b)))
    return sums[-2], sums[:-2].astype(w.dtype), sums[-1]


def surviving(data: Spread, work: Callable[[], T]) -> T:
    """Return work(); if a worker is lost meanwhile, wait for the available ones and repeat it.

    Raises GaveUp after ATTEMPTS losses.
    """
    for _ in range(ATTEMPTS):
        try:
            return work()
        except GaveUp:
            raise
        except Exception:  # Dask reports a lost worker by a dozen kinds of errors, also before it has noticed the loss
            if not data.lost():
                raise  # a fault of the code, as no worker is lost
            data.gather()
    raise GaveUp(f"workers were lost {ATTEMPTS} times in one step; check them, then add --resume if --model was given")


def facts(data: Spread) -> dict[str, str | int]:
    """Return the number of workers with a block, and the size of the largest block."""
    workers = max(1, len(data.parts))
    return {"workers": len(data.parts), "examples of a block": -(-data.problem.m // workers)}


IMPLEMENTATION = Implementation(
    technique=Technique.DISTRIBUTED, prepare=prepare, gradient=gradient, facts=facts, reads_disk=True
)
