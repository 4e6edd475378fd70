"""What a step takes on a tree of workers, in closed form: every figure of docs/scale.md comes from here.

The client stands at the root of a binary heap and worker k of W at place k: w comes from (k − 1) // 2, and goes on to
2k + 1 and 2k + 2. A worker begins with its own examples when it has handed w on; its sums go up when those of both
below have been added. So a step takes

    down + the slowest worker + up, with  down = up = depth · (hop + 2 · message / network)

where depth = ⌊log₂(W + 1)⌋, as each parent sends to, and receives from, two one after the other. The slowest of W
workers whose times scatter as a lognormal of deviation σ takes about exp(σ · Φ⁻¹((W − 3/8) / (W + 1/4))) of the median:
what is to be expected of the largest of W normal deviates (G. Blom, Statistical Estimates and Transformed
Beta-Variables, 1958). √(2 ln W), which one also meets, is 0.6 too large for 8 workers, and 0.5 for 1000.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

from scipy.special import ndtri

BYTES_PER_SUM = 8
"""Of w, and of the sums that come up: float64."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Machine:
    """A worker and its network.

    examined: bytes of X a second that its kernel gets through. network: bytes a second, one way. hop_s: seconds until a
    message begins to arrive, the software's part included. scatter: σ of the logarithm of a step's time. price: of an
    hour, in dollars.
    """

    examined: float
    network: float
    hop_s: float
    scatter: float
    price: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """X of m examples and n_x features, of so many bytes each."""

    m: int
    n_x: int
    itemsize: int

    @property
    def bytes(self) -> float:
        """Of X."""
        return float(self.m) * self.n_x * self.itemsize

    @property
    def message(self) -> int:
        """Bytes of w and b going down, of dw, db and J coming up."""
        return BYTES_PER_SUM * (self.n_x + 2)


@dataclass(frozen=True, slots=True)
class Step:
    """Seconds of one step: the slowest worker's share, and both ways through the tree."""

    compute_s: float
    straggle_s: float
    down_s: float
    up_s: float

    @property
    def seconds(self) -> float:
        """Of the whole."""
        return self.compute_s + self.straggle_s + self.down_s + self.up_s


def step(task: Task, machine: Machine, workers: int) -> Step:
    """What one step takes on so many workers."""
    compute_s = task.bytes / workers / machine.examined
    way_s = depth(workers + 1) * (machine.hop_s + 2 * task.message / machine.network)
    return Step(compute_s, (_slowest(machine, workers) - 1) * compute_s, way_s, way_s)


def _slowest(machine: Machine, workers: int) -> float:
    """How many times as long as the median worker the slowest takes."""
    return math.exp(machine.scatter * float(ndtri((workers - 3 / 8) / (workers + 1 / 4))))


def sharded(task: Task, machine: Machine, groups: int, shards: int) -> Step:
    """What one step takes where features are shared out too: `groups` of examples, each on `shards` workers.

    z is a sum over a group's shards: they add it up in a tree and hand it back, 8 bytes an example, and only then can
    dw begin. So X is read twice, once for z and once for dw, and both parts wait for their slowest. Then each shard's
    part of dw goes up a tree of the groups, and its part of w down: w stays with them, and the client isn't in it.
    """
    workers = groups * shards
    examples = -(-task.m // groups)
    part = Task(m=task.m, n_x=-(-task.n_x // shards), itemsize=task.itemsize)
    compute_s = 2 * task.bytes / workers / machine.examined
    way_s = depth(shards) * (machine.hop_s + 2 * BYTES_PER_SUM * examples / machine.network)
    way_s += depth(groups) * (machine.hop_s + 2 * part.message / machine.network)
    return Step(compute_s, (_slowest(machine, workers) - 1) * compute_s, way_s, way_s)


def best_shards(task: Task, machine: Machine, workers: int) -> tuple[Step, int]:
    """The fastest step, and its number of shards, a power of two: 1 means that each worker has all features."""
    shards = [2**power for power in range(1, workers.bit_length()) if 2**power <= task.n_x]
    ways = [(step(task, machine, workers), 1), *((sharded(task, machine, workers // s, s), s) for s in shards)]
    return min(ways, key=lambda way: way[0].seconds)


def depth(members: int) -> int:
    """Hops from the root to the last member of a binary heap."""
    return members.bit_length() - 1


def packed(machine: Machine, ratio: float, unpacked: float) -> Machine:
    """The same worker where X is compressed to 1/ratio of its bytes, and unpacked at so many of them a second.

    Its rate is told in bytes of X as it was: it unpacks a block into its cache, then computes with it, by turns.
    Raises ValueError for a ratio or a rate that isn't positive.
    """
    if min(ratio, unpacked) <= 0:
        raise ValueError("a ratio and a rate are positive")
    return replace(machine, examined=1 / (1 / machine.examined + 1 / unpacked))


def dollars(task: Task, machine: Machine, workers: int) -> float:
    """What one step costs."""
    return step(task, machine, workers).seconds / 3600 * workers * machine.price


def crossover(task: Task, machine: Machine, workers: int, client_s: float) -> float:
    """The m from which so many workers are faster than one that needs no cluster.

    client_s: seconds of a step that the client spends beside the tree.
    """
    per_example_s = task.n_x * task.itemsize / machine.examined
    fixed_s = client_s + step(Task(m=0, n_x=task.n_x, itemsize=task.itemsize), machine, workers).seconds
    shared = step(Task(m=1, n_x=task.n_x, itemsize=task.itemsize), machine, workers)
    saved_s = per_example_s - shared.compute_s - shared.straggle_s
    return fixed_s / saved_s if saved_s > 0 else math.inf
