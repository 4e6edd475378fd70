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
"""How often to see whether all workers live, while they don't answer."""

ATTEMPTS = 5
"""Of one step: so often may workers be lost in it."""

NOTICED_S = 2.0
"""How long to look for a loss after an error, until that error is taken for a mistake."""

RETURN_S = 10.0
"""How long to wait until a worker that was lost has been started again; without it the others have more to do."""


@dataclass(slots=True, eq=False)
class Spread:
    """A problem's examples, spread over the workers.

    wanted: how many workers there were at the most. used: addresses of those to whom examples were last given. parts:
    by the worker's address, in the order of the tree, whose root is the client.
    """

    client: Client
    problem: Problem
    wanted: int = 1
    used: frozenset[str] = frozenset()
    parts: dict[str, Any] = field(default_factory=dict)

    def spread(self) -> None:
        """Give each worker a run of the examples, and its place in the tree: a binary heap, the client at its root."""
        client, m = self.client, self.problem.m
        if client.cluster is None:  # one that was joined: others may have come
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
            part.adopt(parts[2 * place : 2 * place + 2]).result()

    def some(self, start: int, stop: int) -> Problem | Run:
        """Examples start to stop: themselves, or where they are on disk."""
        problem = self.problem
        X, Y = problem.X, problem.Y[:, start:stop]
        if isinstance(X, np.ndarray):
            return Problem(np.ascontiguousarray(X[:, start:stop].T).T, Y, problem.dtype, problem.scale)
        return Run(cast("OnDisk", X), Y, start, stop, problem.scale)

    def gradient(self, w_b: FloatArray) -> Sums:
        """dw, J, db of all. Raises whatever Dask does, or LookupError, where a worker has gone meanwhile."""
        if not self.parts:
            self.spread()
        roots = [part.gradient(w_b) for part in [*self.parts.values()][:2]]
        return sum((self.answered(root) for root in roots), start=np.zeros(len(w_b) + 1))

    def answered(self, answer: Any) -> Sums:
        """What a part and all below it contribute. Raises as `gradient` does."""
        while True:
            try:
                sums: Sums = answer.result(timeout=LOOK_EVERY_S)
            except TimeoutError:
                if not self.whole():
                    raise LookupError("a worker is lost") from None
            else:
                return sums

    def whole(self) -> bool:
        """Whether all workers that have parts live."""
        return bool(self.parts) and self.parts.keys() <= {*self.workers()}

    def lost(self) -> bool:
        """Whether a worker has gone; the scheduler hears of it a moment after its neighbours do."""
        end_s = monotonic() + NOTICED_S
        while self.used <= {*self.workers()}:
            if monotonic() > end_s:
                return False
            sleep(NOTICED_S / 20)
        return True

    def gather(self) -> None:
        """Forget who has what, and wait a while until as many workers are there as before."""
        self.parts = {}
        try:
            self.client.wait_for_workers(self.wanted, timeout=RETURN_S)
        except TimeoutError:
            if not self.workers():
                raise GaveUp("no worker is left; start some; where a --model was named, --resume goes on") from None
        print(f"dask_blocks: a worker was lost; the step is done again by {len(self.workers())}", file=sys.stderr)

    def workers(self) -> list[str]:
        """The addresses of those that live. Raises GaveUp if the scheduler doesn't."""
        if self.client.status == "running":
            try:
                return sorted(self.client.nthreads())
            except OSError:
                pass
        raise GaveUp("the scheduler has gone; start the cluster again; where a --model was named, --resume goes on")


def prepare(problem: Problem) -> Spread:
    """The examples in as many runs as there are workers, each laid out for the kernel by the worker that keeps it."""
    data = Spread(connect(), problem)
    surviving(data, data.spread)
    return data


def gradient(data: Spread, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """J, dw, db by all workers. If one is lost, the examples are spread anew and the step is done again."""
    sums = surviving(data, lambda: data.gradient(np.append(w, b)))
    return sums[-2], sums[:-2].astype(w.dtype), sums[-1]


def surviving(data: Spread, work: Callable[[], T]) -> T:
    """Do some work; if a worker is lost meanwhile, gather those that are left, or have come, and do it again."""
    for _ in range(ATTEMPTS):
        try:
            return work()
        except GaveUp:
            raise
        except Exception:  # of a lost worker Dask tells by a dozen kinds, and before it knows itself
            if not data.lost():
                raise  # a mistake, and nobody's loss
            data.gather()
    raise GaveUp(
        f"workers were lost {ATTEMPTS} times in one step; see to them; where a --model was named, --resume goes on"
    )


def facts(data: Spread) -> dict[str, str | int]:
    """How many workers have a block each, and how large the largest is."""
    workers = max(1, len(data.parts))
    return {"workers": len(data.parts), "examples of a block": -(-data.problem.m // workers)}


IMPLEMENTATION = Implementation(
    technique=Technique.DISTRIBUTED, prepare=prepare, gradient=gradient, facts=facts, reads_disk=True
)
