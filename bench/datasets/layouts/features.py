"""Names of columns and of features: their words, and which columns features are made of."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

WORD = re.compile(r"[A-Z]?[^\W\d_A-Z]+|[A-Z]+(?![a-z])")
"""Word of a name: camelCase, THIS, and what other characters separate."""


def begins(feature: str) -> list[str]:
    """Return the names of categories of which a feature may hold a value: what precedes each =, the shortest first."""
    return [feature[:place] for place, letter in enumerate(feature) if letter == "="]


def columns_of(features: Sequence[str]) -> list[str]:
    """Return the columns that features are made of: `sex` for `sex=f` and `sex=m`.

    Of several names of a category, it is the one that most features share, and of these the longest.
    """
    shared = Counter(begin for feature in features for begin in begins(feature))
    made = (
        max(begins(feature), key=lambda begin: (shared[begin], len(begin)), default=feature) for feature in features
    )
    return [*dict.fromkeys(made)]


def words_of(name: str) -> list[str]:
    """Return the words of a name, in lower case."""
    return [word.lower() for word in WORD.findall(name)]


def letters_of(name: str) -> str:
    """Return a name without case and punctuation."""
    return re.sub(r"[\W_]", "", name.lower())
