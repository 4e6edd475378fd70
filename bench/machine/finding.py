"""What an examination of the machine finds."""

from __future__ import annotations

from typing import Literal, TypeAlias

from msgspec import Struct

Level: TypeAlias = Literal["well", "note", "warning"]
"""A note may matter to some figures; a warning makes all of them doubtful."""


class Finding(Struct, frozen=True):
    """about: what was looked at, in a word or two. seen: what it is. effect: on figures. remedy: what to do."""

    about: str
    seen: str
    level: Level = "well"
    effect: str = ""
    remedy: str = ""

    def __str__(self) -> str:
        return (
            f"{self.about}: {self.seen}; {self.effect}; {self.remedy}" if self.effect else f"{self.about}: {self.seen}"
        )
