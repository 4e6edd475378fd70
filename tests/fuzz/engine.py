"""Process that fuzzes: Atheris chooses inputs by the lines of Python that they reach. `__main__` starts it."""

from __future__ import annotations

import random
import sys
import warnings
from pathlib import Path

import atheris

WATCHED = ["bench", "reports", "numpy.lib._format_impl"]
"""Packages whose lines guide the choice of inputs."""

MORE_WATCHED = {"image": ["PIL"], "zarr": ["zarr"]}
"""Libraries in Python whose lines guide single readers only, as instrumenting them takes half a minute."""

OWN_SHARE = 0.5
"""Share of changes made by the engine, which doesn't know formats, but learns from earlier inputs."""


def main() -> None:
    """Fuzz with the arguments READER TALLY FINDINGS, followed by libFuzzer's own."""
    name, tally_file, findings_folder, *flags = sys.argv[1:]
    with atheris.instrument_imports(include=[*WATCHED, *MORE_WATCHED.get(name, [])]):
        from tests.fuzz.readers import read_or_refuse, reader

        read = reader(name)
    from tests.fuzz.findings import Tally, keep
    from tests.fuzz.mutators import MUTATORS

    mutate, tally, findings = MUTATORS[name], Tally(Path(tally_file)), Path(findings_folder)
    warnings.simplefilter("ignore")  # a command prints them beside its one line; there are millions here

    def read_one(data: bytes) -> None:
        tally.begin(data)
        try:
            read_or_refuse(read, data)
        except (KeyboardInterrupt, SystemExit):
            raise
        except BaseException as error:  # a library in Rust may raise a panic, which is no Exception
            tally.fail()
            keep(findings, data, error)

    def change(data: bytes, max_size: int, seed: int) -> bytes:
        rng = random.Random(seed)
        if rng.random() < OWN_SHARE:
            return bytes(atheris.Mutate(data, max_size))
        return mutate(data, rng)[:max_size]

    atheris.Setup([name, *flags], read_one, custom_mutator=change)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
