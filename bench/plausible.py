"""Measurements below the limit, which are wrong: no implementation that reads X takes less time than reading X.

Where the arithmetic is the limit, times are compared with reading all the same. How long reading takes there is known
from the limit's preparation, as a share of the arithmetic. A better kernel than any known may be faster than the
arithmetic, but nothing reads X faster than reading it.
"""

from __future__ import annotations

from collections.abc import Iterable
from statistics import median

from msgspec.structs import replace

from gradrace.bench.results import FLOORS, Absence, Measurement, Results, floor_of, reading_share
from gradrace.bench.stats import CONFIDENCE, Interval, median_interval, paired_ratio

LEAST_SHARE = 0.95
"""Share of the limit's time that a measurement takes at least, within its interval.

The limit reads a copy of X of its own, whose pages lie elsewhere in the caches. In five quiet runs `numba_fused` took
0.96 to 1.05 of its time at (10,000, 100), and none of ten other ways to read those 8 MB was faster (Intel Emerald
Rapids, 2 MB of second-level cache per core).
"""

FEW_SHARE = 0.5
"""Share of the limit's time below which a measurement of few rounds, whose interval has less than 95 %, is dropped."""


def plausible(results: Results) -> Results:
    """Return the results with an absence in place of each measurement below the limit.

    The message of the absence states the reason.
    """
    floors = {(one.cell, one.impl): _reading(one) for one in results.measurements if one.impl in FLOORS}
    absences = {
        (one.cell, one.impl): _absence(one, share, _least_s(floor, floors.values()))
        for one in results.measurements
        if one.impl not in FLOORS and (floor := floors.get((one.cell, floor_of(one.impl))))
        if (share := time_ratio(one, floor)).high < (LEAST_SHARE if share.confidence >= CONFIDENCE else FEW_SHARE)
    }
    kept = [one for one in results.measurements if (one.cell, one.impl) not in absences]
    return replace(results, measurements=kept, absences=[*results.absences, *absences.values()])


def time_ratio(one: Measurement, other: Measurement) -> Interval:
    """Return the time of one measurement over that of another in the same cell.

    The ratio is taken within rounds. Without common rounds, the interval covers all ratios that the two medians'
    intervals allow.
    """
    if (paired := paired_ratio(one.by_round(), other.by_round())) is not None:
        return paired
    above, below = median_interval(one.samples_s), median_interval(other.samples_s)
    if below.low == 0:  # the clock is too coarse for the other
        return Interval(1.0, 0.0, 1.0, 0.0)
    confidence = min(above.confidence, below.confidence)
    return Interval(above.median / below.median, above.low / below.high, above.high / below.low, confidence)


def _reading(floor: Measurement) -> Measurement:
    """Return a limit with the seconds of reading X, whichever of the two it is."""
    return replace(floor, samples_s=[seconds * reading_share(floor) for seconds in floor.samples_s])


def _absence(one: Measurement, share: Interval, least_s: float) -> Absence:
    """Return the absence for a measurement below the limit.

    The limit is at fault if the measurement took at least least_s, the least seconds that reading X may take.
    """
    limit = ": the limit was measured too high, as reading X may take less; race again on a quieter machine"
    implementation = ": it doesn't read all of X, or returns before it has finished"
    message = (
        f"takes {share.median:.3g} of the time that reading X takes "
        f"({share.confidence * 100:.0f} % interval {share.low:.3g} to {share.high:.3g})"
        f"{limit if median(one.samples_s) >= least_s else implementation}"
    )
    return Absence(impl=one.impl, outcome="implausible", stage="limit", message=message, cell=one.cell)


def _least_s(floor: Measurement, floors: Iterable[Measurement]) -> float:
    """Return the least seconds that reading X may take in the floor's cell, by its own samples and its neighbours.

    X takes no longer than a larger one. Between two sizes it takes no longer than linear interpolation: the more bytes
    there are, the slower the caches that they come from.
    """
    alike = [
        (other.cell.elements, median(other.samples_s))
        for other in floors
        if other.impl == floor.impl and replace(other.cell, m=floor.cell.m, n_x=floor.cell.n_x) == floor.cell
    ]
    here = floor.cell.elements
    larger, smaller = [one for one in alike if one[0] > here], [one for one in alike if one[0] < here]
    found = [*floor.samples_s, *(seconds for size, seconds in alike if size >= here)]
    if larger and smaller:
        (below, below_s), (above, above_s) = max(smaller), min(larger)
        found.append(below_s + (above_s - below_s) * (here - below) / (above - below))
    return min(found)
