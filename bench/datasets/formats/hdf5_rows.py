"""A dataset of an HDF5 file, whose first axis counts the examples."""

from __future__ import annotations

from typing import Any

import h5py
import numpy as np
from numpy.typing import NDArray

from gradrace.bench.datasets.formats.chunked import Chunked


class Hdf5Rows(Chunked):
    """A dataset of an HDF5 file."""

    def read(self, start: int, stop: int, out: NDArray[Any]) -> None:
        """Examples start to stop, decompressed where they are compressed."""
        with h5py.File(self.path) as file:
            file[self.name].read_direct(out.reshape(-1, *self.stored_shape[1:]), np.s_[start:stop])
