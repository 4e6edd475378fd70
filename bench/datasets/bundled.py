"""What scikit-learn brings along, by name."""

from __future__ import annotations

import numpy as np

from bench.datasets.dataset import Dataset, How
from bench.datasets.labels import binary


def read_bundled(name: str, how: How) -> Dataset:
    """breast_cancer (569 examples of 30 features), or digits (1797 of 8×8 greys from 0 to 16)."""
    from sklearn import datasets

    load = {"breast_cancer": datasets.load_breast_cancer, "digits": datasets.load_digits}[name]
    bunch = load()
    words = np.array([str(word) for word in bunch.target_names])
    labels, classes = binary(name, words[bunch.target], how.positive or (words[1] if len(words) == 2 else None))
    shape = (*bunch.images.shape[1:], 1) if "images" in bunch else ()
    return Dataset(bunch.data.T.astype(np.float64), labels, classes, shape)
