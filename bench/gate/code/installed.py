"""Installed packages of the Python that runs this file, which needs nothing but the standard library."""

from __future__ import annotations

import json
import platform
import re
import sys
from importlib.metadata import Distribution, distributions, packages_distributions


def facts() -> dict[str, object]:
    """Return the version of Python, and for each package its version, and what it requires, by normalized names.

    The entry "modules" names the packages of each top-level module.
    """
    found: dict[str, Distribution] = {}
    for one in distributions():
        found.setdefault(normal(one.metadata["Name"] or ""), one)  # the first one on the path is imported
    return {
        "python": platform.python_version(),
        "executable": sys.executable,
        "versions": {name: one.version for name, one in found.items()},
        "requires": {name: [*map(normal, filter(is_needed, one.requires or []))] for name, one in found.items()},
        "modules": {module: [*map(normal, names)] for module, names in packages_distributions().items()},
    }


def is_needed(requirement: str) -> bool:
    """Return whether a requirement doesn't belong to an extra."""
    return "extra" not in requirement.partition(";")[2]


def normal(requirement: str) -> str:
    """Return the normalized name in a requirement: scikit-learn for "Scikit_Learn>=1.6; extra == 'test'"."""
    name = re.match(r"[\w.-]*", requirement.strip())
    return re.sub(r"[-_.]+", "-", name[0] if name else "").lower()


if __name__ == "__main__":
    print(json.dumps(facts()))
