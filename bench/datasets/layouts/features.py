"""Columns of a table that features are made of, as far as the names of the features tell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence


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
