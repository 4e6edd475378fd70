"""Location of the package, and of the interpreter that runs it."""

import sys
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).absolute().parents[2]
"""The folder that holds the package gradrace: the checkout, or site-packages. The path isn't resolved: gradrace/bench
is a symbolic link in a checkout, and modules are imported by their names below gradrace.
"""


@dataclass(frozen=True, slots=True)
class Home:
    """Folder whose package gradrace a worker imports, and the interpreter that runs the worker."""

    folder: Path = ROOT
    python: str = sys.executable

    @property
    def path(self) -> list[str]:
        """Return the folders that the worker imports from; another interpreter must not find this one's packages."""
        return [str(self.folder), *([str(ROOT)] if self.python == sys.executable else [])]


HERE = Home()
"""The package and the interpreter of this process."""
