"""Columns that say which part of the data an example is of: for training or for testing."""

from __future__ import annotations

import re
from collections.abc import Collection

from gradrace.bench.datasets.layouts.names import PARTS

PART = re.compile("|".join(PARTS.values()), re.IGNORECASE)
TRAIN = re.compile(PARTS["train"], re.IGNORECASE)

LEAST_LETTERS = 3
"""Minimum number of letters of such a name: `tr` and `te` are codes of languages, too."""

REASON = "parts of the data, such as train and test"
"""Reason why such a column is no feature."""


def are_parts(values: Collection[str]) -> bool:
    """Return whether the different values of a column are names of parts, such as `train` and `test`."""
    long = len(values) > 1 and all(len(value) >= LEAST_LETTERS for value in values)
    return long and all(map(PART.fullmatch, values)) and any(map(TRAIN.fullmatch, values))
