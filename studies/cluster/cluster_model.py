"""Time of a step on a tree of workers, in closed form: the source of every figure in docs/scale.md.

The client is the root of a binary heap, and worker k of W has place k: it receives w from (k − 1) // 2, and passes it
on to 2k + 1 and 2k + 2. A worker begins with its own examples when it has passed w on. Its sums go up when those of
both children have been added. So a step takes

    down + the slowest worker + up, with  down = up = depth · (hop + 2 · message / network)

where depth = ⌊log₂(W + 1)⌋, as each parent sends to its two children, and receives from them, one after the other.
Workers' times are lognormal with deviation σ. The slowest of W then takes about exp(σ · Φ⁻¹((W − 3/8) / (W + 1/4)))
times the median. The exponent is σ times the expected maximum of W normal deviates (G. Blom, Statistical Estimates and
Transformed Beta-Variables, 1958). The common approximation √(2 ln W) is 0.6 too large for 8 workers, and 0.5 for 1000.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy.special import ndtri

BYTES_PER_SUM = 8
"""Bytes of a number in w and in the sums: float64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A worker and its network.

    Attributes:
        examined: Bytes of X per second that its kernel processes.
        network: Bytes per second, one way.
        hop_s: Seconds until a message begins to arrive, including the software's part.
        scatter: σ of the logarithm of a step's time.
        price: Dollars per hour.
    """

    examined: float
    network: float
    hop_s: float
    scatter: float
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """A problem's size: m examples, n_x features, `itemsize` bytes per entry of X."""

    m: int
    n_x: int
    itemsize: int

    @property
    def bytes(self) -> float:
        """Return the size of X in bytes."""
        return float(self.m) * self.n_x * self.itemsize

    @property
    def message(self) -> int:
        """Return the bytes of w and b going down, or of dw, db and J coming up."""
        return BYTES_PER_SUM * (self.n_x + 2)


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds of one step: the median worker's share, what the slowest takes longer, and both ways through the tree."""

    compute_s: float
    straggle_s: float
    down_s: float
    up_s: float

    @property
    def seconds(self) -> float:
        """Return the seconds of the whole step."""
        return self.compute_s + self.straggle_s + self.down_s + self.up_s


def step(task: Task, machine: Machine, workers: int) -> Step:
    """Return the time of one step on `workers` workers."""
    compute_s = task.bytes / workers / machine.examined
    way_s = depth(workers + 1) * (machine.hop_s + 2 * task.message / machine.network)
    return Step(compute_s, (_slowest(machine, workers) - 1) * compute_s, way_s, way_s)


def _slowest(machine: Machine, workers: int) -> float:
    """Return the slowest worker's time / the median worker's."""
    return math.exp(machine.scatter * float(ndtri((workers - 3 / 8) / (workers + 1 / 4))))


def sharded(task: Task, machine: Machine, groups: int, shards: int) -> Step:
    """Return the time of one step with features distributed too: `groups` of examples, each on `shards` workers.

    z is a sum over a group's shards: they add it up in a tree and return it, 8 bytes per example, and only then can dw
    begin. So X is read twice, once for z and once for dw, and both parts wait for their slowest worker. Then each
    shard's part of dw goes up a tree of the groups, and its part of w down. w stays on the workers, so that the client
    isn't involved.
    """
    workers = groups * shards
    examples = -(-task.m // groups)
    part = Task(m=task.m, n_x=-(-task.n_x // shards), itemsize=task.itemsize)
    compute_s = 2 * task.bytes / workers / machine.examined
    way_s = depth(shards) * (machine.hop_s + 2 * BYTES_PER_SUM * examples / machine.network)
    way_s += depth(groups) * (machine.hop_s + 2 * part.message / machine.network)
    return Step(compute_s, (_slowest(machine, workers) - 1) * compute_s, way_s, way_s)


def best_shards(task: Task, machine: Machine, workers: int) -> tuple[Step, int]:
    """Return the fastest step and its number of shards, a power of two; 1 means that each worker has all features."""
    shards = [2**power for power in range(1, workers.bit_length()) if 2**power <= task.n_x]
    ways = [(step(task, machine, workers), 1), *((sharded(task, machine, workers // s, s), s) for s in shards)]
    return min(ways, key=lambda way: way[0].seconds)


def depth(members: int) -> int:
    """Return the number of hops from the root to the last member of a binary heap."""
    return members.bit_length() - 1


def packed(machine: Machine, ratio: float, unpacked: float) -> Machine:
    """Return the same worker with X compressed to 1/ratio of its bytes, and unpacked at `unpacked` bytes per second.

    The rate counts bytes of unpacked X. The worker unpacks a block into its cache, then computes with it, alternately.

    Raises:
        ValueError: If the ratio or the rate isn't positive.
    """
    if min(ratio, unpacked) <= 0:
        raise ValueError("a ratio and a rate are positive")
    return replace(machine, examined=1 / (1 / machine.examined + 1 / unpacked))


def dollars(task: Task, machine: Machine, workers: int) -> float:
    """Return the cost of one step in dollars."""
    return step(task, machine, workers).seconds / 3600 * workers * machine.price


def crossover(task: Task, machine: Machine, workers: int, client_s: float) -> float:
    """Return the m from which `workers` workers are faster than one worker without a cluster.

    client_s: seconds of a step that the client spends outside the tree.
    """
    per_example_s = task.n_x * task.itemsize / machine.examined
    fixed_s = client_s + step(Task(m=0, n_x=task.n_x, itemsize=task.itemsize), machine, workers).seconds
    shared = step(Task(m=1, n_x=task.n_x, itemsize=task.itemsize), machine, workers)
    saved_s = per_example_s - shared.compute_s - shared.straggle_s
    return fixed_s / saved_s if saved_s > 0 else math.inf
