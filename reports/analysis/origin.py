"""Origin of results: date, machine, code and options."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from gradrace.bench.results import Results
from gradrace.reports.words import plain

_MACHINE = ("node", "machine", "processor", "system", "release", "python_implementation", "python_version")


def origin(results: Results) -> Iterator[tuple[str, str]]:
    """Yield (name, value) of date, commit, machine, processor, options, and all facts that gradrace recorded itself."""
    machine = dict(results.machine)
    yield "date", results.datetime
    yield from _scalars({"commit": results.commit})
    yield from _scalars({key: machine[key] for key in _MACHINE if key in machine})
    cpu = machine.get("cpu")
    yield from _scalars({"cpu": cpu.get("brand_raw")} if isinstance(cpu, Mapping) else {})
    yield from _scalars({"": machine.get("gradrace")})
    yield from _scalars({"option": results.options})


def processor(results: Results) -> str:
    """Return the name of the processor, or of the machine."""
    cpu = results.machine.get("cpu")
    brand = cpu.get("brand_raw") if isinstance(cpu, Mapping) else None
    return plain(str(brand or results.machine.get("node") or "an unknown machine"), 60)


def _scalars(facts: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """Yield the text and numbers in nested mappings and lists, each with its path: ("blas threads", "2").

    A list of words, such as the names of implementations, is one text.
    """
    for key, value in facts.items():
        if isinstance(value, Mapping):
            yield from ((f"{key} {inner}".strip(), text) for inner, text in _scalars(value))
        elif isinstance(value, list) and value and all(isinstance(one, str) and " " not in one for one in value):
            yield key, ", ".join(value)
        elif isinstance(value, list):
            yield from _scalars({f"{key} {place}": entry for place, entry in enumerate(value, 1)})
        elif value is not None:
            yield key, str(value)
