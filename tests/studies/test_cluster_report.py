"""The tables and the figure of a scaling: what was measured, what follows from it."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import typer

from gradrace.bench.paths import ROOT
from studies.cluster.cluster_model import depth
from studies.cluster.measure import Scaled, Scaling

pytest.importorskip("simpy")

from studies.cluster.report import figure, main


def scaling() -> Scaling:
    def made(kind: str, workers: int, m: int, seconds: float, name: str = "dask_blocks") -> Scaled:
        samples = [0.98 * seconds, seconds, seconds, 1.02 * seconds]
        return Scaled(kind=kind, implementation=name, workers=workers, m=m, n_x=100, samples_s=samples)  # type: ignore[arg-type]

    everyone = (1, 2, 4)
    measured = [
        *(made("tiny", workers, 64, 4e-3 + 2 * depth(workers + 1) * 1e-3) for workers in everyone),
        *(made("strong", workers, 1_000_000, 6e-3 + 0.08 / workers) for workers in everyone),
        *(made("pixels", workers, 1_000_000, 6e-3 + 0.04 / workers) for workers in everyone),
        *(made("pixels", threads, 1_000_000, 0.04 / threads, "numba_pixels") for threads in (1, 2)),
        *(made("weak", workers, 250_000 * workers, 24e-3) for workers in everyone),
    ]
    return Scaling(measured=measured, date="2026-01-01", cpu="a machine", cores=2)


def test_the_tables_say_what_was_measured_and_what_follows(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "scaling.json").write_bytes(msgspec.json.encode(scaling()))
    main(tmp_path / "scaling.json", tmp_path / "scaling.png")
    told = capsys.readouterr().out
    assert told.startswith("A worker gets through 10.0 GB/s; a step takes 4.00 ms and 1.00 ms a hop;")
    assert "| the same for all | 1 worker | 1,000,000 | 86.0 ms |  |  |  |  |" in told
    assert "| the same for all | 2 workers | 1,000,000 | 46.0 ms | 1.87× as fast | 1.87–1.87 |  |  |" in told
    pixels = "| the same for all, of pixels | 2 "
    assert f"{pixels}workers | 1,000,000 | 26.0 ms | 1.77× as fast | 1.77–1.77 | 0.77× as fast | 0.77–0.77 |" in told
    assert f"{pixels}threads | 1,000,000 | 20.0 ms | 2.00× as fast | 2.00–2.00 |  |  |" in told
    assert "| the same share for each | 4 workers | 1,000,000 | 24.0 ms | 1.00× as long | 1.00–1.00 |  |  |" in told
    assert "| 1,000,000 | 2 | 46.2 ms | 46.0 ms | 1.00 |" in told  # predicted, with the slower of two, and measured
    assert "| float64 | 98.3 TB | 12,288 |" in told
    assert "| pixels, uint8 | 12.3 TB | 1536 |" in told
    assert "| 2 | 150,000 | 1300 |" in told  # 6 ms of the way, where each of two saves 40 ns an example of 800 bytes
    assert "| LZ4, bits shuffled | 11.3 TB | 1410 |" in told
    assert "| 122,880 | 100,000,000 | 800 MB |" in told
    held = [line.split("|") for line in told.splitlines() if line.startswith(("| 64 |", "| 1024 |")) and " ms " in line]
    ratios = [float(cells[4]) for cells in held]
    assert ratios == pytest.approx([1, 1], abs=0.1)
    assert (tmp_path / "scaling.png").stat().st_size > 0


def test_the_figure_has_the_speed_ups_over_one_worker_and_over_one_thread():
    lines = figure(scaling()).axes[0].lines
    floats, pixels = (line.get_ydata() for line in lines if line.get_marker() == "o")
    assert floats == pytest.approx([1, 86 / 46, 86 / 26])
    assert pixels == pytest.approx([1, 46 / 26, 46 / 16])
    (threads,) = (line.get_ydata() for line in lines if line.get_marker() == "x" and len(line.get_ydata()))
    assert threads == pytest.approx([1, 2])


def test_a_file_of_something_else_is_refused(tmp_path: Path) -> None:
    (tmp_path / "results.json").write_text("{}")
    with pytest.raises(typer.BadParameter, match=r"missing required field .*; make one with"):
        main(tmp_path / "results.json")


def test_the_page_on_scale_has_these_tables(capsys: pytest.CaptureFixture[str]) -> None:
    docs = ROOT / "docs"
    page = (docs / "scale.md").read_text(encoding="utf-8")
    main(docs / "scaling-16-cores.json")
    rows = [line for line in capsys.readouterr().out.splitlines() if line.startswith("|")]
    assert len(rows) > 60
    main(docs / "scaling.json")  # of which the page shows what was measured, and nothing that follows
    rows += capsys.readouterr().out.split("\n\n")[1].splitlines()
    assert rows[-1].startswith("| the same share for each | 8 workers |")
    assert [row for row in rows if row not in page] == []
