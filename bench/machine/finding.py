"""Finding of an examination of the machine."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Level: TypeAlias = Literal["well", "note", "warning"]
"""Severity of a finding: a note may matter to some figures, a warning makes all of them doubtful."""


class Finding(Struct, frozen=True):
    """Finding of one check.

    Attributes:
        seen: the observed state.
        level: severity.
        effect: effect on the figures.
        remedy: what to do.
        about: name of the check, which `doctor.examine` adds.
    """

    seen: str
    level: Level = "well"
    effect: str = ""
    remedy: str = ""
    about: str = ""

    def __str__(self) -> str:
        return "; ".join([f"{self.about}: {self.seen}", *([self.effect, self.remedy] if self.effect else [])])
