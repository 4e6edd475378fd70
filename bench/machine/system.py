"""The files in which Linux tells of itself; each may be missing, as in a container, or on another system."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class System:
    """Those below a root: tests have one of their own. Paths are relative to it; nothing is ever written."""

    root: Path = Path("/")

    def text(self, path: str) -> str | None:
        """What a file holds, or None where it can't be read."""
        try:
            return (self.root / path).read_text(errors="replace").strip()
        except OSError:
            return None

    def texts(self, pattern: str) -> list[str]:
        """What the files of a pattern hold, in the order of their names."""
        found = (self.text(str(file.relative_to(self.root))) for file in sorted(self.root.glob(pattern)))
        return [text for text in found if text is not None]

    def number(self, path: str) -> int | None:
        """The whole number that a file holds, or None; `max` and the like are none."""
        text = self.text(path)
        return int(text) if text and text.lstrip("-").isdecimal() else None

    def counts(self, path: str) -> dict[str, int]:
        """The lines `NAME NUMBER`, or `NAME: NUMBER UNIT`, of a file; empty where it can't be read."""
        lines = (line.replace(":", " ").split() for line in (self.text(path) or "").splitlines())
        return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].isdecimal()}


HERE = System()
"""This machine's."""
