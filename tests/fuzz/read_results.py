"""Reader of results files without rendering: thousands of inputs a second."""

from __future__ import annotations

from gradrace.bench.results_file import read
from tests.fuzz.scratch import file


def read_results(data: bytes) -> None:
    """Read a results file."""
    read(file("results.json", data))
