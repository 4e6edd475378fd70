"""Reading of nvidia-smi, which a script imitates, as no GPU is needed."""

from __future__ import annotations

from pathlib import Path

import pytest

from gradrace import selection
from gradrace.bench.machine import environment
from gradrace.bench.machine import gpu as module
from gradrace.bench.machine.gpu import Gpu, NoGpu, gpu, read
from gradrace.bench.results import UnusableInput

H200 = "NVIDIA H200, 580.159.04, 143771, 3201, 1980"


@pytest.fixture(autouse=True)
def asked_anew():
    module._asked.cache_clear()
    yield
    module._asked.cache_clear()


def play(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str | None) -> None:
    """Have nvidia-smi be this script, or nothing."""
    if script is not None:
        file = folder / "nvidia-smi"
        file.write_text(f"#!/bin/sh\n{script}\n")
        file.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/bin:/usr/bin" if script is not None else str(folder))


def test_a_gpu_is_known_by_what_the_driver_says(monkeypatch, tmp_path):
    play(monkeypatch, tmp_path, f"echo '{H200}'")
    assert gpu() == Gpu("NVIDIA H200", "580.159.04", 143771 << 20, 3201, 1980)
    assert environment.facts()["gpu"]["name"] == "NVIDIA H200"
    assert selection.devices("cuda,cpu,cuda") == ("cuda", "cpu")


@pytest.mark.parametrize(
    ("script", "told"),
    [
        (None, "nvidia-smi isn't there"),
        ("echo 'No devices were found'; exit 6", "No devices were found"),
        ("echo 'Failed to initialize NVML' >&2; exit 18", "Failed to initialize NVML"),
        ("exit 0", "finds none"),
        ("echo 'what, [N/A]'", "isn't understood"),
    ],
)
def test_why_there_is_none_is_told_in_one_line(monkeypatch, tmp_path, script, told):
    play(monkeypatch, tmp_path, script)
    with pytest.raises(UnusableInput, match=told) as refusal:
        selection.devices("cpu,cuda")
    assert "\n" not in str(refusal.value)
    assert selection.devices("cpu") == ("cpu",)
    assert environment.facts()["gpu"] is None


def test_what_a_gpu_does_not_tell_is_not_known_and_keeps_nobody_away(monkeypatch, tmp_path):
    play(monkeypatch, tmp_path, "echo 'NVIDIA GB10, 580.1, [N/A], [N/A], [N/A]'")
    assert gpu() == Gpu("NVIDIA GB10", "580.1", None, None, None)


def test_the_driver_is_asked_once_whatever_it_answers(monkeypatch, tmp_path):
    play(monkeypatch, tmp_path, f"echo asked >> {tmp_path}/log; exit 9")
    for _ in range(3):
        with pytest.raises(NoGpu):
            gpu()
    assert (tmp_path / "log").read_text() == "asked\n"


@pytest.mark.parametrize("line", ["", "a,b", "NVIDIA H200, 580, 1, 1, 1, 1"])
def test_an_answer_that_is_not_understood_is_no_gpu(line):
    assert isinstance(read(line), NoGpu)
