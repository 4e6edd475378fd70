"""Results of a check or a comparison: a finding for each implementation in each cell, and the report."""

from __future__ import annotations

from statistics import median
from typing import Any, Literal, TypeAlias

import msgspec
from msgspec import Struct

from gradrace.bench.gate.code.changes import Difference
from gradrace.bench.results import FAULTS, Cell, Outcome

UNDECIDED = ("can't tell", "skipped", "unavailable")
"""Outcomes of a cell that wasn't decided: a check with such a cell neither passes nor fails."""

DECIDED = ("slower", "slower prepare", "more memory")
"""Outcomes of a measured cell that fail a check."""


Compared: TypeAlias = Literal[
    "faster", "same", "not slower", "slower", "slower prepare", "more memory", "can't tell", "new"
]
"""Outcomes of a cell that was compared, or that only NEW has."""

ALL_HARD = "all"
"""Problem of the finding for an implementation that wasn't verified on all hard problems."""


class Finding(Struct, frozen=True, kw_only=True):
    """Result for one implementation in one cell: of its gradient, or of its descents.

    Attributes:
        steps: Number of steps of a descent, if descents were compared; 0 for gradients.
        asked: Requested cells that `cell` stands for, as they are too large for the implementation, and `cell` itself
            if it was requested, too; empty if it stands for itself alone.
        ratio: NEW's time / OLD's; None if nothing was measured.
        low: Lower end of its interval, which has at least `confidence`.
        high: Upper end of its interval.
        confidence: Confidence of the interval.
        pairs: Ratio of each pair of a check.
        runs: Medians of OLD's and NEW's saved runs by quantity: seconds, multiples of the limit.
        p: Probability of evidence this strong if NEW isn't slower than the threshold allows.
        more_s: Seconds of budget that would decide an undecided cell.
        reason: What went wrong, or what would help.
        problem: Name of the hard problem that the gradient is wrong on, ALL_HARD if some weren't verified; None for a
            cell that was asked for.
        seconds: Seconds that measuring it took.
        threshold: Slowdown that passes in this cell, if it isn't the report's.
        peaks: Peak memory of OLD and NEW in bytes in each pair of a check, where the system reports it.
        more_memory: Whether NEW is shown to need more memory than passes.
        prepares: Seconds of `prepare` of OLD and NEW in each pair of a check.
        slower_prepare: Whether NEW's `prepare` is shown to be slower than passes.
        together: Whether a slowdown is shown only by all cells of the implementation together.
        screened: Whether these descents passed their screening. Ratio and interval are then those of all that did.
    """

    impl: str
    cell: Cell
    outcome: (
        Literal["faster", "same", "not slower", "slower", "slower prepare", "more memory", "can't tell", "new"]
        | Outcome
    )
    steps: int = 0
    asked: list[Cell] = []
    ratio: float | None = None
    low: float | None = None
    high: float | None = None
    confidence: float | None = None
    pairs: list[float] = []
    runs: dict[str, tuple[list[float], list[float]]] = {}
    p: float | None = None
    more_s: float | None = None
    reason: str | None = None
    problem: str | None = None
    seconds: float = 0.0
    threshold: float | None = None
    peaks: list[tuple[int, int]] = []
    more_memory: bool = False
    prepares: list[tuple[float, float]] = []
    slower_prepare: bool = False
    together: bool = False
    screened: bool = False

    @property
    def alarms(self) -> bool:
        """Return whether this fails the check."""
        return self.outcome in (*FAULTS, *DECIDED)

    @property
    def peak(self) -> tuple[float, float] | None:
        """Return the median peak memory of OLD and NEW in bytes; None if it isn't known."""
        return (median(old for old, _ in self.peaks), median(new for _, new in self.peaks)) if self.peaks else None

    @property
    def prepare_s(self) -> tuple[float, float] | None:
        """Return the median seconds of `prepare` of OLD and NEW; None if it wasn't measured."""
        found = self.prepares
        return (median(old for old, _ in found), median(new for _, new in found)) if found else None

    @property
    def undecided(self) -> bool:
        """Return whether it isn't known if this fails the check."""
        return self.outcome in UNDECIDED


class Report(Struct, frozen=True, kw_only=True):
    """Report of a check or a comparison.

    Attributes:
        old: Name of the old side.
        new: Name of the new side.
        threshold: Slowdown that is tolerated, 0.05 for 5 %.
        findings: One finding for each implementation in each cell.
        cells: Cells that were asked for; empty for saved runs.
        sides: What OLD and NEW are, where they are code: commits and folders.
        code: Folder that the differences' files are in, from the checkout's root.
        differences: Change of each implementation, where the sides are code.
        caveats: Limitations of the comparison that a reader needs to know.
        budget_s: Budget in seconds, as in results.
        begun_s: Seconds of the budget until the first verification: the start, and a project's build.
        seed: Seed of the problems, as in results.
        machine: Facts about the machine, as in results.
        commit: Facts about the commit of the gradrace that measured; `sides` has those that are compared.
    """

    old: str
    new: str
    threshold: float
    findings: list[Finding]
    cells: list[Cell] = []
    sides: list[str] = []
    code: str = "impls/"
    differences: list[Difference] = []
    caveats: list[str] = msgspec.field(default_factory=list, name="remarks")
    budget_s: float | None = None
    begun_s: float = 0.0
    seed: int | None = None
    machine: dict[str, Any] = {}
    commit: dict[str, Any] = {}

    @property
    def alarms(self) -> list[Finding]:
        """Return the findings that fail the check."""
        return [finding for finding in self.findings if finding.alarms]

    @property
    def undecided(self) -> list[Finding]:
        """Return the findings that keep the check from passing, although none fails it."""
        return [finding for finding in self.findings if finding.undecided]

    @property
    def answer(self) -> Literal["passed", "failed", "unknown"]:
        """Return whether the check passed: one that fails decides, and otherwise one that is undecided."""
        if self.alarms:
            return "failed"
        return "unknown" if self.undecided else "passed"
