"""What a check or a comparison came to: a finding for each implementation in each cell, and the whole report."""

from __future__ import annotations

from typing import Any, Literal

import msgspec
from msgspec import Struct

from gradrace.bench.gate.sides import Difference
from gradrace.bench.results import FAULTS, Cell, Outcome


class Finding(Struct, frozen=True, kw_only=True):
    """What is known of one implementation in one cell.

    ratio, low, high: NEW's time over OLD's, and its interval of at least `confidence`; None if nothing was measured.
    screening, fresh: the ratio of each pair of a check. runs: of saved runs, the medians of OLD's and of NEW's, by what
    they are of: seconds, multiples of the limit. p: the chance of such evidence if NEW weren't slower than the
    threshold. reason: what went wrong, or what would help.
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

    @property
    def alarms(self) -> bool:
        """Whether this fails the check."""
        return self.outcome == "slower" or self.outcome in FAULTS


class Report(Struct, frozen=True, kw_only=True):
    """What a check or a comparison came to.

    old, new: the names of the sides. threshold: the slowdown that is let pass, 0.05 for 5 %. findings: one for each
    implementation in each cell. differences: what became of each implementation, where the sides are code. caveats:
    what a reader has to know of how they were compared. budget_s, seed, machine, commit: as in results.
    """

    old: str
    new: str
    threshold: float
    findings: list[Finding]
    differences: list[Difference] = []
    caveats: list[str] = msgspec.field(default_factory=list, name="remarks")
    budget_s: float | None = None
    seed: int | None = None
    machine: dict[str, Any] = {}
    commit: dict[str, Any] = {}

    @property
    def alarms(self) -> list[Finding]:
        """What fails the check."""
        return [finding for finding in self.findings if finding.alarms]
