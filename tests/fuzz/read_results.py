"""The reader of results files alone, without what is rendered of them: it takes inputs by the thousand a second."""

from __future__ import annotations

from gradrace.bench.results_file import read
from tests.fuzz.scratch import file


def read_results(data: bytes) -> None:
    """A results file."""
    read(file("results.json", data))
