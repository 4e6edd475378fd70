"""What an examination of the machine finds."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Level: TypeAlias = Literal["well", "note", "warning"]
"""A note may matter to some figures; a warning makes all of them doubtful."""


class Finding(Struct, frozen=True):
    """seen: what it is. effect: on figures. remedy: what to do. about: the check, which `doctor.examine` adds."""

    seen: str
    level: Level = "well"
    effect: str = ""
    remedy: str = ""
    about: str = ""

    def __str__(self) -> str:
        return "; ".join([f"{self.about}: {self.seen}", *([self.effect, self.remedy] if self.effect else [])])
