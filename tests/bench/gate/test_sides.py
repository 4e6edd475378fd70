"""The two sides of a check: what is taken from git, what differs, and that nothing is touched or left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from gradrace.bench.gate.sides import HARNESS, Side, _imported, differences, files_of, resolve, two_sides
from gradrace.bench.results import UnusableInput
from gradrace.impls.discovery import HERE


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """A repository with three implementations, two of which share a helper; one commit."""
    folder = tmp_path / "checkout"
    impls = folder / "impls"
    impls.mkdir(parents=True)
    for name in HARNESS:
        (impls / name).parent.mkdir(exist_ok=True)
        (impls / name).write_bytes((HERE / name).read_bytes())
    (impls / "_helper.py").write_text("from gradrace.impls._room import deeper\n")
    (impls / "_room").mkdir()
    (impls / "_room" / "deeper.py").write_text("NUMBER = 1\n")
    (impls / "one.py").write_text("from gradrace.impls._helper import x\n")
    (impls / "two.py").write_text("import gradrace.impls._helper\n")
    (impls / "three.py").write_text("import numpy\n")
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


def state(checkout: Path) -> tuple[str, ...]:
    """All that git and the file system know of a checkout, but for what Python keeps of what it imported."""
    commands = (("status", "--porcelain"), ("stash", "list"), ("worktree", "list"), ("diff",), ("diff", "--cached"))
    files = sorted(
        f"{path}:{path.stat().st_mtime_ns}"
        for path in checkout.rglob("*")
        if path.is_file() and not {".git", "__pycache__"} & {*path.parts}
    )
    return (*(git(checkout, *command) for command in commands), *files)


def test_a_file_is_followed_through_all_it_imports(checkout):
    assert files_of(checkout / "impls" / "one.py", checkout / "impls") == {"one.py", "_helper.py", "_room/deeper.py"}
    assert files_of(checkout / "impls" / "two.py", checkout / "impls") == {"two.py", "_helper.py", "_room/deeper.py"}
    assert files_of(checkout / "impls" / "three.py", checkout / "impls") == {"three.py"}


def test_a_package_is_followed_too(checkout):
    impls = checkout / "impls"
    (impls / "_room" / "__init__.py").write_text("from gradrace.impls import _whole\n")
    (impls / "_whole").mkdir()
    (impls / "_whole" / "__init__.py").write_text("NUMBER = 1\n")
    assert files_of(impls / "one.py", impls) >= {"_room/__init__.py", "_whole/__init__.py"}


def test_uncommitted_work_counts_and_its_reason_is_told(checkout):
    (checkout / "impls" / "_room" / "deeper.py").write_text("NUMBER = 2\n")
    (checkout / "impls" / "four.py").write_text("")
    (checkout / "impls" / "three.py").unlink()
    with two_sides("HEAD", checkout) as sides:
        found = {difference.impl: difference for difference in differences(*sides)}
    assert found["one"].files == found["two"].files == ("_room/deeper.py",)
    assert found["one"].differs
    assert (found["four"].only, found["three"].only) == ("this checkout", "HEAD")
    assert not found["four"].differs


def test_without_a_change_nothing_differs(checkout):
    with two_sides("HEAD", checkout) as sides:
        assert not any(difference.differs for difference in differences(*sides))


def test_the_harness_is_all_that_discovery_imports() -> None:
    needed = {"__init__.py", "_shared/__init__.py", "discovery.py", "interface.py"}
    ahead = ["__init__.py", "discovery.py", "interface.py"]
    while ahead:
        for parts in _imported(HERE / ahead.pop(), HERE):
            file = HERE.joinpath(*parts).with_suffix(".py")
            if file.is_file() and (name := file.relative_to(HERE).as_posix()) not in needed:
                needed.add(name)
                ahead.append(name)
    assert {*HARNESS} == needed


def test_a_revision_from_before_the_rooms_can_be_loaded(checkout):
    """Its implementations import `impls`, and its helpers stand loose."""
    git(checkout, "mv", "impls/_room/deeper.py", "impls/_deeper.py")
    (checkout / "impls" / "_helper.py").write_text("from impls._deeper import NUMBER\n")
    (checkout / "impls" / "one.py").write_text("from impls._helper import NUMBER\n")
    (checkout / "impls" / "_shared" / "static.py").unlink()
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "as it was")
    shutil.copy(HERE / "_shared" / "static.py", checkout / "impls" / "_shared" / "static.py")
    with two_sides("HEAD", checkout) as (old, _):
        program = "from gradrace.impls import discovery, one; print(one.NUMBER)"
        told = subprocess.run(
            [sys.executable, "-P", "-c", program],
            env={**os.environ, "PYTHONPATH": str(old.folder)},
            cwd=checkout.parent,
            capture_output=True,
            text=True,
            check=False,
        )
    assert (told.stdout, told.returncode) == ("1\n", 0), told.stderr


def test_both_sides_have_this_checkouts_harness(checkout):
    (checkout / "impls" / "interface.py").write_text("NEW = True\n")
    with two_sides("HEAD", checkout) as sides:
        assert [(side.impls / "interface.py").read_text() for side in sides] == ["NEW = True\n"] * 2


@pytest.mark.parametrize("ends_with", [None, RuntimeError, KeyboardInterrupt])
def test_nothing_is_touched_and_nothing_left_behind(checkout, ends_with, monkeypatch, tmp_path):
    monkeypatch.setenv("TMPDIR", str(tmp_path / "scratch"))
    (tmp_path / "scratch").mkdir()
    monkeypatch.setattr("tempfile.tempdir", None)
    (checkout / "impls" / "one.py").write_text("# uncommitted\n")
    git(checkout, "add", "-A")
    (checkout / "impls" / "two.py").write_text("# not even staged\n")
    before = state(checkout)
    try:
        with two_sides("HEAD", checkout):
            if ends_with is not None:
                raise ends_with
    except (RuntimeError, KeyboardInterrupt):
        pass
    assert state(checkout) == before
    assert list((tmp_path / "scratch").iterdir()) == []


@pytest.mark.parametrize(
    ("revision", "cause"), [("nonsense", "no revision"), ("", "no revision"), ("--help", "no revision")]
)
def test_a_revision_that_is_none_is_one_line(checkout, revision, cause):
    with pytest.raises(UnusableInput, match=cause):
        resolve(revision, checkout)


def test_no_repository_is_one_line(tmp_path):
    with pytest.raises(UnusableInput, match=r"(?i)not a git repository"):
        resolve("HEAD", tmp_path)


def test_a_revision_without_implementations_is_one_line(checkout):
    git(checkout, "rm", "-rq", "--cached", "impls")
    git(checkout, "commit", "-qm", "none")
    with pytest.raises(UnusableInput, match="no folder impls"), two_sides("HEAD", checkout):
        pass


def test_a_shallow_clone_says_how_to_deepen_it(checkout, tmp_path):
    git(checkout, "commit", "-q", "--allow-empty", "-m", "second")
    first = git(checkout, "rev-parse", "HEAD~1").strip()
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{checkout}", "shallow")
    with pytest.raises(UnusableInput, match="unshallow"):
        resolve(first, tmp_path / "shallow")


def test_a_bare_repository_has_no_checkout(checkout, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", str(checkout), "bare")
    with pytest.raises(UnusableInput, match="no folder impls/ here"), two_sides("HEAD", tmp_path / "bare"):
        pass


def test_no_git_is_one_line(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnusableInput, match="needs git"):
        resolve("HEAD", checkout)


def test_a_file_that_is_not_python_has_no_imports(tmp_path):
    (tmp_path / "broken.py").write_text("def (:")
    assert files_of(tmp_path / "broken.py", tmp_path) == {"broken.py"}
    assert Side("x", tmp_path).sources() == {}
