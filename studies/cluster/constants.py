"""What the measured scaling says of a worker: the constants that the closed form wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.optimize import nnls

from studies.cluster.cluster_model import depth
from studies.cluster.measure import NAME, Kind, Scaled, Scaling


@dataclass(frozen=True, slots=True)
class Constants:
    """What is measured of one worker, and of the way to it.

    examined: bytes of X that its kernel gets through in a second. client_s: what a step takes beside the tree. hop_s:
    of the tree. scatter: σ of the logarithm of its time.
    """

    examined: float
    client_s: float
    hop_s: float
    scatter: float


def constants(scaling: Scaling) -> Constants:
    """From the tiny problem what a step takes with no work in it, from the large one what one worker does in a second.

    A step on W workers and the client goes depth(W + 1) hops down and as many up: the slope over 2·depth is a hop. On a
    machine with fewer cores than workers those wait for a core as well: a bound from above, which can leave less than
    nothing beside the tree, so least squares without negative ones.
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
    """Those of one kind that Dask's workers did, the fewest first."""
    found = (one for one in scaling.measured if one.kind == kind and one.implementation == NAME)
    return sorted(found, key=lambda one: one.workers)


def threads_of(scaling: Scaling, kind: Kind) -> list[Scaled]:
    """Those of one kind that threads of one process did, the fewest first."""
    found = (one for one in scaling.measured if one.kind == kind and one.implementation != NAME)
    return sorted(found, key=lambda one: one.workers)


def robust_deviation(values: Sequence[float] | np.ndarray) -> float:
    """From the quartiles, 1.349 deviations apart: one disturbed sample is not how workers differ."""
    low, high = np.quantile(values, [0.25, 0.75])
    return float((high - low) / 1.349)
