"""Inputs: seeds, the corpus that fuzzing found, and reproducible changes of both."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.mutators import MUTATORS
from tests.fuzz.seeds import seeds

CORPUS = Path(__file__).parent / "corpus"
"""READER/NAME: inputs that reach lines which no seed reaches, and those that once ended in a traceback."""


def known(reader: str) -> list[bytes]:
    """Return seeds and corpus of a reader."""
    return [*seeds(reader), *corpus(reader)]


def corpus(reader: str) -> list[bytes]:
    """Return the inputs that fuzzing found."""
    return [file.read_bytes() for file in sorted((CORPUS / reader).glob("*"))]


def changed(reader: str, count: int, seed: int = 0) -> Iterator[bytes]:
    """Yield `count` changed inputs, each with one or two changes in a row."""
    rng, begun = random.Random(f"{reader} {seed}"), known(reader)
    for _ in range(count):
        data = rng.choice(begun)
        for _ in range(rng.choice((1, 1, 2))):
            data = MUTATORS[reader](data, rng)
        yield data
