"""The noise in each cell, from samples that are known."""

from __future__ import annotations

import io
from dataclasses import replace
from typing import Any

import pytest
from rich.console import Console

from gradrace.bench.machine.finding import Finding
from gradrace.bench.results import Cell, Measurement, Noise, Results
from gradrace.reports.analysis.noise import CellNoise, noise, noise_grid, noise_sentences
from gradrace.reports.text.doctor_text import show, warn
from tests.results import results_of, timed

CELL = Cell(10, 3)
STEADY = [1 + 1e-4 * (7 * place % 40 - 20) for place in range(40)]


def results(floor: list[float], impl: list[float], **noise) -> Results:
    """Two in a cell."""
    measurements = [timed("floor", floor, CELL), timed("a", impl, CELL)]
    return results_of(measurements, noise=[Noise(cell=CELL, seconds=1.0, **noise)])


def scattered(spread: float) -> list[float]:
    """Samples whose middle half is so wide."""
    return [1 + spread * (place - 19.5) / 20 for place in range(40)]


@pytest.mark.parametrize(
    ("found", "level"),
    [
        (results(STEADY, STEADY), "quiet"),
        (results(scattered(0.1), STEADY), "noisy"),
        (results(scattered(0.4), STEADY), "disturbed"),
        (results([*STEADY[:32], *[1.5] * 8], [*STEADY[:32], *[1.6] * 8]), "noisy"),
        (results([*STEADY[:24], *[3] * 16], [*STEADY[:24], *[3] * 16]), "disturbed"),
        (results(STEADY, scattered(1.0)), "disturbed"),
        (results(STEADY, STEADY, stolen=0.05), "noisy"),
        (results(STEADY, STEADY, throttled=1), "noisy"),
        (results(STEADY, STEADY, stolen=0.01, throttled=0), "quiet"),
    ],
)
def test_a_cell_is_as_quiet_as_its_limit_its_rounds_and_its_system(found: Results, level: str) -> None:
    assert noise(found)[0].level == level


@pytest.mark.parametrize(
    ("changed", "level"),
    [
        ({"spread": 0.05, "disturbed": 10}, "quiet"),
        ({"spread": 0.051}, "noisy"),
        ({"good_to": 0.051}, "noisy"),
        ({"disturbed": 11}, "noisy"),
        ({"spread": 0.15, "disturbed": 30}, "noisy"),
        ({"spread": 0.151}, "disturbed"),
        ({"good_to": 0.151}, "disturbed"),
        ({"disturbed": 31}, "disturbed"),
        ({"counted": Noise(cell=CELL, seconds=1.0, stolen=0.02)}, "quiet"),
        ({"counted": Noise(cell=CELL, seconds=1.0, stolen=0.021)}, "noisy"),
    ],
)
def test_the_levels_have_these_bounds(changed: dict[str, Any], level: str) -> None:
    calm = CellNoise(CELL, spread=0.0, disturbed=0, rounds=100, ties=0.0, good_to=0.0, counted=None)
    assert replace(calm, **changed).level == level


def test_one_who_is_slow_by_itself_disturbs_no_round() -> None:
    found = noise(results(STEADY, [*STEADY[:20], *[9] * 20]))[0]
    assert (found.disturbed, found.rounds) == (0, 40)


def test_results_that_know_neither_rounds_nor_noise_are_told_of_as_far_as_they_go() -> None:
    plain = Measurement(impl="a", cell=CELL, samples_s=[1.0, 1.1, 1.2], calls=1)
    found = noise(results_of([plain]))
    assert (found[0].spread, found[0].rounds, found[0].counted) == (None, 0, None)
    grid = noise_grid(found)
    assert grid is not None
    assert grid.rows[0][:5] == ["10 × 3, float64, 1 thread", "noisy", "—", "—", "—"]


def test_nothing_measured_is_nothing_told() -> None:
    only = results(STEADY, STEADY)
    assert noise(results_of([one for one in only.measurements if one.impl == "floor"], noise=only.noise)) == []
    nothing = noise(results_of())
    assert (nothing, noise_grid(nothing), noise_sentences(nothing)) == ([], None, [])


def test_all_cells_are_told_of_in_a_sentence() -> None:
    assert noise_sentences(noise(results(STEADY, STEADY))) == [
        "Noise: the only size was quiet (medians uncertain by ±0.065 %)."
    ]


FINDINGS = {
    "swap": Finding("none moving", about="swap"),
    "clock": Finding("governor \x1b[31mpowersave", "warning", "slow at first", "performance", "clock"),
    "turbo": Finding("on", "note", "falls", "off", "turbo"),
    "ready": None,
}


def test_the_doctor_tells_what_is_serious_first_and_in_letters() -> None:
    console = Console(file=io.StringIO(), width=80)
    show(FINDINGS, console)
    text = console.file.getvalue()
    assert text.splitlines()[0] == "! clock: governor [31mpowersave"
    assert "    → performance" in text
    assert text.index("· turbo") < text.index("+ swap")
    assert "Unknown on this system: ready." in text
    assert "1 finding above will disturb measurements" in text
    assert "\x1b" not in text


def test_warnings_are_printed_and_kept() -> None:
    console = Console(file=io.StringIO(), width=300)
    assert warn([FINDINGS["clock"]], console) == ["clock: governor [31mpowersave; slow at first; performance"]
    assert console.file.getvalue().startswith("warning: clock: governor")
