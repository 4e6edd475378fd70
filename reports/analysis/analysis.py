"""A run's results and everything derived from them, computed once for all forms of a report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from gradrace.bench.results import Cell, Results
from gradrace.reports.analysis.cost_models import (
    Fitted,
    Predictor,
    cost_model_grids,
    fitted_pieces,
    missing,
    predictors,
)
from gradrace.reports.analysis.grids import descents, starting
from gradrace.reports.analysis.headline import headline, telling_cell
from gradrace.reports.analysis.noise import CellNoise, noise, noise_sentences, precision_sentences
from gradrace.reports.analysis.origin import processor
from gradrace.reports.analysis.tables import Section, sections, tidy
from gradrace.reports.analysis.where_gpu_pays import where_it_pays
from gradrace.reports.analysis.winners import Crossover, Winner, crossovers, winners
from gradrace.reports.grid import Grid
from gradrace.reports.words import Setting, plain


@dataclass(frozen=True)
class Analysis:
    """Results, their letter among several, and what follows from them."""

    results: Results
    letter: str = "A"

    @cached_property
    def table(self) -> pd.DataFrame:
        """Return `tables.tidy` of the results."""
        return tidy(self.results)

    @cached_property
    def cell(self) -> Cell | None:
        """Return the most informative cell."""
        return telling_cell(self.table)

    @cached_property
    def sections(self) -> list[Section]:
        """Return the sections of cells, the most informative first."""
        return sections(self.results, first=self.cell)

    @property
    def drawn(self) -> list[Section]:
        """Return the sections that figures are drawn of: the headline's cell on its own, then all others."""
        answer = [Section(None, (self.cell,))] if self.cell else []
        return [*answer, *(section for section in self.sections if section not in answer)]

    @cached_property
    def headline(self) -> list[str]:
        """Return the summary in sentences: speed-ups and the fastest, then noise and precision."""
        answer, *more = headline(self.table, self.results.absences)
        return [answer, *noise_sentences(self.noise), *precision_sentences(self.results), *more]

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
        """Return the first sentence of the summary, with the result's letter, date and processor, and its noise."""
        origin = f"{plain(self.results.datetime)[:16]}, {processor(self.results)}"
        return " ".join([f"{self.letter} ({origin}): {self.headline[0]}", *noise_sentences(self.noise)])


def analyses(several: Sequence[Results]) -> list[Analysis]:
    """Return the analysis of each result, with the letters A to Z, then A1, B1, ..."""
    return [Analysis(one, chr(ord("A") + k % 26) + str(k // 26 or "")) for k, one in enumerate(several)]
