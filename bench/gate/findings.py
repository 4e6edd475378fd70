"""Results of a check or a comparison: a finding for each implementation in each cell, and the report."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from gradrace.bench.gate.sides import Difference
from gradrace.bench.results import FAULTS, Cell, Outcome


class Finding(Struct, frozen=True, kw_only=True):
    """Result for one implementation in one cell.

    Attributes:
        ratio: NEW's time / OLD's; None if nothing was measured.
        low: Lower end of its interval, which has at least `confidence`.
        high: Upper end of its interval.
        confidence: Confidence of the interval.
        screening: Ratio of each screening pair of a check.
        fresh: Ratio of each pair of a check that was measured again.
        runs: Medians of OLD's and NEW's saved runs by quantity: seconds, multiples of the limit.
        p: Probability of evidence this strong if NEW isn't slower than the threshold allows.
        reason: What went wrong, or what would help.
        problem: Name of the hard problem that the gradient is wrong on; None for a cell that was asked for.
        seconds: Seconds that measuring it took.
    """

    impl: str
    cell: Cell
    outcome: Literal["faster", "same", "slower", "can't tell", "new"] | Outcome
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    screening: list[float] = []
    fresh: list[float] = []
    runs: dict[str, tuple[list[float], list[float]]] = {}
    p: float | None = None
    reason: str | None = None
    problem: str | None = None
    seconds: float = 0.0

    @property
    def alarms(self) -> bool:
        """Return whether this fails the check."""
        return self.outcome == "slower" or self.outcome in FAULTS


class Report(Struct, frozen=True, kw_only=True):
    """Report of a check or a comparison.

    Attributes:
        old: Name of the old side.
        new: Name of the new side.
        threshold: Slowdown that is tolerated, 0.05 for 5 %.
        findings: One finding for each implementation in each cell.
        cells: Cells that were asked for; empty for saved runs.
        differences: Change of each implementation, where the sides are code.
        caveats: Limitations of the comparison that a reader needs to know.
        budget_s: Budget in seconds, as in results.
        seed: Seed of the problems, as in results.
        machine: Facts about the machine, as in results.
        commit: Facts about the commit, as in results.
    """

    old: str
    new: str
    threshold: float
    findings: list[Finding]
    cells: list[Cell] = []
    differences: list[Difference] = []
    caveats: list[str] = msgspec.field(default_factory=list, name="remarks")
    budget_s: float | None = None
    seed: int | None = None
    machine: dict[str, Any] = {}
    commit: dict[str, Any] = {}

    @property
    def alarms(self) -> list[Finding]:
        """Return the findings that fail the check."""
        return [finding for finding in self.findings if finding.alarms]
