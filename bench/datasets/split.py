"""Split into training and test examples: the same share of both classes, reproducible by the seed."""

from __future__ import annotations

import numpy as np

from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.datasets.formats.stored import is_stored
from gradrace.bench.results import UnusableInput

LEAST_OF_A_CLASS = 5
"""Examples of each class with which a share of 0.2 leaves one of both to test with."""


def can_split(dataset: Dataset) -> bool:
    """Return whether a share of 0.2 can be set apart for tests, without trying it."""
    return not is_stored(dataset.X) and bool(np.bincount(dataset.labels, minlength=2).min() >= LEAST_OF_A_CLASS)


def split(dataset: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """Return the training examples and the test examples: `share` of each class becomes test examples.

    Raises UnusableInput if one side would lack one of the classes.
    """
    from sklearn.model_selection import train_test_split  # importing it takes a second

    places = np.arange(dataset.m)
    try:
        kept, apart = train_test_split(places, test_size=share, stratify=dataset.labels, random_state=seed)
    except ValueError as error:
        raise UnusableInput(f"--test-share: {share:g} of {dataset.m} examples can't be set apart ({error})") from error
    return dataset.some(np.sort(kept)), dataset.some(np.sort(apart))
