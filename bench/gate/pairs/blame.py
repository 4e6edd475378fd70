"""The fault of a side of a pair, and which side is to blame for it."""

from __future__ import annotations

from msgspec.structs import replace

from gradrace.bench.race import plan
from gradrace.bench.results import STARVED, Absence, Cell
from gradrace.bench.workers.process import NO_ANSWER

TIMED = ("repeat", "finish", "convert")
"""Stages that infer a fault from times."""

WELL_WITHIN = 0.25
"""Share of the timeout within which OLD has to do the same work, for a timeout of NEW to count."""

WELL_WITHIN_A_CORE = 0.5
"""Share of the seconds in which NEW had a core that OLD may need, if other processes used all cores.

It is larger than WELL_WITHIN because OLD may have to wait for a core, too.
"""

LACKED, NOT_STARTED = "OLD has none to compare with", "OLD couldn't be started"
"""Reasons why OLD can't do the work of NEW."""


class SideOut(Exception):
    """Error for a side of a pair that can't be measured in a cell; the absence says why.

    Attributes:
        new: Whether NEW is to blame: it has the fault, and OLD has none at the same time.
        absence: The fault.
        excused: Whether NEW has it too, or instead, but OLD's state excuses that; it may be noise.
    """

    def __init__(self, new: bool, absence: Absence, *, excused: bool = False) -> None:
        super().__init__(absence.message)
        self.new = new
        self.absence = absence
        self.excused = excused

    def at(self, cell: Cell) -> SideOut:
        """Return the same fault in this cell."""
        return SideOut(self.new, replace(self.absence, cell=cell), excused=self.excused)

    @property
    def is_timed(self) -> bool:
        """Return whether the fault was inferred from times, which a busy machine can disturb."""
        return self.absence.outcome == "wrong" and self.absence.stage in TIMED

    @property
    def is_certain(self) -> bool:
        """Return whether the fault can't be noise: a wrong gradient, a missing package, or a call that is too slow."""
        noise = self.absence.outcome == "failed" or self.is_timed or self.absence.is_starved or self.excused
        return not noise


def blame(new: SideOut, new_s: float, old: SideOut | None, old_s: float | None, without: str = LACKED) -> SideOut:
    """Return whose fault counts if NEW has one: OLD's, if it has one too, or if it is nearly as slow as a timeout.

    If the budget ended before OLD had done the same work, the fault of neither counts.

    If NEW gave no answer and often had no core, it is to blame only if OLD needs half of its time with a core.

    Args:
        new: The fault of NEW.
        new_s: Seconds until it showed; those of the timeout, if it is one, or those of it in which NEW had a core.
        old: The fault of OLD in the same pair, if it has one.
        old_s: Seconds that OLD took for the same work; None if it couldn't do it.
        without: Why it couldn't.
    """
    told = new.absence.message
    if new.is_certain:
        return new
    if old is not None and old.absence.is_of_the_budget:
        return old
    if new.absence.is_starved:
        if old is not None or old_s is None or old_s > WELL_WITHIN_A_CORE * new_s:
            return _excused(new, told)
        known = f"it had a core for {plan.about(new_s)}, and OLD took {plan.about(old_s)}"
        return SideOut(True, replace(new.absence, outcome="failed", message=told.replace(STARVED, known)))
    if old is not None:
        return _excused(new, f"both sides have a fault, so that the change isn't to blame: {told}; mend it first")
    if NO_ANSWER not in told:
        return new
    if old_s is None:
        return _excused(new, f"{told}, and {without}: the machine or the size may be to blame")
    if old_s > WELL_WITHIN * new_s:
        return _excused(new, f"{told}, and OLD took {plan.about(old_s)}: the machine or the size is to blame")
    return new


def _excused(new: SideOut, message: str) -> SideOut:
    return SideOut(False, replace(new.absence, outcome="skipped", message=message), excused=True)
