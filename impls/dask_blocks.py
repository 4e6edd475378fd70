"""Dask: the examples stay in blocks on workers; w goes down a tree of them, and sums of (J, dw, db) come up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any, cast

import numpy as np
from distributed import Client

from impls._cluster import connect
from impls._part import Part, Run, Sums
from impls.interface import Float, FloatArray, GaveUp, Implementation, OnDisk, Problem, Technique

LOOK_EVERY_S = 1.0
"""How often to see whether all workers live, while they don't answer."""

ATTEMPTS = 5
"""Of one step: so often may workers be lost in it."""

RETURN_S = 10.0
"""How long to wait until a worker that was lost has been started again; without it the others have more to do."""


@dataclass(slots=True, eq=False)
class Spread:
    """A problem's examples, spread over the workers. parts: by the worker's address, the root of the tree first."""

    client: Client
    problem: Problem
    parts: dict[str, Any] = field(default_factory=dict)

    def spread(self) -> None:
        """Give each worker a run of the examples, and its place in the tree: a binary heap."""
        client, m = self.client, self.problem.m
        addresses = self.workers()[:m]
        runs = [(m * k // len(addresses), m * (k + 1) // len(addresses)) for k in range(len(addresses))]
        made = []
        for run, at in zip(runs, addresses, strict=True):
            examples = client.scatter(self.some(*run), workers=[at], hash=False)
            made.append(client.submit(Part, examples, m, actor=True, workers=[at], pure=False))
        self.parts = {at: part.result() for at, part in zip(addresses, made, strict=True)}
        parts = [*self.parts.values()]
        for place, part in enumerate(parts):
            part.adopt(parts[2 * place + 1 : 2 * place + 3]).result()

    def some(self, start: int, stop: int) -> Problem | Run:
        """Examples start to stop: themselves, or where they are on disk."""
        problem = self.problem
        X, Y = problem.X, problem.Y[:, start:stop]
        if isinstance(X, np.ndarray):
            return Problem(np.ascontiguousarray(X[:, start:stop].T).T, Y, problem.dtype, problem.scale)
        return Run(cast("OnDisk", X), Y, start, stop, problem.scale)

    def gradient(self, w: FloatArray, b: Float) -> Sums:
        """J, dw, db of all. Raises whatever Dask does, or LookupError, where a worker has gone meanwhile."""
        if not self.parts:
            self.spread()
        answer = next(iter(self.parts.values())).gradient(w, b)
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

    def gather(self) -> None:
        """Forget who has what, and wait a while until as many workers are there as before."""
        wanted, self.parts = max(1, len(self.parts)), {}
        try:
            self.client.wait_for_workers(wanted, timeout=RETURN_S)
        except TimeoutError:
            if not self.workers():
                raise GaveUp("no worker is left; start some, and go on with --resume") from None

    def workers(self) -> list[str]:
        """The addresses of those that live. Raises GaveUp if the scheduler doesn't."""
        if self.client.status == "running":
            try:
                return sorted(self.client.nthreads())
            except OSError:
                pass
        raise GaveUp("the scheduler has gone; start the cluster again, and go on with --resume")


def prepare(problem: Problem) -> Spread:
    """The examples in as many runs as there are workers, each laid out for the kernel by the worker that keeps it."""
    data = Spread(connect(), problem)
    data.spread()
    return data


def gradient(data: Spread, w: FloatArray, b: Float) -> tuple[Float, FloatArray, Float]:
    """J, dw, db by all workers. If one is lost, the examples are spread anew and the step is done again."""
    for _ in range(ATTEMPTS):
        try:
            J, dw, db = data.gradient(w, b)
        except GaveUp:
            raise
        except Exception:  # of a lost worker Dask tells by a dozen kinds
            if data.whole():
                raise  # a mistake, and nobody's loss
            data.gather()
        else:
            return np.float64(J), dw.astype(w.dtype), np.float64(db)
    raise GaveUp(f"workers were lost {ATTEMPTS} times in one step; see to the cluster, and go on with --resume")


def facts(data: Spread) -> dict[str, str | int]:
    """How many workers have a block each, and how large the largest is."""
    workers = max(1, len(data.parts))
    return {"workers": len(data.parts), "examples of a block": -(-data.problem.m // workers)}


IMPLEMENTATION = Implementation(
    technique=Technique.DISTRIBUTED, prepare=prepare, gradient=gradient, facts=facts, reads_disk=True
)
