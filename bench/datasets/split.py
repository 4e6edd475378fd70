"""Split into training and test examples: the same share of both classes, reproducible by the seed."""

from __future__ import annotations

import numpy as np

from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.results import UnusableInput


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
