"""Compression of X: it is restored exactly, and noise isn't compressed."""

from __future__ import annotations

import numpy as np
import pytest

pytest.importorskip("numcodecs")

from gradrace.bench.results import UnusableInput
from studies.cluster import packing
from studies.cluster.packing import CODECS, main, pack


def test_noise_stays_and_what_repeats_gets_small(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "BLOCK_BYTES", 1 << 14)
    noise = np.random.default_rng(0).integers(0, 256, (100, 1000), dtype=np.uint8)
    assert [one.codec for one in pack(noise)] == [*CODECS]
    assert all(0.95 < one.ratio <= 1.01 and one.unpacked > 0 for one in pack(noise))
    assert all(one.ratio > 20 for one in pack(np.full((100, 1000), 7, np.uint8)))


def test_what_has_no_block_is_refused() -> None:
    with pytest.raises(UnusableInput, match=r"X has 24 bytes, fewer than a block of 1048576"):
        pack(np.ones((3, 1)))


def test_a_line_for_each_codec(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(packing, "BLOCK_BYTES", 1 << 14)
    main("breast_cancer")
    assert len(capsys.readouterr().out.splitlines()) == len(CODECS)
