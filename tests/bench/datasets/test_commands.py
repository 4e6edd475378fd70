"""Tests of the paths in advised commands: no path is an option, and no file is overwritten."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from gradrace.bench.datasets.dialects.dialect import head_of
from gradrace.bench.datasets.doubts import remedies
from gradrace.bench.datasets.layouts.commands import free, python, word
from gradrace.bench.datasets.layouts.kinds import check_is_read

NAMES = ("-i.csv", "lr=0.1.csv", "a b.csv", "$(touch there).csv", "it's.csv")


@pytest.mark.parametrize("name", NAMES)
def test_a_shell_passes_the_path_on(tmp_path: Path, name: str) -> None:
    (tmp_path / name).write_text("a\n")
    told = subprocess.run(["sh", "-c", f"cat {word(name)}"], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert told.stdout == "a\n"
    assert [one.name for one in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("name", NAMES)
def test_lines_that_repeat_the_first_are_left_out(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.chdir(tmp_path)
    Path(name).write_text("a\n1\na\n2\n")
    command = remedies.once(Path(name)).partition(" after ")[2]
    subprocess.run(["sh", "-c", command], stdin=subprocess.DEVNULL, timeout=30, check=True)
    assert Path(f"{name.removesuffix('.csv')}-2.csv").read_text() == "a\n1\n2\n"


@pytest.mark.parametrize("text", ["a 'b'", "a \"b\" 'c'", "$HOME", "`id`", "a\\\\b", "!1", "a\nb", "é ≈"])
def test_a_shell_passes_the_program_on(text: str) -> None:
    command = python(f"print({text!r})").replace("python", sys.executable, 1)
    told = subprocess.run(["sh", "-c", command], capture_output=True, text=True, encoding="utf-8", check=True)
    assert told.stdout == f"{text}\n"


def test_a_program_with_single_quotes_is_readable() -> None:
    assert python("print('a')") == """python -c "print('a')\""""


def test_no_file_is_overwritten(tmp_path: Path) -> None:
    assert free(tmp_path / "X.npz") == str(tmp_path / "X.npz")
    (tmp_path / "X.npz").write_text("")
    (tmp_path / "X-2.npz").symlink_to("nowhere")
    assert free(tmp_path / "X.npz") == str(tmp_path / "X-3.npz")


def test_labels_alone_are_of_the_tables_own_separator(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("y.csv").write_text("7;cat\n2;dog\n9;NA\n")
    command = remedies.alone(Path("y.csv"), head_of(Path("y.csv")), header=False).partition(" after ")[2]
    subprocess.run(["sh", "-c", command.replace("python", sys.executable, 1)], check=True)
    assert Path("y-alone.csv").read_text() == "cat\ndog\nNA\n"


@pytest.mark.parametrize(
    "text", ["class\n1\n0\n", "category\ncat\ndog\n", "ORCID,a\n1,2\n", "ID3,a\n1,2\n", "Rar!,a\n1,2\n"]
)
def test_text_is_no_file_of_another_program(tmp_path: Path, text: str) -> None:
    (tmp_path / "y.csv").write_text(text)
    check_is_read(tmp_path / "y.csv")
