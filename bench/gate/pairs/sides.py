"""The two processes of a pair, and work that both do: at once, or one after the other."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, TypeAlias, TypeVar

from gradrace.bench.gate.pairs.blame import LACKED, SideOut, blame
from gradrace.bench.results import Absence
from gradrace.bench.timing import Clock
from gradrace.bench.workers.client import Worker, at_once
from gradrace.bench.workers.process import NO_ANSWER

Result = TypeVar("Result")

Work: TypeAlias = Callable[[Worker, bool], Result]
"""Function that does some work in a process; the second argument is whether that is NEW's. It raises SideOut."""


class Pair(NamedTuple):
    """A process of each side for the same implementation.

    Attributes:
        old: Process of OLD; NEW's where OLD lacks the implementation, or can't be started. NEW is then only verified.
        new: Process of NEW.
        new_first: Whether NEW enters a cell first. It alternates, so that an advantage of entering first cancels.
        without: Why there is no process of OLD, if there is none.
    """

    old: Worker
    new: Worker
    new_first: bool = False
    without: str = LACKED

    def in_turn(self) -> list[tuple[bool, Worker]]:
        """Return whether a side is NEW, and its process, in the order in which they enter a cell."""
        return [(True, self.new), (False, self.old)] if self.new_first else [(False, self.old), (True, self.new)]


def both(pair: Pair, work: Work[object], clock: Clock) -> None:
    """Let both sides do the work at the same time, as nothing is timed.

    Raises:
        SideOut: If one of them is wrong or fails.
    """
    sides = [True] if pair.old is pair.new else [True, False]
    (reason, new_s), *others = at_once(lambda new: _fault(pair.new if new else pair.old, new, work, clock), sides)
    if reason is not None:
        raise blamed(pair, work, clock, reason, new_s) if others else blame(reason, new_s, None, None, pair.without)
    for other, _ in others:
        if other is not None:
            raise other


def in_turn(pair: Pair, work: Work[Result], clock: Clock) -> dict[bool, Result]:
    """Let one side do the work after the other; return the results of OLD (False) and NEW.

    Raises:
        SideOut: If one of them is wrong or fails.
    """
    found = {}
    for new, worker in pair.in_turn():
        begun_ns = clock()
        try:
            found[new] = work(worker, new)
        except SideOut as reason:
            if not new:
                raise
            raise blamed(pair, work, clock, reason, _taken_s(worker, reason.absence, clock() - begun_ns)) from reason
    return found


def blamed(pair: Pair, work: Work[object], clock: Clock, new: SideOut, new_s: float) -> SideOut:
    """Return whose fault counts if NEW has one, after OLD has done the same work alone; see `blame`.

    If NEW gave no answer, it may have compiled what OLD has loaded: OLD compiles it, too.
    """
    if new.is_certain:
        return blame(new, new_s, None, None)
    if NO_ANSWER not in new.absence.message:
        return blame(new, new_s, *_fault(pair.old, False, work, clock))
    pair.old.compile_anew(anew=True)
    try:
        return blame(new, new_s, *_fault(pair.old, False, work, clock))
    finally:
        pair.old.compile_anew(anew=False)


def _fault(worker: Worker, new: bool, work: Work[object], clock: Clock) -> tuple[SideOut | None, float]:
    """Return why a worker can't do the work, None if it can, and the seconds that it took."""
    begun_ns, fault = clock(), None
    try:
        work(worker, new)
    except SideOut as reason:
        fault = reason
    return fault, _taken_s(worker, fault.absence if fault else None, clock() - begun_ns)


def _taken_s(worker: Worker, fault: Absence | None, ns: int) -> float:
    """Return the seconds that a worker took for work of `ns` nanoseconds.

    If other processes used all cores, only the seconds with a core count. A worker that has hung before isn't called
    again: the seconds are those of its timeout.
    """
    return worker.ran_s if fault is not None and fault.is_starved else max(ns * 1e-9, worker.lost_s)
