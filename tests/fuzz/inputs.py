"""What is read: seeds, the corpus that fuzzing has found, and changes of both that are the same each time."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

from tests.fuzz.mutators import MUTATORS
from tests.fuzz.seeds import seeds

CORPUS = Path(__file__).parent / "corpus"
"""READER/NAME: inputs that reach lines which no seed reaches, and those that once ended in a traceback."""


def known(reader: str) -> list[bytes]:
    """Seeds and corpus."""
    return [*seeds(reader), *corpus(reader)]


def corpus(reader: str) -> list[bytes]:
    """What was found."""
    return [file.read_bytes() for file in sorted((CORPUS / reader).glob("*"))]


def changed(reader: str, count: int, seed: int = 0) -> Iterator[bytes]:
    """So many changes of what is known, each of one or of a few in a row."""
    rng, begun = random.Random(f"{reader} {seed}"), known(reader)
    for _ in range(count):
        data = rng.choice(begun)
        for _ in range(rng.choice((1, 1, 2))):
            data = MUTATORS[reader](data, rng)
        yield data
