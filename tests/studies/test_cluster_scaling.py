"""The measurement itself, on a small scale: real workers, all samples there, a wrong gradient refused."""

from __future__ import annotations

from pathlib import Path

import msgspec
import pytest
import typer

from gradrace.bench.results import UnusableInput
from studies.cluster import measure as measuring
from studies.cluster.measure import Scaling, main, measure, size

pytest.importorskip("distributed")


@pytest.mark.slow
def test_every_kind_is_measured_with_every_number_of_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measuring, "LARGE", (300, 10))
    monkeypatch.setattr(measuring, "SHARE", 100)
    monkeypatch.setattr(measuring, "SAMPLE_S", 1e-3)
    monkeypatch.setattr(measuring, "cores", lambda: 1)  # of threads only as many as there are
    main(tmp_path / "scaling.json", rounds=6, workers="1,2")
    found = msgspec.json.decode((tmp_path / "scaling.json").read_bytes(), type=Scaling)
    assert [(one.kind, one.implementation, one.workers, one.m) for one in found.measured] == [
        *(("tiny", "dask_blocks", 1, 64), ("tiny", "dask_blocks", 2, 64)),
        *(("strong", "dask_blocks", 1, 300), ("strong", "dask_blocks", 2, 300), ("strong", "numba_fused", 1, 300)),
        *(("pixels", "dask_blocks", 1, 300), ("pixels", "dask_blocks", 2, 300), ("pixels", "numba_pixels", 1, 300)),
        *(("weak", "dask_blocks", 1, 100), ("weak", "dask_blocks", 2, 200)),
    ]
    assert all(len(one.samples_s) == 6 and min(one.samples_s) > 0 for one in found.measured)


@pytest.mark.slow
def test_a_wrong_gradient_is_no_measurement(monkeypatch: pytest.MonkeyPatch) -> None:
    class Astray:
        """A reference that nobody meets."""

        def fault(self, _: object) -> str:
            return "dw is off"

    monkeypatch.setattr(measuring, "reference", lambda *_: Astray())
    with pytest.raises(UnusableInput, match="dask_blocks with 1 workers: dw is off"):
        measure("tiny", [1], 6)


@pytest.mark.parametrize("workers", ["2,4", "0,1", "1,x", ""])
def test_without_one_worker_there_is_nothing_to_compare_with(tmp_path: Path, workers: str) -> None:
    with pytest.raises(typer.BadParameter, match="is no list of whole numbers from 1 on"):
        main(tmp_path / "scaling.json", workers=workers)
    assert not (tmp_path / "scaling.json").exists()


def test_sizes_hold_the_problem_or_each_ones_share():
    assert (size("tiny", 4), size("strong", 4), size("weak", 4)) == ((64, 10), (1_000_000, 100), (1_000_000, 100))
