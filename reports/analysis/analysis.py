"""A run's results and all that is derived from them, each computed once for every form that a report has."""

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
    """Results, the letter they go by among several, and what they say."""

    results: Results
    letter: str = "A"

    @cached_property
    def table(self) -> pd.DataFrame:
        """`tables.tidy` of the results."""
        return tidy(self.results)

    @cached_property
    def cell(self) -> Cell | None:
        """The cell that tells most."""
        return telling_cell(self.table)

    @cached_property
    def sections(self) -> list[Section]:
        """The cells that are shown together, the one that tells most first."""
        return sections(self.results, first=self.cell)

    @property
    def drawn(self) -> list[Section]:
        """The sections that figures are drawn of: the answer's cell on its own, then all others."""
        answer = [Section(None, (self.cell,))] if self.cell else []
        return [*answer, *(section for section in self.sections if section not in answer)]

    @cached_property
    def headline(self) -> list[str]:
        """The answer in sentences: what was bought and what is the fastest, then how far noise lets it be trusted."""
        answer, *more = headline(self.table, self.results.absences)
        return [answer, *noise_sentences(self.noise), *precision_sentences(self.results), *more]

    @cached_property
    def cost_models(self) -> list[Fitted]:
        """The pieces of all cost models."""
        return fitted_pieces(self.table)

    @cached_property
    def predictors(self) -> dict[Setting, dict[str, Predictor]]:
        """What predicts the time of each implementation in each setting."""
        return predictors(self.results, self.table, self.cost_models)

    @cached_property
    def missing(self) -> dict[Cell, dict[str, float]]:
        """Predicted seconds of implementations that were not measured in a cell."""
        return missing(self.results, self.predictors)

    @cached_property
    def gpu(self) -> dict[Setting, Grid]:
        """Where a GPU pays, setting by setting."""
        return where_it_pays(self.table)

    @cached_property
    def noise(self) -> list[CellNoise]:
        """The noise in each cell."""
        return noise(self.results)

    @cached_property
    def winners(self) -> dict[Setting, list[Winner]]:
        """The fastest implementation of each cell."""
        return winners(self.results)

    @cached_property
    def crossovers(self) -> dict[Setting, list[Crossover]]:
        """Which implementation overtakes which."""
        return crossovers(self.results)

    @property
    def grids(self) -> list[Grid]:
        """The tables beside those of the sections."""
        before = starting(self.table, self.cell) if self.cell else None
        found = (*self.gpu.values(), *cost_model_grids(self.cost_models), descents(self.table), before)
        return [grid for grid in found if grid]

    @property
    def answer(self) -> str:
        """The answer, whose it is, and its noise."""
        origin = f"{plain(self.results.datetime)[:16]}, {processor(self.results)}"
        return " ".join([f"{self.letter} ({origin}): {self.headline[0]}", *noise_sentences(self.noise)])


def analyses(several: Sequence[Results]) -> list[Analysis]:
    """Return the analysis of each, by letters: A to Z, then A1, B1, ..."""
    return [Analysis(one, chr(ord("A") + k % 26) + str(k // 26 or "")) for k, one in enumerate(several)]
