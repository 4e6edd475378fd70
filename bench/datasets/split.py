"""Examples set apart to test with: the same share of both classes, the same ones for the same seed."""

from __future__ import annotations

import numpy as np

from gradrace.bench.datasets.formats.dataset import Dataset
from gradrace.bench.results import UnusableInput


def split(dataset: Dataset, share: float, seed: int) -> tuple[Dataset, Dataset]:
    """The examples to train with and those to test with: this share of each class.

    Raises UnusableInput if that leaves a side without one of the classes.
    """
    from sklearn.model_selection import train_test_split  # which takes a second to import

    places = np.arange(dataset.m)
    try:
        kept, apart = train_test_split(places, test_size=share, stratify=dataset.labels, random_state=seed)
    except ValueError as error:
        raise UnusableInput(f"--test-share: {share:g} of {dataset.m} examples can't be set apart ({error})") from error
    return dataset.some(np.sort(kept)), dataset.some(np.sort(apart))
