"""The two sides of a check: what is copied, and that nothing is touched or left behind."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from unittest.mock import Mock

import pytest

from gradrace.bench.gate.check import _changed as changed_between
from gradrace.bench.gate.code.changes import differences
from gradrace.bench.gate.code.reach import imported
from gradrace.bench.gate.code.repository import checkout_of
from gradrace.bench.gate.code.sides import HARNESS, files, require_intact
from gradrace.bench.results import UnusableInput
from gradrace.impls.discovery import HERE
from tests.bench.gate.code.checkouts import FLAT, git, project, resolve, state, two_sides


def test_uncommitted_work_counts_and_its_reason_is_told(checkout):
    (checkout / "impls" / "_room" / "deeper.py").write_text("NUMBER = 2\n")
    (checkout / "impls" / "four.py").write_text("import math\n")
    (checkout / "impls" / "three.py").unlink()
    with two_sides("HEAD", checkout) as sides:
        found = {difference.impl: difference for difference in differences(sides.old, sides.new)}
    assert found["one"].files == found["two"].files == ("_room/deeper.py",)
    assert found["one"].differs
    assert (found["four"].only, found["three"].only) == ("this checkout", "HEAD")
    assert not found["four"].differs


def test_without_a_change_nothing_differs(checkout):
    with two_sides("HEAD", checkout) as sides:
        assert not any(difference.differs for difference in differences(sides.old, sides.new))


def test_the_harness_is_all_that_discovery_imports() -> None:
    needed = {"__init__.py", "_shared/__init__.py", "discovery.py", "interface.py"}
    ahead = ["__init__.py", "discovery.py", "interface.py"]
    while ahead:
        for parts in imported(HERE / ahead.pop(), HERE):
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
    with two_sides("HEAD", checkout) as (old, *_):
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
        assert [(side.impls / "interface.py").read_text() for side in sides[:2]] == ["NEW = True\n"] * 2
        assert sides.harness == ("interface.py",)


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


def test_a_checkout_from_before_a_file_of_the_harness_is_compared_unless_it_needs_it(checkout: Path) -> None:
    """As a branch that is behind main, or with a newer gradrace."""
    (checkout / "impls" / "_shared" / "imports.py").unlink()
    with two_sides("HEAD", checkout) as sides:
        assert sides.harness == ("_shared/imports.py",)
        assert not (sides.old.impls / "_shared" / "imports.py").exists()
        with pytest.raises(UnusableInput, match=r"can be loaded .*; mend impls/_shared/imports\.py"):
            changed_between(sides, resolve("HEAD", checkout), checkout_of(checkout), None)
    git(checkout, "commit", "-qam", "before it")
    with two_sides("HEAD", checkout) as sides:
        assert sides.harness == ()


def test_pipes_and_sockets_are_no_part_of_a_side_and_a_file_that_cannot_be_read_is_one_line(
    checkout: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    os.mkfifo(checkout / "impls" / "_pipe")
    with two_sides("HEAD", checkout) as sides:
        assert not (sides.new.impls / "_pipe").exists()
    monkeypatch.setattr(shutil, "copy", Mock(side_effect=PermissionError(13, "Permission denied")))
    with (
        pytest.raises(UnusableInput, match=r"impls/.*: can't be copied \(.*Permission denied.*\); make it readable"),
        two_sides("HEAD", checkout),
    ):
        pass
    (checkout / "pyproject.toml").write_text(FLAT)
    shutil.rmtree(checkout / "impls")
    (checkout / "mine.py").touch()
    with pytest.raises(UnusableInput, match=r"^/.*/checkout/.*: can't be copied"), two_sides("HEAD", checkout):
        pass


def test_links_are_followed_inside_a_side_only(checkout: Path, tmp_path: Path) -> None:
    """OLD's files are rewritten for the old name of the package: through a link, that would be a file of the user."""
    outside = tmp_path / "own.py"
    outside.write_text("from impls import x\n")
    (checkout / "impls" / "linked.py").symlink_to("three.py")
    (checkout / "impls" / "_room" / "up").symlink_to("..")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "links")
    (checkout / "impls" / "three.py").write_text("X = 2\n")
    with two_sides("HEAD", checkout) as sides:
        assert [one.impl for one in differences(sides.old, sides.new) if one.differs] == ["linked", "three"]
        assert len(files(sides.old)) == len(files(sides.new))
    (checkout / "impls" / "linked.py").unlink()
    (checkout / "impls" / "linked.py").symlink_to(outside)
    git(checkout, "commit", "-qam", "a link to a file of the user")
    for commit in ("HEAD", "HEAD~1"):
        with (
            pytest.raises(UnusableInput, match=r"linked\.py is a link to .*own\.py, outside"),
            two_sides(commit, checkout),
        ):
            pass
    assert outside.read_text() == "from impls import x\n"


def test_a_file_is_not_copied_through_a_link_in_the_place_of_its_folder(tmp_path: Path) -> None:
    """It would be written into the folder of the user that the link of OLD leads to."""
    (outside := tmp_path / "outside").mkdir()
    (root := tmp_path / "root").mkdir()
    (root / "pyproject.toml").write_text(FLAT)
    (root / "kit").symlink_to(outside)
    project(root, mine="X = 1\n")
    (root / "kit").unlink()
    (root / "kit").mkdir()
    (root / "kit" / "x.py").touch()
    (root / ".gitignore").write_text("_version.py\n")
    git(root, "add", "-A")
    git(root, "commit", "-qm", "second")
    (root / "kit" / "_version.py").touch()
    with pytest.raises(UnusableInput, match=r"^HEAD~1: kit is a link"), two_sides("HEAD~1", root):
        pass
    assert not [*outside.iterdir()]
    shutil.rmtree(root / "kit")
    (root / "later").mkdir()
    (root / "later" / "x.py").write_text("X = 2\n")
    (root / "kit").symlink_to("later")
    with two_sides("HEAD", root) as sides:
        assert (sides.new.folder / "kit" / "x.py").read_text() == "X = 2\n"


def test_a_side_that_loses_a_file_is_one_line(checkout: Path) -> None:
    with two_sides("HEAD", checkout) as sides:
        before = files(sides.old) | files(sides.new)
        require_intact(before)
        (sides.new.impls / "one.py").unlink()
        with pytest.raises(UnusableInput, match="was removed or changed during the check"):
            require_intact(before)


def test_a_folder_for_temporary_files_that_would_end_a_path_is_refused(
    checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Workers would import the installed gradrace, and a wrong gradient of the checkout would pass."""
    (tmp_path / "a:b").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "a:b"))
    with pytest.raises(UnusableInput, match=r"^TMPDIR: .*a:b contains ':'; set TMPDIR"), two_sides("HEAD", checkout):
        pass


def test_copies_are_as_new_as_the_check(checkout: Path) -> None:
    """Programs that clear temporary folders remove what was changed long ago."""
    for file in (checkout / "impls").rglob("*.py"):
        os.utime(file, (0, 0))
    with two_sides("HEAD", checkout) as sides:
        assert all(file.stat().st_mtime > 1e9 for side in sides[:2] for file in side.impls.rglob("*.py"))
