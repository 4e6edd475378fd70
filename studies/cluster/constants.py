"""Constants of the closed form, estimated from the measured scaling."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from studies.cluster.cluster_model import depth
from studies.cluster.measure import NAME, Kind, Scaled, Scaling


@dataclass(frozen=True, slots=True)
class Constants:
    """Constants of one worker and of the way to it.

    Attributes:
        examined: Bytes of X per second that its kernel processes.
        client_s: Seconds of a step outside the tree.
        hop_s: Seconds of a hop in the tree.
        scatter: σ of the logarithm of its time.
    """

    examined: float
    client_s: float
    hop_s: float
    scatter: float


def constants(scaling: Scaling) -> Constants:
    """Return the constants: from the tiny problem a step without work, from the large one a worker's rate.

    A step on W workers and the client goes depth(W + 1) hops down and as many up: the slope over 2·depth is a hop. With
    fewer cores than workers, these also wait for a core, so that the hop is an upper bound. The rest could then be
    negative, hence least squares with non-negative results.
    """
    tiny, (alone,) = of(scaling, "tiny"), [one for one in of(scaling, "strong") if one.workers == 1]
    hops = [(2 * depth(one.workers + 1), 1) for one in tiny]
    (hop_s, client_s), _ = nnls(np.array(hops, float), np.array([np.median(one.samples_s) for one in tiny]))
    seconds = np.array(alone.samples_s) - np.median(tiny[0].samples_s)
    return Constants(
        examined=alone.m * alone.n_x * 8 / float(np.median(seconds)),
        client_s=float(client_s),
        hop_s=float(hop_s),
        scatter=robust_deviation(np.log(seconds)),
    )


def of(scaling: Scaling, kind: Kind) -> list[Scaled]:
    """Return the measurements of one kind with Dask workers, the fewest workers first."""
    found = (one for one in scaling.measured if one.kind == kind and one.implementation == NAME)
    return sorted(found, key=lambda one: one.workers)


def threads_of(scaling: Scaling, kind: Kind) -> list[Scaled]:
    """Return the measurements of one kind with threads of one process, the fewest threads first."""
    found = (one for one in scaling.measured if one.kind == kind and one.implementation != NAME)
    return sorted(found, key=lambda one: one.workers)


def robust_deviation(values: Sequence[float] | np.ndarray) -> float:
    """Return a standard deviation from the quartiles, which are 1.349 deviations apart.

    It isn't affected by single disturbed samples.
    """
    low, high = np.quantile(values, [0.25, 0.75])
    return float((high - low) / 1.349)
