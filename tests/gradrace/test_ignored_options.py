"""An option that would be ignored is refused in one line, and nothing is begun."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.gradrace.front_door import gradrace, refused

OF_DATA = "is for --data; name that too, or leave it out"
IGNORED = {
    **{
        ("run", *words): f"{words[0]} {OF_DATA}"
        for words in (
            ("--label", "ill"),
            ("--drop", "age"),
            ("--keep", "age"),
            ("--no-header",),
            ("--positive", "1"),
            ("--examples", "rows"),
            ("--size", "8x8"),
            ("--scale", "none"),
        )
    },
    ("run", "--against", "numba_fused", "--scale", "255"): f"--scale {OF_DATA}",
    ("run", "--like", "results.json", "--label", "ill"): f"--label {OF_DATA}",
    ("run", "--like", "results.json", "--dtype", "float32"): "--like repeats the other run's --dtype; leave that out",
    ("run", "--like", "results.json", "--seed", "3"): "--like repeats the other run's --seed; leave that out",
    ("run", "--like", "results.json", "--device", "cpu,cuda"): "--like repeats the other run's --device",
    ("train", "--data", "breast_cancer", "--test-label", "ill"): "--test-label is for --test-data; name that too",
    ("report", "results.json", "--ops", "min"): "--ops is for --export; name that too, or leave it out",
    ("train", "--data", "breast_cancer", "--seed", "3"): "--seed is for --test-share",
    ("train", "--data", "breast_cancer", "--threads", "1"): "--threads is for several implementations; name them",
    ("train", "--data", "breast_cancer", "--target", "0.3"): "--target is for several implementations; name them",
    (
        *("train", "--data", "breast_cancer", "--impl", "numba_fused,numpy_vectorized"),
        *("--memory", "4GB"),
    ): "--memory is for one implementation, as a race keeps X in memory; name one",
}


@pytest.mark.parametrize("words", IGNORED, ids=" ".join)
def test_it_is_refused(tmp_path: Path, words: tuple[str, ...]) -> None:
    refused(gradrace(*words, cwd=tmp_path), IGNORED[words])
    assert not [*tmp_path.iterdir()]


def test_a_pipe_and_a_folder_are_no_implementations(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / "folder.py").mkdir()
    for name in ("pipe.py", "folder.py"):
        refused(gradrace("verify", "--impl", name, cwd=tmp_path), f"{name} is a folder or a pipe; name a file")
