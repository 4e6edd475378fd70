"""A step on a tree of workers, event by event: what the closed form leaves out shows here.

Messages that wait for each other at a network card, workers that begin at different times and differ in speed, sums
that are added when they come: nothing is averaged.
"""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import dataclass
from typing import Any

import numpy as np
import simpy
from numpy.typing import NDArray

from studies.cluster.cluster_model import BYTES_PER_SUM, Machine, Task

ADDED = 1e10
"""Bytes of sums that are added a second: they lie in the cache."""


@dataclass(slots=True)
class Member:
    """Of a tree. sending, receiving: its network card takes one message at a time each way."""

    sending: simpy.Resource
    receiving: simpy.Resource
    share_s: float


def simulated(task: Task, machine: Machine, workers: int, rng: np.random.Generator) -> float:
    """Seconds of one step, whose workers' times are drawn; the client at the root has no share."""
    share_s = task.bytes / workers / machine.examined
    return _tree(np.append(0.0, _drawn(share_s, machine, workers, rng)), task.message, machine)


def simulated_sharded(task: Task, machine: Machine, groups: int, shards: int, rng: np.random.Generator) -> float:
    """Likewise where each of some groups of examples has its features on so many workers (`model.sharded`).

    First every group adds up its z in a tree of its own, then every shard its dw in another; the second waits for all
    of the first, as no worker can begin with dw before.
    """
    share_s = task.bytes / (groups * shards) / machine.examined
    z, part = BYTES_PER_SUM * -(-task.m // groups), BYTES_PER_SUM * (-(-task.n_x // shards) + 2)
    z_s = max(_tree(_drawn(share_s, machine, shards, rng), z, machine) for _ in range(groups))
    return z_s + max(_tree(_drawn(share_s, machine, groups, rng), part, machine) for _ in range(shards))


def _drawn(share_s: float, machine: Machine, workers: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Seconds that each of so many workers takes for its share."""
    seconds: NDArray[np.float64] = share_s * np.exp(machine.scatter * rng.standard_normal(workers))
    return seconds


def _tree(shares_s: NDArray[np.float64], size: float, machine: Machine) -> float:
    """Seconds until messages of so many bytes went down a tree, everyone worked on its share, and the sums came up."""
    world = simpy.Environment()
    everyone = [Member(simpy.Resource(world), simpy.Resource(world), float(share_s)) for share_s in shares_s]

    def message(sender: Member, receiver: Member) -> Generator[Any, Any, None]:
        """One message: both cards are busy while it is on the wire, and nobody's while it travels."""
        with sender.sending.request() as out, receiver.receiving.request() as into:
            yield out & into
            yield world.timeout(size / machine.network)
        yield world.timeout(machine.hop_s)

    def work(place: int) -> Generator[Any, Any, None]:
        """A member that has w: hand it on, compute, add what those below have."""
        children = range(2 * place + 1, min(2 * place + 3, len(everyone)))
        below = [world.process(subtree(place, child)) for child in children]
        yield world.timeout(everyone[place].share_s)
        for answer in below:
            yield answer
            yield world.timeout(size / ADDED)

    def subtree(place: int, child: int) -> Generator[Any, Any, None]:
        """From sending w to a member below until its sums, and those of all below it, are here."""
        yield world.process(message(everyone[place], everyone[child]))
        yield world.process(work(child))
        yield world.process(message(everyone[child], everyone[place]))

    world.process(work(0))
    world.run()
    return float(world.now)
