"""The two sides of a project of somebody else: entry points, packages, submodules and builds."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from unittest.mock import Mock

import pytest

from gradrace.bench.gate.check import _changed as changed_between
from gradrace.bench.gate.code.changes import Difference, built, differences, unseen
from gradrace.bench.gate.code.environments import require_loadable
from gradrace.bench.gate.code.project import install
from gradrace.bench.gate.code.repository import checkout_of
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.code.sides import two_sides as sides_of
from gradrace.bench.gate.verdicts import not_found
from gradrace.bench.results import Cell, UnusableInput
from gradrace.impls.discovery import HERE, Unavailable, load
from tests.bench.gate.code.checkouts import FLAT, LONG, OVER, PROJECT, followed, git, project, resolve, two_sides


def test_a_project_may_link_its_own_files(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "src" / "theirs").mkdir(parents=True)
    (tmp_path / "src" / "theirs" / "mine.py").write_text("from theirs.parts import x\n")
    (tmp_path / "parts").mkdir()
    (tmp_path / "src" / "theirs" / "parts").symlink_to(Path("..", "..", "parts"))
    (tmp_path / "parts" / "x.py").write_text("X = 1\n")
    project(tmp_path)
    (tmp_path / "parts" / "x.py").write_text("X = 2\n")
    with two_sides("HEAD", tmp_path) as sides:
        (found,) = differences(sides.old, sides.new)
        assert found.files == ("theirs/parts/x.py",)
    (tmp_path / "parts" / "up").symlink_to("..")
    (tmp_path / "parts" / "parts").symlink_to(".")
    with two_sides("HEAD", tmp_path) as sides:
        assert {one.name for one in (sides.new.folder / "theirs" / "parts").iterdir()} == {"x.py"}


def test_links_of_a_project_that_lead_nowhere_or_around_are_left_out(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(FLAT)
    (tmp_path / ".gitignore").write_text("pictures/\n")
    (tmp_path / "data").symlink_to("pictures")
    for name, other in (("a", "b"), ("b", "a")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "x.py").touch()
        (tmp_path / name / "lost").symlink_to("nowhere")
        (tmp_path / name / "other").symlink_to(Path("..", other))
    project(tmp_path, mine="X = 1\n")
    with two_sides("HEAD", tmp_path) as sides:
        found = {file.relative_to(sides.new.folder).as_posix() for file in (sides.new.folder / "a").rglob("*")}
        assert found == {"a/x.py", "a/other", "a/other/x.py"}
        assert not (sides.new.folder / "data").exists()


def test_a_project_of_somebody_elses_is_compared_by_its_entry_points(tmp_path: Path) -> None:
    package = tmp_path / "src" / "theirs"
    package.mkdir(parents=True)
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (package / "__init__.py").write_text("")
    (package / "mine.py").write_text("from theirs import helper\nfrom gradrace import Implementation\n")
    (package / "helper.py").write_text("X = 1\n")
    git(tmp_path, "init", "-q")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "first")
    (package / "helper.py").write_text("X = 2\n")
    with two_sides("HEAD", tmp_path) as sides:
        (found,) = differences(sides.old, sides.new)
        assert (found.impl, found.files) == ("mine", ("theirs/helper.py",))
        assert (sides.old.folder / "theirs" / "helper.py").read_text() == "X = 1\n"
    (package / "helper.py").write_text("X = 1\n")
    (package / "__init__.py").write_text("import os\nos.environ['THREADS'] = '1'\n")
    with two_sides("HEAD", tmp_path) as sides:
        assert [one.files for one in differences(sides.old, sides.new)] == [("theirs/__init__.py",)]


def test_a_module_beside_that_of_an_entry_point_is_compared_too(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(FLAT)
    project(tmp_path, mine="import helper\n", helper="X = 1\n")
    (tmp_path / "helper.py").write_text("X = 2\n")
    with two_sides("HEAD", tmp_path) as sides:
        (found,) = differences(sides.old, sides.new)
        assert found.files == ("helper.py",)
        assert (sides.old.folder / "helper.py").read_text() == "X = 1\n"


def test_what_a_project_reads_by_its_name_counts_and_the_rest_is_told(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(FLAT)
    project(tmp_path, mine="X = open('weights.txt')\n", server="X = 1\n", tests="X = 1\n")
    for name in ("weights.txt", "server.py", *(f"more{number}.py" for number in range(9))):
        (tmp_path / name).write_text("X = 2\n")
    here = checkout_of(tmp_path)
    with two_sides("HEAD", tmp_path) as sides:
        (found,) = differences(sides.old, sides.new)
        told = [*unseen(sides, [found], here.commit("HEAD"), here)]
    assert found.files == ("weights.txt",)
    assert told[0] == "more0.py differs, which isn't compared: no implementation imports or names it"
    assert told[-1] == "5 more files differ, which no implementation imports or names"


def test_an_entry_point_without_its_module_fails_and_is_new_once_it_is_mended(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(FLAT)
    project(tmp_path, mine="X = 1\n")
    (tmp_path / "mine.py").unlink()
    with two_sides("HEAD", tmp_path) as sides:
        (found,) = differences(sides.old, sides.new)
        assert (found.differs, found.files) == (True, ("mine.py",))
        with pytest.raises(Unavailable, match=r"mine\.py") as raised:
            load(sides.new.sources()["mine"])
        assert not raised.value.missing
    git(tmp_path, "commit", "-qam", "deleted")
    (tmp_path / "mine.py").write_text("X = 1\n")
    with two_sides("HEAD", tmp_path) as sides:
        (found,) = differences(sides.old, sides.new)
        assert (found.impl, found.only) == ("mine", sides.new.name)


def test_packages_may_be_in_any_folder_and_a_module_that_is_in_none_is_no_fault_of_new(tmp_path: Path) -> None:
    """An unchanged project failed."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    (tmp_path / "packages" / "theirs").mkdir(parents=True)
    (tmp_path / "packages" / "theirs" / "mine.py").write_text("X = 1\n")
    project(tmp_path)
    with two_sides("HEAD", tmp_path) as sides:
        (found,) = differences(sides.old, sides.new)
        assert (found.only, found.differs) == (None, False)
    (tmp_path / "packages" / "theirs").rename(tmp_path / "code")
    git(tmp_path, "add", "-A")
    git(tmp_path, "commit", "-qm", "second")
    with (
        pytest.raises(UnusableInput, match=r"no folder of HEAD or of this checkout has theirs/mine\.py, which entry p"),
        two_sides("HEAD", tmp_path),
    ):
        pass


def test_a_sparse_checkout_of_a_project_without_a_helper_is_told_how_to_add_it(tmp_path: Path) -> None:
    """The implementation would be said to fail without it. What it doesn't read may be left out."""
    (tmp_path / "pyproject.toml").write_text(PROJECT)
    for name in ("theirs/parts/helper.py", "theirs/__init__.py", "pictures/one.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("X = 1\n")
    (tmp_path / "theirs" / "mine.py").write_text("from theirs.parts import helper\n")
    project(tmp_path)
    git(tmp_path, "sparse-checkout", "set", "--no-cone", "/*", "!/theirs/parts/", "!/pictures/")
    here = checkout_of(tmp_path)
    commit = here.commit("HEAD")
    with pytest.raises(UnusableInput, match=r"helper\.py is left out") as refused, sides_of(commit, here) as sides:
        changed_between(sides, commit, here, None)
    followed(refused.value)
    with sides_of(commit, here) as sides:
        assert not any(one.differs for one in changed_between(sides, commit, here, None))
    assert not (tmp_path / "pictures").exists()
    (tmp_path / "native").mkdir()
    (tmp_path / "native" / "kernel.c").write_text("int x;\n")
    git(tmp_path, "add", "--sparse", "-A")
    git(tmp_path, "commit", "-qm", "second")
    git(tmp_path, "sparse-checkout", "set", "--no-cone", "/*", "!/native/")
    with pytest.raises(UnusableInput, match=r"native/kernel\.c is left out"), two_sides("HEAD", tmp_path):
        pass


def test_an_entry_point_with_another_name_is_compared_with_what_it_was(tmp_path: Path) -> None:
    """Whatever its file is like now. One that names no file any more was not removed, if its code is still there."""
    (tmp_path / "pyproject.toml").write_text(FLAT)
    project(tmp_path, mine=LONG)
    (tmp_path / "pyproject.toml").write_text(FLAT.replace("mine = ", "fast = "))
    (tmp_path / "mine.py").write_text("X = 2\n")
    with two_sides("HEAD", tmp_path) as sides:
        (found,) = differences(sides.old, sides.new)
        assert (found.impl, found.was, found.files) == ("fast", "mine", ("mine.py",))
    (tmp_path / "pyproject.toml").write_text(FLAT.replace('mine = "mine"', 'other = "other"'))
    (tmp_path / "other.py").write_text("X = 3\n")
    (tmp_path / "mine.py").unlink()
    (tmp_path / "_mine.py").write_text(LONG)
    with two_sides("HEAD", tmp_path) as sides:
        lost, gained = differences(sides.old, sides.new)
    assert (gained.impl, gained.only, lost.moved) == ("other", sides.new.name, "_mine.py")
    (finding,) = not_found(lost, [Cell(10, 10)], named=True)
    assert finding.reason == "its code is in _mine.py, which no entry point names; name it in pyproject.toml"
    (tmp_path / "_mine.py").rename(tmp_path / "mine.py")
    with two_sides("HEAD", tmp_path) as sides:
        assert differences(sides.old, sides.new)[0].moved == "mine.py"


@pytest.mark.parametrize("value", ["mine", "mine:IMPLEMENTATION", " mine : x [fast]", "mine[fast]"])
def test_an_entry_point_may_name_an_object_and_extras(tmp_path: Path, value: str) -> None:
    (tmp_path / "pyproject.toml").write_text(FLAT.replace('"mine"', f'"{value}"'))
    project(tmp_path, mine="X = 1\n")
    with two_sides("HEAD", tmp_path) as sides:
        assert sides.old.sources()["mine"].path == sides.old.folder / "mine.py"


def test_a_pyproject_that_only_old_cannot_read_is_named(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text("[project\n")
    project(tmp_path, mine="X = 1\n")
    (tmp_path / "pyproject.toml").write_text(FLAT)
    with pytest.raises(UnusableInput, match=r"^HEAD: pyproject\.toml can't be read"), two_sides("HEAD", tmp_path):
        pass


def test_modules_that_git_ignores_are_the_checkouts_on_both_sides(tmp_path: Path) -> None:
    """As `_version.py`, which a program generates. An implementation that git ignores is new."""
    (tmp_path / "pyproject.toml").write_text(FLAT + 'more = "more"\n')
    (tmp_path / ".gitignore").write_text("_version.py\nmore.py\nunused.py\n")
    project(tmp_path, mine="import _version\n", more="", unused="", _version="VERSION = 1\n")
    here = checkout_of(tmp_path)
    with two_sides("HEAD", tmp_path) as sides:
        assert (sides.old.folder / "_version.py").read_text() == "VERSION = 1\n"
        found = differences(sides.old, sides.new)
        told = [*unseen(sides, found, here.commit("HEAD"), here)]
    assert [(one.impl, one.only) for one in found] == [("mine", None), ("more", sides.new.name)]
    assert told == ["_version.py isn't compared, as git ignores it: both sides use this checkout's"]


def test_ignored_files_of_gradraces_implementations_are_the_checkouts_on_both_sides(checkout: Path) -> None:
    (checkout / ".gitignore").write_text("deeper.py\nfour.py\n*.npy\n__pycache__/\n")
    git(checkout, "rm", "-q", "--cached", "impls/_room/deeper.py")
    (checkout / "impls" / "_room" / "more.py").write_text("")
    git(checkout, "add", "-A")
    (checkout / "impls" / "three.py").write_text("X = open('t.npy')\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "ignored")
    for name in ("four.py", "t.npy", "__pycache__/three.pyc"):
        (checkout / "impls" / name).parent.mkdir(exist_ok=True)
        (checkout / "impls" / name).write_text("")
    here = checkout_of(checkout)
    with two_sides("HEAD", checkout) as sides:
        found = differences(sides.old, sides.new)
        (new,) = (one for one in found if one.only or one.differs)
        assert (new.impl, new.only, sides.ignored) == ("four", sides.new.name, ("_room/deeper.py", "t.npy"))
        assert "t.npy isn't compared, as git ignores it: both sides use this checkout's" in [
            *unseen(sides, found, here.commit("HEAD"), here)
        ]


def test_files_of_a_submodule_are_compared(tmp_path: Path) -> None:
    root, part = tmp_path / "root", tmp_path / "part"
    for folder in (root, part):
        folder.mkdir()
    project(part, helper="X = 1\n")
    (root / "pyproject.toml").write_text(FLAT)
    git(root, "init", "-q")
    git(root, "-c", "protocol.file.allow=always", "submodule", "--quiet", "add", str(part), "kit")
    project(root, mine="from kit import helper\n")
    git(root, "config", "-f", ".gitmodules", "submodule.kit.ignore", "all")
    (root / "kit" / "helper.py").write_text("X = 2\n")
    (root / "kit" / ".gitignore").write_text("_version.py\n")
    git(root / "kit", "add", "-A")
    git(root / "kit", "commit", "-qm", "second")
    (root / "kit" / "_version.py").write_text("VERSION = 1\n")
    with two_sides("HEAD", root) as sides:
        (found,) = differences(sides.old, sides.new)
        assert (sides.old.folder / "kit" / "_version.py").read_text() == "VERSION = 1\n"
    assert found.files == ("kit/helper.py",)
    assert "kit" in checkout_of(root).changed_files(resolve("HEAD", root))  # a project that is built compares them
    (part / "helper.py").write_text("X = 3\n")
    git(part, "commit", "-qam", "third")
    third = git(part, "rev-parse", "HEAD").strip()
    git(root, "update-index", "--cacheinfo", f"160000,{third},kit")
    git(root, "commit", "-qm", "third")
    with (
        pytest.raises(UnusableInput, match=f"has the submodule .*kit at {third[:8]}, which") as refused,
        two_sides("HEAD", root),
    ):
        pass
    followed(refused.value)
    with two_sides("HEAD", root) as sides:
        assert (sides.old.folder / "kit" / "helper.py").read_text() == "X = 3\n"


def test_a_first_entry_point_is_new_and_compared_with_nobody(tmp_path: Path) -> None:
    project(tmp_path, other="X = 1\n")
    (tmp_path / "pyproject.toml").write_text(FLAT)
    shutil.copy(HERE / "numpy_vectorized.py", tmp_path / "mine.py")
    with two_sides("HEAD", tmp_path) as sides:
        (found,) = differences(sides.old, sides.new)
        assert (found.impl, found.only, found.was) == ("mine", sides.new.name, None)


COUNTS = dict.fromkeys(("build_kernel.py", "pyproject.toml", "kernel.C", "src/table.txt"), True)


COUNTS |= dict.fromkeys(("CMakeLists.txt", "src/CMakeLists.txt", "meson_options.txt", ".cargo/config.toml"), True)


COUNTS |= dict.fromkeys(("README.md", "LICENSE.txt", "tests/a.py", "docs/a.txt", ".github/a.yml", "src/a.md"), False)


@pytest.mark.parametrize(("changed", "counts"), COUNTS.items())
def test_whatever_may_change_what_is_built_counts(tmp_path: Path, changed: str, counts: bool) -> None:
    (tmp_path / "pyproject.toml").write_text(FLAT)
    (tmp_path / "kernel.C").write_text("int x;\n")
    project(tmp_path, mine="X = 1\n", build_kernel="FLAGS = ['-O3']\n")
    (tmp_path / changed).parent.mkdir(exist_ok=True)
    (tmp_path / changed).write_text(FLAT + "# more\n")
    checkout = checkout_of(tmp_path)
    (found,) = built([Difference("mine")], checkout.commit("HEAD"), checkout)
    assert found.files == ((changed,) if counts else ())
    (found,) = built([Difference("mine", ("_kernel.abi3.so",))], checkout.commit("HEAD"), checkout)
    assert "_kernel.abi3.so" not in found.files  # it has the names of temporary folders


def test_a_build_that_hangs_ends_with_the_budget(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(FLAT)
    (tmp_path / "setup.py").write_text("import time; time.sleep(1000)\n")
    with pytest.raises(UnusableInput, match=r"^HEAD can't be installed: pip was still building it at the end"):
        install(tmp_path, tmp_path / "into", "HEAD", until=OVER)
    with pytest.raises(UnusableInput, match=r"python.* was still starting at the end of the budget; give a larger"):
        require_loadable(Side("new", tmp_path), "mend it", OVER)


def test_a_build_that_fails_says_what_the_compiler_says(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its files and its version come neither from the folder of temporary files nor from git."""
    said = b"  running build\n  k.c:4:12: error: expected ')'\n  error: command 'cc' failed\nERROR: Could not build\n"
    build = Mock(return_value=subprocess.CompletedProcess([], 1, b"", said))
    monkeypatch.setattr("gradrace.bench.gate.code.project.completed", build)
    (tree := tmp_path / "tree").mkdir()
    (tree / "pyproject.toml").write_text(FLAT)
    (tree / "k.c").write_text("int broken(\n")
    with pytest.raises(UnusableInput, match=r"^HEAD can't be installed: k\.c:4:12: error: expected '\)'; `pip"):
        install(tree, tmp_path / "into", "HEAD")
    variables = build.call_args.args[2]
    assert Path(variables["TMPDIR"]).parent == tmp_path
    assert variables["SETUPTOOLS_SCM_PRETEND_VERSION"] == "0"


def test_files_of_a_project_are_named_as_in_its_folder(tmp_path: Path) -> None:
    (tmp_path / "pyproject.toml").write_text(FLAT)
    project(tmp_path, mine="X = 1\n")
    (tmp_path / "src" / "kit").mkdir(parents=True)
    for name in ("mine", "words"):
        (tmp_path / "src" / "kit" / f"{name}.py").write_text("X = 2\n")
    checkout = checkout_of(tmp_path)
    (found,) = built([Difference("mine", ("kit/mine.py",), words=("kit/words.py",))], checkout.commit("HEAD"), checkout)
    assert (found.files, found.words) == (("src/kit/mine.py",), ("src/kit/words.py",))
