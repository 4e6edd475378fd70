"""The figures show what the table holds, in units, under names that keep their look and do not overlap."""

from __future__ import annotations

import re
import time
from collections.abc import Callable
from itertools import combinations, pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import msgspec
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.figure import Figure
from matplotlib.text import Annotation, Text
from matplotlib.transforms import Bbox

from gradrace.bench.paths import ROOT
from gradrace.bench.results import FLOOR_CUDA, Absence, Cell, Extra, Results
from gradrace.impls.interface import Technique
from gradrace.reports.analysis.analysis import Analysis
from gradrace.reports.analysis.tables import sections, tidy
from gradrace.reports.figures import files
from gradrace.reports.figures.canvas import Picture
from gradrace.reports.figures.files import save
from gradrace.reports.figures.labels import spread
from gradrace.reports.figures.race_figures import MAX_SECTIONS, pictures
from gradrace.reports.figures.styles import HUES, style

IMPLS = ROOT / "impls"


def drawn(results: Results) -> dict[str, Picture]:
    return {picture.stem: picture for picture in pictures(Analysis(results), sections(results))}


def names_in(figure: Figure) -> list[str]:
    return [text.get_text() for text in figure.axes[0].texts if isinstance(text, Annotation)]


TIME = "time_against_m_n_x100_float64_threads2"
SPEEDUP = "speedup_against_n_x_m1000_float64_threads2"
FAILED = "time_against_n_x_m1000_float64_threads2"
ALONE = "time_m209_n_x12288_float64_threads2"


def test_the_default_grid_gives_figures_along_both_slices_and_of_the_slides_own_case(
    results: Results,
) -> None:
    assert [*drawn(results)] == [
        TIME,
        "share_against_m_n_x100_float64_threads2",
        "error_against_m_n_x100_float64_threads2",
        "speedup_against_m_n_x100_float64_threads2",
        "time_against_n_x_m1000_float64_threads2",
        "share_against_n_x_m1000_float64_threads2",
        "error_against_n_x_m1000_float64_threads2",
        SPEEDUP,
        ALONE,
    ]


def test_lines_go_through_the_medians_with_their_intervals(results: Results) -> None:
    table = tidy(results)
    rows = table[(table.n_x == 100) & (table.impl == "numpy_vectorized")]
    axes = drawn(results)[TIME].figure.axes[0]
    ours = style("numpy_vectorized", "vectorized")
    (line,) = [line for line in axes.lines if line.get_color() == ours.colour]
    assert line.get_marker() == ours.marker
    assert np.asarray(line.get_xdata()).tolist() == rows.m.tolist()
    assert np.asarray(line.get_ydata()).tolist() == rows.median_s.tolist()
    ends = [bars.get_segments() for bars in axes.collections if tuple(bars.get_color()[0][:3]) == ours.colour]
    assert [(bar[0][1], bar[1][1]) for bar in ends[0]] == [*zip(rows.low_s, rows.high_s, strict=True)]
    assert (axes.get_xscale(), axes.get_yscale()) == ("log", "log")


def test_the_loops_curve_reaches_the_end_of_the_axis_dashed_where_it_is_predicted(results: Results) -> None:
    """It was skipped at m = 100,000, and numba_parallel failed at n_x = 12,288."""
    figure = drawn(results)[TIME].figure
    ours = style("python_loop", "loop").colour
    dashed = [line for line in figure.axes[0].lines if line.get_color() == ours and line.is_dashed()]
    ((before, seconds),) = [zip(*line.get_xydata(), strict=True) for line in dashed]
    assert before == (10_000, 100_000)
    assert seconds[1] == pytest.approx(1e-6 + 600e-9 * 1e5 + 65e-9 * 1e7, rel=0.1)
    assert figure.texts[1].get_text().replace("\N{NO-BREAK SPACE}", " ").endswith("\ndashed, ≈: predicted)")
    others = drawn(results)[FAILED].figure.axes[0].lines
    assert not any(
        line.is_dashed() for line in others if line.get_color() == style("numba_parallel", "compiled").colour
    )


def test_each_device_that_has_a_limit_has_its_line(make: Callable[..., Results]) -> None:
    """And one whose limit failed has none."""
    models = {"numba_loop": ("compiled", 6e-7, 16e-9, 1.4e-9), "one@cuda": ("compiled", 4e-5, 0.0, 1e-12)}
    both = make({**models, FLOOR_CUDA: ("limit", 1e-5, 0.0, 0.8e-12)}, absences=())
    assert {"reading X once", "GPU reading X once"} <= {*names_in(drawn(both)[TIME].figure)}
    alone = names_in(drawn(make(models, absences=()))[TIME].figure)
    assert "reading X once" in alone
    assert "GPU reading X once" not in alone


def test_axes_speak_in_sizes_and_units(results: Results) -> None:
    pictures_ = drawn(results)
    for stem, sizes, units in [
        (TIME, ["10", "100", "1000", "10,000", "100,000"], {"10 µs", "1 ms", "100 ms"}),
        (SPEEDUP, ["10", "100", "1000", "12,288"], {"1×", "10×", "100×"}),
    ]:
        axes = pictures_[stem].figure.axes[0]
        assert [label.get_text() for label in axes.get_xticklabels()] == sizes
        assert units <= {label.get_text() for label in axes.get_yticklabels()}
    assert pictures_[TIME].figure.axes[0].get_xlabel() == "m (examples)"
    assert pictures_[SPEEDUP].figure.axes[0].get_xlabel() == "n_x (features)"


def test_titles_say_what_is_seen(results: Results) -> None:
    pictures_ = drawn(results)
    assert re.fullmatch(
        r"At m = 10,000 the slide's loop takes \d\d ms, numpy_vectorized \d\d\d µs", pictures_[TIME].title
    )
    assert re.fullmatch(
        r"Vectorizing makes the slide's loop up to \d+× faster, compiling \d+×", pictures_[SPEEDUP].title
    )
    assert pictures_[ALONE].title.startswith("In the slide's own case (m = 209, n_x = 12,288) the slide's loop takes ")


def test_subtitles_tell_how_sure_the_intervals_are(results: Results) -> None:
    def subtitle(stem: str) -> str:
        return drawn(results)[stem].figure.texts[1].get_text()

    assert subtitle(ALONE) == "Time of one gradient (float64, 2 threads; medians, 95 % intervals)"
    assert subtitle(SPEEDUP).endswith(", at m = 1000 (float64, 2 threads; medians, 75 to 95 % intervals)")
    unpaired = [msgspec.structs.replace(found, extra=Extra()) for found in results.measurements]
    results = msgspec.structs.replace(results, measurements=unpaired)
    assert subtitle(SPEEDUP).endswith(", at m = 1000 (float64, 2 threads; medians)")


def test_every_line_is_named_once(results: Results) -> None:
    everyone = ["numba_loop", "numba_parallel", "numpy_columns", "numpy_vectorized"]
    everyone += ["reading X once", "≈ python_loop"]  # its end is predicted
    assert sorted(names_in(drawn(results)[TIME].figure)) == everyone


def boxes_of_names(figure: Figure) -> dict[str, Bbox]:
    """Where the names stand, in pixels, without the strokes to their lines."""
    figure.draw_without_rendering()
    return {text.get_text(): Text.get_window_extent(text) for text in figure.axes[0].texts}


def test_names_overlap_neither_each_other_nor_the_edge(make: Callable[..., Results]) -> None:
    models = {f"implementation_{n}": ("compiled", 1e-6 * (1 + n / 100), 0.0, 1e-9) for n in range(14)}
    figure = drawn(make(models=models, absences=()))[TIME].figure
    boxes = boxes_of_names(figure)
    assert len(boxes) == 14 + 1  # and the limit
    assert [names for names in combinations(boxes, 2) if boxes[names[0]].overlaps(boxes[names[1]])] == []
    assert max(box.x1 for box in boxes.values()) <= figure.bbox.x1
    ends = [line.get_ydata()[-1] for line in figure.axes[0].lines[:14]]
    assert max(ends) < 1.2 * min(ends)  # on an axis of several decades: at their own ends they would overlap


def test_a_line_that_stops_early_has_its_name_where_no_line_runs(results: Results) -> None:
    figure = drawn(results)[FAILED].figure
    box = boxes_of_names(figure)["numba_parallel"]
    axes = figure.axes[0]
    for line in axes.lines:
        places = axes.transData.transform(line.get_xydata())
        x = np.linspace(places[0, 0], places[-1, 0], 1000)
        covered = [box.contains(*place) for place in zip(x, np.interp(x, *places.T), strict=True)]
        assert not any(covered)
    assert box.x1 < axes.bbox.x1


def test_a_name_at_the_first_size_covers_no_number_of_the_axis(make: Callable[..., Results]) -> None:
    models = {f"implementation_{n}": ("compiled", 1e-6 * 1.5**n, 0.0, 1e-9 * 1.5**n) for n in range(4)}
    results = make(models=models, absences=())
    here = [one for one in results.measurements if one.impl != "implementation_2" or one.cell.m == 10]
    figure = drawn(msgspec.structs.replace(results, measurements=here))[TIME].figure
    assert boxes_of_names(figure)["implementation_2"].x0 > figure.axes[0].bbox.x0


@given(
    wanted=st.lists(st.floats(-1000, 1000), min_size=1, max_size=14),
    gap=st.floats(0.1, 20),
)
def test_spread_keeps_gap_order_and_bounds_and_leaves_alone_what_has_room(wanted: list[float], gap: float) -> None:
    low, high = -500.0, 500.0
    placed = spread(np.array(wanted), gap, low, high)
    order = np.argsort(wanted, kind="stable")
    assert all(right - left >= gap - 1e-9 for left, right in pairwise(placed[order]))
    assert placed.min() >= low - 1e-9
    assert placed.max() <= high + 1e-9
    has_room = all(right - left >= gap for left, right in pairwise(np.sort(wanted)))
    if has_room and min(wanted) >= low and max(wanted) <= high:
        assert placed == pytest.approx(np.array(wanted))


def test_spread_moves_as_little_as_can_be() -> None:
    assert spread(np.array([5.0, 5.0, 50.0]), 10, 0, 100).tolist() == [0, 10, 50]
    assert spread(np.array([50.0, 20.0, 50.0]), 10, 0, 100).tolist() == [45, 20, 55]


def test_a_look_depends_on_the_names_alone_and_every_technique_has_a_colour() -> None:
    assert {*HUES} == {*Technique} - {"limit"}
    assert style("numba_loop", "compiled") == style("numba_loop", "compiled")
    assert style("numba_loop", None) != style("numba_loop", "compiled")


def test_implementations_of_one_technique_look_different() -> None:
    found = re.compile(r"technique=Technique\.(\w+)")
    looks = {}
    for file in IMPLS.glob("[!_]*.py"):
        technique = found.search(file.read_text())
        if technique:
            looks[file.stem] = style(file.stem, Technique[technique[1]])
    assert len(looks) >= 5
    alike = [(a, b) for a, b in combinations(looks, 2) if looks[a] == looks[b]]
    assert alike == [], "give one of them a place of its own in reports/figures/styles.py"


def test_names_are_dark_enough_to_read_on_white() -> None:
    def luminance(colour: tuple[float, float, float]) -> float:
        """WCAG 2.1, relative luminance."""
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in colour]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    inks = [style(f"name_{n}", technique).ink for technique in [*HUES, None] for n in range(50)]
    assert min(1.05 / (luminance(ink) + 0.05) for ink in inks) >= 3  # WCAG's least for large letters and graphics


def test_files_are_real_pictures_that_hold_the_names(results: Results, tmp_path: Path) -> None:
    png, svg = save([drawn(results)[TIME]], tmp_path)
    assert png.read_bytes().startswith(b"\x89PNG")
    width, height = (int.from_bytes(png.read_bytes()[start : start + 4], "big") for start in (16, 20))
    assert width == 1600
    assert 800 < height < 1200
    assert len(png.read_bytes()) > 20_000
    words = " ".join(ET.parse(svg).getroot().itertext())  # our own file
    for name in ("python_loop", "numpy_columns", "numpy_vectorized", "numba_loop", "numba_parallel", "100 ms"):
        assert name in words


def test_the_same_results_give_the_same_bytes(make: Callable[..., Results], tmp_path: Path) -> None:
    for folder in (tmp_path / "one", tmp_path / "two"):
        folder.mkdir()
        save([drawn(make())[SPEEDUP]], folder)
    for kind in ("png", "svg"):
        one, two = (tmp_path / folder / f"{SPEEDUP}.{kind}" for folder in ("one", "two"))
        assert one.read_bytes() == two.read_bytes()
    other = make(seed=1)
    save([drawn(other)[SPEEDUP]], tmp_path / "two")
    assert (tmp_path / "one" / f"{SPEEDUP}.svg").read_bytes() != (tmp_path / "two" / f"{SPEEDUP}.svg").read_bytes()


def test_several_processes_draw_what_one_does(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    contents = []
    for count in (1, 3):
        monkeypatch.setattr(files, "cores", lambda count=count: count)
        (folder := tmp_path / str(count)).mkdir()
        written = save([*drawn(results).values()], folder)
        contents.append({file.name: file.read_bytes() for file in written})
    assert len(contents[0]) >= 8
    assert contents[0] == contents[1]


@pytest.mark.parametrize("count", [1, 2])
def test_an_error_of_another_process_is_raised_here(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    monkeypatch.setattr(files, "cores", lambda: count)
    _, second, *_ = drawings = [*drawn(results).values()]
    (tmp_path / f"{second.stem}.svg").mkdir()
    with pytest.raises(IsADirectoryError):
        save(drawings, tmp_path)


def test_what_another_process_never_draws_is_drawn_here(
    results: Results, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A fork may hang: it has no thread of its parent's, and all of their locks."""
    drawings = [*drawn(results).values()][:2]
    monkeypatch.setattr(files, "cores", lambda: 2)
    monkeypatch.setattr(files, "LONGEST_S", 0.0)
    monkeypatch.setattr(files, "_draw_or_exit", lambda *_: time.sleep(600))
    assert all(file.stat().st_size for file in save(drawings, tmp_path))


def test_hostile_names_are_drawn_as_text(make: Callable[..., Results], tmp_path: Path) -> None:
    hostile = ["</script><b>x", "$x_1$ $\\frac$", "日本語 \u202e", "two\nlines", "x" * 10_000, "\x00\x1b[31m"]
    models = {name: ("<b>", 1e-6 * (place + 1), 0.0, 1e-9) for place, name in enumerate(["python_loop", *hostile])}
    for picture in drawn(make(models=models, absences=())).values():
        _, svg = save([picture], tmp_path)
        words = " ".join(ET.parse(svg).getroot().itertext())  # our own file
        assert "</script><b>x" in words
        assert "$x_1$ $\\frac$" in words
        assert "x" * 30 not in words


def test_results_without_the_slides_loop_have_times_and_no_speed_ups(make: Callable[..., Results]) -> None:
    models = {"a": ("compiled", 1e-6, 0.0, 1e-9), "b": (None, 2e-6, 0.0, 1e-9)}
    stems = [*drawn(make(models=models, absences=()))]
    assert stems
    assert all(stem.startswith(("time_", "share_", "error_")) for stem in stems)
    alone = drawn(make(models={"python_loop": ("loop", 1e-6, 0.0, 1e-9)}, absences=()))
    assert alone.keys() == {*stems} - {ALONE}


@pytest.mark.parametrize("far", [[], [("b", Cell(2000, 100)), ("b", Cell(4000, 100))]])
def test_no_figure_shows_a_single_point(make: Callable[..., Results], far: list[tuple[str, Cell]]) -> None:
    """A chart of one implementation, or lines along sizes of which only one was measured, tell nothing."""
    models = {"a": ("compiled", 1e-6, 0.0, 1e-9)}
    absences = [Absence(impl=impl, outcome="skipped", stage="plan", message="", cell=cell) for impl, cell in far]
    alone = Analysis(make(models=models, cells=[Cell(1000, 100)], absences=absences))
    assert pictures(alone, alone.drawn) == []
    two = models | {"b": ("loop", 1e-6, 0.0, 1e-8)}
    raced = Analysis(make(models=two, cells=[Cell(1000, 100)], absences=absences))
    assert [picture.stem for picture in pictures(raced, raced.drawn)] == ["time_m1000_n_x100_float64_threads1"]


@pytest.mark.parametrize("cell", [Cell(0, 5), Cell(5, 0)])
def test_what_has_no_place_on_a_logarithmic_axis_is_left_out(make: Callable[..., Results], cell: Cell) -> None:
    assert drawn(make(models={"a": ("compiled", 1e-6, 0.0, 0.0)}, cells=[cell], absences=())) == {}


def test_a_full_grid_gets_figures_of_one_slice_along_each_axis(make: Callable[..., Results]) -> None:
    cells = [Cell(m, n_x) for m in range(1, 6) for n_x in range(1, 6)]
    models = {"python_loop": ("loop", 1e-6, 0.0, 1e-8), "a": ("compiled", 1e-6, 0.0, 1e-9)}
    kinds = ("time", "share", "error", "speedup")
    assert {*drawn(make(models=models, cells=cells, absences=()))} == {
        *(f"{kind}_against_m_n_x1_float64_threads1" for kind in kinds),
        *(f"{kind}_against_n_x_m1_float64_threads1" for kind in kinds),
    }


def test_of_many_cells_on_their_own_a_few_get_figures(make: Callable[..., Results]) -> None:
    cells = [Cell(10**place, 3**place) for place in range(6)]
    models = {"a": ("compiled", 1e-6, 0.0, 1e-9), "b": ("loop", 1e-6, 0.0, 1e-9)}
    assert len(drawn(make(models=models, cells=cells, absences=()))) == MAX_SECTIONS
