"""A run's results and everything derived from them, computed once for all forms of a report."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import chain

import pandas as pd

from gradrace.bench.results import BASELINE, FAULTS, Cell, Results
from gradrace.reports.analysis.against import against, against_slowest
from gradrace.reports.analysis.cost_models import (
    Fitted,
    Overlooked,
    Predictor,
    cost_model_grids,
    fitted_pieces,
    missing,
    overlooked,
    overlooked_sentences,
    predictors,
    unmodelled,
)
from gradrace.reports.analysis.grids import descents, glance, glanced, reasons, starting
from gradrace.reports.analysis.headline import (
    NO_LOOP,
    common_size,
    fault_sentences,
    headline,
    right_sentences,
    telling_cell,
    told_cells,
)
from gradrace.reports.analysis.like import like
from gradrace.reports.analysis.noise import CellNoise, noise, noise_sentences, precision_sentences
from gradrace.reports.analysis.origin import processor
from gradrace.reports.analysis.tables import Section, in_cells, sections, tidy
from gradrace.reports.analysis.where_gpu_pays import where_it_pays
from gradrace.reports.analysis.winners import Crossover, Winner, crossovers, winners
from gradrace.reports.grid import Grid
from gradrace.reports.words import Setting, plain

MOST_OPEN = 3
"""Maximum number of sections that a report shows unfolded, enough for a default run; of more, only the first is."""


@dataclass(frozen=True)
class Analysis:
    """Results of a run, and the statistics derived from them.

    Attributes:
        results: Results of the run.
        letter: Letter of the run among several.
        rivals: Implementations that all others are compared with, if any.
        theirs: Run that this one repeats, if any.
        place: Folder or file of the run, which distinguishes it from others; "" if it is alone.
        size: m and n_x that its answer describes, if it holds them; None for the most informative ones.
    """

    results: Results
    letter: str = "A"
    rivals: Sequence[str] = ()
    theirs: Results | None = None
    place: str = ""
    size: tuple[int, int] | None = None

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return `tables.tidy` of the results."""
        return tidy(self.results)

    @cached_property
    def cell(self) -> Cell | None:
        """Return the most informative cell, of this size if one is given."""
        return telling_cell(self._described)

    @cached_property
    def _described(self) -> pd.DataFrame:
        """Return the rows of the table that the answer describes."""
        m, n_x = self.size or (0, 0)
        here = self.table[(self.table.m == m) & (self.table.n_x == n_x)]
        return self.table if here.empty else here

    @cached_property
    def sections(self) -> list[Section]:
        """Return the sections of cells, the most informative first."""
        return sections(self.results, first=self.cell)

    @property
    def folded(self) -> list[Section]:
        """Return the sections that are folded in a report until a reader opens them."""
        return self.sections[1:] if len(self.sections) > MOST_OPEN else []

    @property
    def faults(self) -> list[str]:
        """Return the faults that end a command with exit status 1, the worst first, and why."""
        return reasons(one for kind in FAULTS for one in self.results.absences if one.outcome == kind)

    @property
    def has_wrong(self) -> bool:
        """Return whether an implementation is wrong, rather than failed."""
        return any(one.outcome == "wrong" for one in self.results.absences)

    @property
    def drawn(self) -> list[Section]:
        """Return the sections that figures are drawn of: the headline's cell on its own, then all others."""
        answer = [Section(None, (self.cell,))] if self.cell else []
        return [*answer, *(section for section in self.sections if section not in answer)]

    def speedups(self, most: int | None = None) -> list[str]:
        """Return the sentences of `headline.headline`.

        Without the slide's loop, the fastest is compared with the slowest, or in `run --against` with the rivals alone.
        """
        instead = {} if self.rivals else {cell: words for cell in self.told for words in self._instead_of_loop(cell)}
        told = headline(self._described, self.results.absences, most, instead)
        return [line for line in told if line != NO_LOOP or not self.rivals]

    def _instead_of_loop(self, cell: Cell) -> Iterator[str]:
        """Yield the comparison with the slowest implementation in a cell without the slide's loop."""
        words = against_slowest(self.results, cell)
        if words and BASELINE not in {*in_cells(self.table, [cell]).impl}:
            yield f"{words}; the slide's loop ({BASELINE}) was not measured."

    @cached_property
    def headline(self) -> list[str]:
        """Return the answer in sentences: what is at fault, then the summary."""
        return [*self.at_fault, *self.summary()]

    @cached_property
    def at_fault(self) -> list[str]:
        """Return the sentences on wrong and failed implementations, which precede everything else."""
        return fault_sentences(self.results.absences, {*self.table.impl})

    def summary(self, most: int | None = None) -> list[str]:
        """Return the speed-ups and the fastest in sentences, then noise, precision, correctness, and the slide's case.

        most: the number of cells to describe; all by default.
        """
        answer, *more = self.speedups(most)
        trust = [
            *overlooked_sentences(self.overlooked),
            *noise_sentences(self.noise),
            *precision_sentences(self.results),
            *right_sentences(self.table),
        ]
        return [answer, *trust, *more]

    @cached_property
    def answers(self) -> list[str]:
        """Return the answers of `run --against`: whether each implementation is faster than the rival."""
        return [line for rival in self.rivals for line in against(self.results, rival, self.told)]

    def like(self, among: pd.DataFrame) -> Grid | None:
        """Return what `run --like` asks for: shares of the limit there and here. among: rows of the table."""
        return like(self.theirs, among) if self.theirs else None

    @cached_property
    def told(self) -> list[Cell]:
        """Return the cells that the headline describes."""
        return told_cells(self._described)

    @cached_property
    def glance(self) -> Grid | None:
        """Return the table that a terminal shows: the headline's cells, or the first of them in both runs of --like."""
        if not self.told:
            return None
        shown = glanced(self.table, self.told)
        here = in_cells(self.table, self.told[:1])
        beside = self.like(here[here.impl.isin(shown)])
        return beside or glance(self.table, self.told, shown, self.results.absences)

    @cached_property
    def cost_models(self) -> list[Fitted]:
        """Return the pieces of all cost models."""
        return fitted_pieces(self.table)

    @cached_property
    def predictors(self) -> dict[Setting, dict[str, Predictor]]:
        """Return the predictor of each implementation in each setting."""
        return predictors(self.results, self.table, self.cost_models)

    @cached_property
    def missing(self) -> dict[Cell, dict[str, float]]:
        """Return the predicted seconds of implementations that were not measured in a cell."""
        return missing(self.results, self.predictors)

    @cached_property
    def overlooked(self) -> dict[Cell, Overlooked]:
        """Return the cells in which the fastest as predicted was not measured."""
        return overlooked(self.results, self.predictors, self.unmodelled)

    @cached_property
    def unmodelled(self) -> dict[Setting, tuple[str, ...]]:
        """Return the implementations that are the fastest in a measured cell, or tied with it, but have no model."""
        return {
            where: unmodelled(chain.from_iterable(one.names for one in won), self.predictors.get(where, {}))
            for where, won in self.winners.items()
        }

    @cached_property
    def gpu(self) -> dict[Setting, Grid]:
        """Return the tables of where a GPU pays, by setting."""
        return where_it_pays(self.table)

    @cached_property
    def noise(self) -> list[CellNoise]:
        """Return the noise in each cell."""
        return noise(self.results)

    @cached_property
    def winners(self) -> dict[Setting, list[Winner]]:
        """Return the fastest implementation of each cell."""
        return winners(self.results)

    @cached_property
    def crossovers(self) -> dict[Setting, list[Crossover]]:
        """Return which implementation overtakes which."""
        return crossovers(self.results)

    @property
    def grids(self) -> list[Grid]:
        """Return the tables other than those of the sections."""
        before = starting(self.table, self.cell) if self.cell else None
        found = (*self.gpu.values(), *cost_model_grids(self.cost_models), descents(self.table), before)
        return [grid for grid in found if grid]

    @property
    def answer(self) -> str:
        """Return faults and speed-ups, with the result's letter, place, date and processor, and its noise."""
        origin = ", ".join(filter(None, [self.place, plain(self.results.datetime)[:16], processor(self.results)]))
        told = [*self.at_fault, *self.speedups()[:1], *noise_sentences(self.noise)]
        return f"{self.letter} ({origin}): {' '.join(told)}"


def analyses(several: Sequence[Results], places: Sequence[str] = ()) -> list[Analysis]:
    """Return the analysis of each result, with the letters A to Z, then A1, B1, ..., and with their common size.

    places: the folders or files of the results, by which a reader tells them from each other.
    """
    letters = (chr(ord("A") + k % 26) + str(k // 26 or "") for k in range(len(several)))
    shown = [plain(place, 200) for place in places or [""] * len(several)]
    size = common_size(several)
    named = zip(several, letters, shown, strict=True)
    return [Analysis(one, letter, place=place, size=size) for one, letter, place in named]
