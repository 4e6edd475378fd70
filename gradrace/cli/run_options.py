"""Options of `run` that say what is measured, and the implementations, cells and problems that they name."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, NamedTuple

import typer

from gradrace.cli.app import Device, Dtypes, Impl, Ms, Nxs, Threads, flag, option, whole
from gradrace.cli.data_options import DataOptions

if TYPE_CHECKING:
    from collections.abc import Sequence

    from gradrace.bench.problems import Make
    from gradrace.bench.race.sizes import Stage
    from gradrace.bench.results import Cell, Results
    from gradrace.bench.run import Request
    from gradrace.impls.discovery import Source

REPORT_S = 3.0
"""Seconds of the budget that are reserved for the report and its figures."""


@dataclass(frozen=True, kw_only=True)
class What:
    """Options of `run` that say what is measured: the implementations, their sizes or data, and the problems."""

    m: Ms = ""
    nx: Nxs = ""
    impl: Impl = "all"
    against: Annotated[str, option("NAME", "Compare --impl with this implementation, size by size.")] = ""
    dtype: Dtypes = "float64"
    device: Device = "cpu"
    threads: Threads = None
    seed: Annotated[int, whole("Seed of the problems and of the order in rounds.", 0)] = 0
    pixels: Annotated[bool, flag("--pixels", "X of pixels, one byte each, scaled by 1/255.")] = False
    grid: Annotated[str, option("NAME", "default, or full: m × n_x in half decades.")] = "default"
    data: Annotated[str, option("SOURCE", "Real data, from any source of `train`.")] = ""
    like: Annotated[Path | None, option("FILE", "Repeat the run of this results.json, and compare with it.")] = None

    def refuse_ignored(self, about: DataOptions) -> None:
        """Raise UnusableInput if an option, such as one for reading --data, is given without effect."""
        from gradrace import options

        sized = {"m": self.m, "nx": self.nx, "grid": self.grid != "default", "pixels": self.pixels}
        if self.like:
            sized |= {"data": self.data, "against": self.against}
            options.refuse_given("--like has sizes of its own; leave out {}", **sized)
            others = {"dtype": self.dtype != "float64", "device": self.device != "cpu", "seed": self.seed}
            options.refuse_given("--like repeats the other run's {}; leave that out", **others)
        elif self.data:
            options.refuse_given("--data has sizes of its own; leave out {}", **sized)
        about.refuse_without(self.data)

    def chosen(self, about: DataOptions) -> Chosen:
        """Return what is measured. Raises UnusableInput if the options name nothing that can be measured."""
        from gradrace import options

        threads, few = options.threads(self.threads), bool(self.against)
        cells, stage = options.raced(self.grid, self.m, self.nx, self.dtype, threads, pixels=self.pixels, few=few)

        from gradrace import selection

        devices, seed, real, theirs = selection.devices(self.device), self.seed, None, None
        sources = selection.chosen_sources(self.impl, devices)
        rival = selection.rival(self.against, sources, devices)
        if self.like:
            from gradrace.bench.results_file import read

            theirs = read(self.like)
            cells, sources, seed, missing = selection.repeating(theirs, threads, self.impl)
            _name_missing(missing)
        elif self.data:
            cells, real = about.raced(self.data, options.dtypes(self.dtype), threads, seed)
        sources = _able(sources, rival, cells, self.impl, self.against)
        optional = selection.optional(sources, self.impl)
        return Chosen(sources, optional, [source.name for source in rival], cells, stage, threads, seed, real, theirs)


class Chosen(NamedTuple):
    """Implementations, cells and problems of a run: fields of its `Request`, and what it is compared with.

    rivals: names of the implementations of --against. real: name of real data, and the function that makes their cases.
    theirs: results of the run that --like repeats.
    """

    sources: list[Source]
    optional: list[str]
    rivals: list[str]
    cells: list[Cell]
    stage: Stage
    threads: int
    seed: int
    real: tuple[str, Make] | None
    theirs: Results | None

    def request(self, budget_s: float, precision: float, begun_ns: int) -> Request:
        """Return the request for the run, after printing what disturbs this machine."""
        warnings = _warned()
        from gradrace.bench.run import Request

        return Request(
            sources=self.sources,
            cells=self.cells,
            budget_s=budget_s,
            seed=self.seed,
            threads=self.threads,
            stage=self.stage,
            data=self.real,
            warnings=warnings,
            precision=precision,
            begun_ns=begun_ns,
            report_s=min(REPORT_S, budget_s / 4),
            optional=self.optional,
        )


def _able(chosen: list[Source], rival: list[Source], cells: Sequence[Cell], impl: str, against: str) -> list[Source]:
    """Return the implementations that race in these cells, the rival among them. Raises UnusableInput if one can't."""
    from gradrace import selection

    if not any(cell.pixels for cell in cells):
        chosen = selection.without_pixels(chosen, impl)
    selection.require_possible(chosen, impl, cells[:1])
    if rival:
        selection.require_possible(rival, against, cells[:1], "--against")
    chosen = [*chosen, *(source for source in rival if source not in chosen)]
    selection.require_fair(chosen)
    return chosen


def _warned() -> list[str]:
    """Print and return what disturbs this machine; import the run meanwhile: both take half a second."""
    from gradrace.bench.machine.doctor import warnings

    with ThreadPoolExecutor(1) as beside:
        watched = beside.submit(warnings)
        import gradrace.bench.run
        import gradrace.reports.analysis.analysis  # noqa: F401
        from gradrace.reports.text.doctor_text import warn
    return warn(watched.result())


def _name_missing(names: Sequence[str]) -> None:
    """Name the implementations of a repeated run that don't exist here."""
    from gradrace.reports.words import plain

    if names:
        there = ", ".join(plain(name, 80) for name in names)
        typer.echo(f"--like: these implementations of that run aren't here: {there}; add a file with --impl", err=True)
