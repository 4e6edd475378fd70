"""A pair: a fresh process of each side, sampled alternately; its log-ratio and peak memory are a piece of evidence."""

from __future__ import annotations

from functools import partial

import numpy as np

from gradrace.bench.gate.pairs.blame import SideOut
from gradrace.bench.gate.pairs.preparations import Prepared, prepared
from gradrace.bench.gate.pairs.rounds import SAMPLE_S, Measured, rounds
from gradrace.bench.gate.pairs.sides import Pair, blamed, both, in_turn
from gradrace.bench.race import entering
from gradrace.bench.race.candidate import Candidate
from gradrace.bench.race.cell import verify_timed
from gradrace.bench.race.checks import Out, stage
from gradrace.bench.race.ready import ReadyCell
from gradrace.bench.timing import Clock
from gradrace.bench.workers.client import Worker
from gradrace.bench.workers.task import Task


def verify_pair(pair: Pair, ready: ReadyCell, clock: Clock) -> None:
    """Verify the gradients of both sides in a cell, where they also compile. Raises SideOut."""
    both(pair, partial(_enter, ready, None), clock)


def prepared_or_blamed(
    pair: Pair, ready: ReadyCell, clock: Clock, *, alone: bool = False, again: bool = False
) -> Prepared:
    """Return what `prepared` does. Raises SideOut with the side that is to blame."""
    begun_ns = clock()
    try:
        return prepared(pair, ready, alone=alone, again=again)
    except SideOut as reason:
        if not reason.new:
            raise
        raise blamed(pair, partial(_enter, ready, None), clock, reason, (clock() - begun_ns) * 1e-9) from reason


def measured(pair: Pair, ready: ReadyCell, clock: Clock, pace: float = 1.0, *, again: bool = False) -> Measured:
    """Return the times and the peak memory of a pair, with both sides verified before and after.

    pace: share of the usual rounds.
    again: whether the pair has been measured in this cell before.

    Raises:
        SideOut: If one of them is wrong, fails, or takes too long.
    """
    times = prepared_or_blamed(pair, ready, clock, again=again)
    entered = in_turn(pair, partial(_enter, ready, times), clock)
    old, new_one = entered[False], entered[True]
    log_ratio, extent = rounds(ready, old, new_one, clock, pace, new_first=pair.new_first)
    peaks = _finish(ready, old, new=False), _finish(ready, new_one, new=True)
    known = None if peaks[0] is None or peaks[1] is None else (peaks[0], peaks[1])
    return Measured(log_ratio, float(np.median(old.samples_s)), known, times, extent)


def _enter(ready: ReadyCell, times: Prepared | None, worker: Worker, new: bool) -> Candidate:
    """Verify and calibrate a side in a cell, which it prepares unless it took `times` for that before."""
    before = None if times is None else entering.Prepared(times.new_s if new else times.old_s, 0.0)
    try:
        candidate = entering.enter(ready, worker, lambda: 0.0, prepared=before, descents=False)
    except Out as out:
        raise SideOut(new, out.absence) from out
    candidate.calls = max(1, round(SAMPLE_S / candidate.call_s))
    return candidate


def _finish(ready: ReadyCell, candidate: Candidate, *, new: bool) -> int | None:
    """Verify what was timed: the last gradient, and that calls computed and finished; return the peak memory in bytes.

    Raises SideOut if it isn't right.
    """
    try:
        verify_timed(ready, candidate)
        with stage(ready, candidate.worker, "last call"):
            return candidate.worker.ask(Task.forget).peak_rss_bytes
    except Out as out:
        raise SideOut(new, out.absence) from out
