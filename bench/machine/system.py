"""Linux's files about the system. Each may be missing, as in a container or on another system."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class System:
    """Read-only access to the system's files below a root, to which paths are relative.

    Tests use a root of their own.
    """

    root: Path = Path("/")

    def text(self, path: str) -> str | None:
        """Return the stripped text of a file, or None if it can't be read."""
        try:
            return (self.root / path).read_text(errors="replace").strip()
        except OSError:
            return None

    def texts(self, pattern: str) -> list[str]:
        """Return the texts of the files that match a pattern, in the order of their names.

        Files that can't be read are left out.
        """
        found = (self.text(str(file.relative_to(self.root))) for file in sorted(self.root.glob(pattern)))
        return [text for text in found if text is not None]

    def number(self, path: str) -> int | None:
        """Return the whole number in a file, or None if it holds anything else, such as `max`."""
        text = self.text(path)
        return int(text) if text and text.lstrip("-").isdecimal() else None

    def counts(self, path: str) -> dict[str, int]:
        """Return the lines `NAME NUMBER`, or `NAME: NUMBER UNIT`, of a file; empty if it can't be read."""
        lines = (line.replace(":", " ").split() for line in (self.text(path) or "").splitlines())
        return {words[0]: int(words[1]) for words in lines if len(words) > 1 and words[1].isdecimal()}


HERE = System()
"""The files of this machine."""
