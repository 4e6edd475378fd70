"""A step on a tree of workers, simulated event by event, with the effects that the closed form neglects.

Messages queue at network cards, workers begin at different times and differ in speed, and sums are added when they
arrive. Nothing is averaged.
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
"""Bytes of sums that are added per second; they are in the cache."""


@dataclass(slots=True)
class Member:
    """Member of a tree.

    Attributes:
        sending: Its network card for sending, one message at a time.
        receiving: Its network card for receiving, one message at a time.
        share_s: Seconds of its computation.
    """

    sending: simpy.Resource
    receiving: simpy.Resource
    share_s: float


def simulated(task: Task, machine: Machine, workers: int, rng: np.random.Generator) -> float:
    """Return the seconds of one step with random workers' times; the client at the root has no share."""
    share_s = task.bytes / workers / machine.examined
    return _tree(np.append(0.0, _drawn(share_s, machine, workers, rng)), task.message, machine)


def simulated_sharded(task: Task, machine: Machine, groups: int, shards: int, rng: np.random.Generator) -> float:
    """Return the seconds of one step with features distributed too (`cluster_model.sharded`).

    Each of `groups` groups of examples has its features on `shards` workers. First every group adds up its z in its own
    tree, then every shard its dw in another. The second waits for all of the first, as no worker can begin with dw
    before.
    """
    share_s = task.bytes / (groups * shards) / machine.examined
    z, part = BYTES_PER_SUM * -(-task.m // groups), BYTES_PER_SUM * (-(-task.n_x // shards) + 2)
    z_s = max(_tree(_drawn(share_s, machine, shards, rng), z, machine) for _ in range(groups))
    return z_s + max(_tree(_drawn(share_s, machine, groups, rng), part, machine) for _ in range(shards))


def _drawn(share_s: float, machine: Machine, workers: int, rng: np.random.Generator) -> NDArray[np.float64]:
    """Return random seconds, of shape (workers,), that each worker takes for its share."""
    seconds: NDArray[np.float64] = share_s * np.exp(machine.scatter * rng.standard_normal(workers))
    return seconds


def _tree(shares_s: NDArray[np.float64], size: float, machine: Machine) -> float:
    """Return the seconds until messages of `size` bytes are down a tree, all members computed, and sums are up."""
    world = simpy.Environment()
    everyone = [Member(simpy.Resource(world), simpy.Resource(world), float(share_s)) for share_s in shares_s]

    def message(sender: Member, receiver: Member) -> Generator[Any, Any, None]:
        """Send one message: both cards are busy while it is transmitted, and neither during its latency."""
        with sender.sending.request() as out, receiver.receiving.request() as into:
            yield out & into
            yield world.timeout(size / machine.network)
        yield world.timeout(machine.hop_s)

    def work(place: int) -> Generator[Any, Any, None]:
        """Simulate a member that has w: it passes w on, computes, and adds the sums of its children."""
        children = range(2 * place + 1, min(2 * place + 3, len(everyone)))
        below = [world.process(subtree(place, child)) for child in children]
        yield world.timeout(everyone[place].share_s)
        for answer in below:
            yield answer
            yield world.timeout(size / ADDED)

    def subtree(place: int, child: int) -> Generator[Any, Any, None]:
        """Simulate sending w to a child until the sums of its subtree have arrived."""
        yield world.process(message(everyone[place], everyone[child]))
        yield world.process(work(child))
        yield world.process(message(everyone[child], everyone[place]))

    world.process(work(0))
    world.run()
    return float(world.now)
