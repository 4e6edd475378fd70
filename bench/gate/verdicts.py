"""The finding that follows from a tally: its verdict, or what would settle it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import NamedTuple

from msgspec.structs import replace

from gradrace.bench.gate.code.changes import Difference
from gradrace.bench.gate.code.repository import PROJECT
from gradrace.bench.gate.evidence import Ratio, Verdict, ratio, verdict
from gradrace.bench.gate.findings import Finding
from gradrace.bench.gate.pairs.blame import SideOut
from gradrace.bench.gate.tallies import LEAST_PAIRS, Tally, passes
from gradrace.bench.race import plan
from gradrace.bench.results import FAULTS, Cell
from gradrace.impls.discovery import NOT_INSTALLED

MANY_PAIRS = 100
"""Number of further pairs from which no budget is advised: about ten minutes for one implementation in four cells."""


class More(NamedTuple):
    """Number of further pairs of its implementation that would settle a tally, and seconds for it in them."""

    pairs: int
    seconds: float

    @property
    def is_possible(self) -> bool:
        """Return whether a larger budget can hold them."""
        return self.pairs <= MANY_PAIRS


def finding(tally: Tally, more: More) -> Finding:
    """Return the finding that the pairs lead to. `more`: what would settle it."""
    blank = Finding(
        impl=tally.impl,
        cell=tally.ready.cell,
        steps=tally.steps,
        asked=list(tally.asked),
        outcome="can't tell",
        seconds=tally.spent_s,
        threshold=tally.threshold,
        peaks=tally.peaks,
        more_memory=tally.needs_more_memory,
        prepares=[(one.old_s, one.new_s) for one in tally.prepares],
        slower_prepare=tally.slower_prepare,
        together=tally.together,
        screened=tally.screened is not None,
    )
    if tally.out is not None and (tally.out.new or not tally.fails):  # a later fault of OLD excuses nothing
        return _out(blank, tally.out)
    if not tally.verified:
        reason = "not verified within the budget"
        return replace(blank, more_s=more.seconds, reason=reason)
    if tally.new:
        return replace(blank, outcome="new", reason="right; OLD doesn't have it, so its speed can't be compared")
    if not tally.pairs:
        reason = "not measured within the budget"
        return replace(blank, more_s=more.seconds, reason=reason)
    found = tally.screened or ratio(tally.pairs)
    said = _outcome(tally, found)
    unknown = said == "can't tell"
    return replace(
        blank,
        outcome=said,
        ratio=found.middle,
        low=found.low,
        high=found.high,
        confidence=found.confidence,
        pairs=[math.exp(value) for value in tally.pairs],
        p=tally.p,
        more_s=more.seconds if unknown and more.is_possible else None,
        reason=_what_would_help(tally, found, more) if unknown else None,
    )


def not_found(lost: Difference, cells: Sequence[Cell], *, named: bool) -> list[Finding]:
    """Return the findings for an implementation whose code NEW has in a file where no implementation is found.

    named: whether implementations are named by entry points.
    """
    where, step = f"impls/{lost.moved}, where no implementation is found", f"move it to impls/{lost.impl}.py"
    if named:
        where, step = f"{lost.moved}, which no entry point names", f"name it in {PROJECT}"
    reason = f"its code is in {where}; {step}"
    return [Finding(impl=lost.impl, cell=cell, outcome="skipped", reason=reason) for cell in cells]


def _outcome(tally: Tally, found: Ratio) -> str:
    """Return the verdict of a cell that was measured: one that fails it comes before others."""
    if tally.slower:
        return "slower"
    if tally.slower_prepare:
        return "slower prepare"
    if tally.needs_more_memory:
        return "more memory"
    said = verdict(found, tally.threshold)
    if tally.screened is not None:
        return said.value if passes(said) else Verdict.NOT_SLOWER.value
    if said is Verdict.SLOWER or tally.prepare_looks_slower:
        return "can't tell"
    return said.value


def _out(blank: Finding, out: SideOut) -> Finding:
    """Return the finding for a side that can't be measured.

    A fault of NEW fails the check. With a fault of OLD, or a missing library, there is nothing to compare with.
    """
    absence = out.absence
    if out.new and absence.outcome in FAULTS:
        return replace(blank, outcome=absence.outcome, reason=f"{absence.stage}: {absence.message}")
    why = f"{absence.stage}: {absence.message}"
    if absence.message.endswith(NOT_INSTALLED):
        why = f"{why}; install it, or the dependencies of its project"
    elif not out.new and absence.outcome not in ("skipped", "unavailable"):
        why = f"OLD has a fault: {why}; compare with a revision in which it works"
    return replace(blank, outcome="skipped", reason=why)


def _what_would_help(tally: Tally, found: Ratio, more: More) -> str:
    """Return the number of further pairs, and the seconds, that would settle the verdict, or else why none would."""
    if not more.is_possible:
        interval = f"{found.middle:.2f} ({found.low:.2f} to {found.high:.2f})"
        near = f"{interval} is too near the limit {1 + tally.threshold:.4g} for this noise"
        return f"{near}; use a quieter machine or a larger --threshold"
    if len(tally.pairs) < LEAST_PAIRS and not tally.only_slower:
        why = f"{LEAST_PAIRS - more.pairs} of {LEAST_PAIRS} pairs were measured"
    elif tally.prepare_looks_slower:
        why = "prepare looks slower"
    elif found.low > 1 + tally.threshold or tally.looks_slower():
        why = "looks slower"
    else:
        why = "too noisy"
    pairs = "1 more pair" if more.pairs == 1 else f"{more.pairs} more pairs"
    return f"{why}; {pairs} would tell ({plan.about(more.seconds)})"
