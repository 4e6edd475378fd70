"""The two sides of a check: what is taken from git, what differs, and that nothing is touched or left behind."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from gradrace.bench.gate.check import _changed as changed_between
from gradrace.bench.gate.code import reach, trees
from gradrace.bench.gate.code.changes import Difference, built, differences, unseen
from gradrace.bench.gate.code.environments import require_loadable
from gradrace.bench.gate.code.project import install
from gradrace.bench.gate.code.reach import files_of, imported, is_named
from gradrace.bench.gate.code.repository import Commit, checkout_of
from gradrace.bench.gate.code.sides import HARNESS, Side, Sides, files, require_intact
from gradrace.bench.gate.code.sides import two_sides as sides_of
from gradrace.bench.gate.code.syntax import essence, parsed
from gradrace.bench.gate.verdicts import not_found
from gradrace.bench.results import Cell, UnusableInput
from gradrace.bench.timing import Deadline
from gradrace.impls.discovery import HERE, Unavailable, load


@contextmanager
def two_sides(revision: str, folder: Path) -> Iterator[Sides]:
    checkout = checkout_of(folder)
    with sides_of(checkout.commit(revision), checkout) as sides:
        yield sides


def resolve(revision: str, folder: Path) -> Commit:
    return checkout_of(folder).commit(revision)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", "-C", str(folder), *identity, *arguments]
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout


def followed(refused: UnusableInput, number: int = 0) -> str:
    """Run a command that a message names; return what it prints."""
    command = shlex.split(str(refused).split("`")[1::2][number])
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


def test_a_file_is_parsed_once_for_both_sides_and_all_that_import_it(checkout, monkeypatch):
    """Parsing again for each implementation took 1.2 s of each check."""
    (checkout / "impls" / "_helper.py").write_text("from gradrace.impls._room import deeper  # now\n")
    seen = list[bytes]()
    monkeypatch.setattr(reach, "parsed", lambda contents: seen.append(contents) or parsed(contents))
    reach._imported.cache_clear()
    with two_sides("HEAD", checkout) as sides:
        assert {one.impl for one in differences(sides.old, sides.new) if one.words} == {"one", "two"}
    files_in_one_folder = [contents for contents in seen if b"deeper" in contents or b"_helper" in contents]
    assert len(files_in_one_folder) == len(set(files_in_one_folder)) == 4


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


@pytest.mark.parametrize(
    ("revision", "cause"),
    [
        *((revision, f"no revision '{revision}'") for revision in ("nonsense", "", "--help")),
        ("^HEAD", r"no revision '\^HEAD'"),
        ("HEAD:impls", "'HEAD:impls' is a tree, not a commit"),
    ],
)
def test_a_revision_that_is_none_is_one_line(checkout, revision, cause):
    git(checkout, "checkout", "-qb", "other")
    git(checkout, "commit", "-q", "--allow-empty", "-m", "elsewhere")
    git(checkout, "checkout", "-q", "-")
    with pytest.raises(UnusableInput, match=cause) as refused:
        resolve(revision, checkout)
    assert "(other) elsewhere" in followed(refused.value)


def test_a_revision_may_be_the_words_of_its_message_and_a_first_commit_may_be_missing(checkout):
    assert resolve(":/first", checkout) == replace(resolve("HEAD", checkout), name=":/first")
    shutil.rmtree(checkout / ".git")
    git(checkout, "init", "-q")
    with pytest.raises(UnusableInput, match=r"no revision 'HEAD' .*; it has no commit yet; commit the state"):
        resolve("HEAD", checkout)


def test_no_repository_is_one_line(tmp_path):
    with pytest.raises(UnusableInput, match="is in no git repository; change into"):
        resolve("HEAD", tmp_path)


def test_a_revision_without_implementations_is_one_line(checkout):
    git(checkout, "rm", "-rq", "--cached", "impls")
    git(checkout, "commit", "-qm", "none")
    with pytest.raises(UnusableInput, match="has no folder impls") as refused, two_sides("HEAD", checkout):
        pass
    listed = followed(refused.value)
    with two_sides(listed.splitlines()[-1].split()[0], checkout):
        pass
    (checkout / "impls").rename(checkout / "code")
    (checkout / "impls").symlink_to("code")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "a link")
    with pytest.raises(UnusableInput, match="has no folder impls"), two_sides("HEAD", checkout):
        pass


def test_a_shallow_clone_says_how_to_deepen_it(checkout, tmp_path):
    git(checkout, "commit", "-q", "--allow-empty", "-m", "second")
    first = git(checkout, "rev-parse", "HEAD~1").strip()
    git(checkout, "branch", "other", "HEAD~1")
    git(tmp_path, "clone", "-q", "--depth", "1", f"file://{checkout}", "shallow")
    for revision in (first, "origin/other"):
        with pytest.raises(UnusableInput, match="this clone is shallow") as refused:
            resolve(revision, tmp_path / "shallow")
    followed(refused.value)
    assert {resolve(revision, tmp_path / "shallow").hash for revision in (first, "origin/other")} == {first}


def test_a_bare_repository_has_no_checkout(checkout, tmp_path):
    git(tmp_path, "clone", "-q", "--bare", str(checkout), "bare")
    with pytest.raises(UnusableInput, match="a repository without a checkout"), two_sides("HEAD", tmp_path / "bare"):
        pass


def test_no_git_is_one_line(checkout, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(UnusableInput, match="needs git"):
        resolve("HEAD", checkout)


def test_git_says_its_error_and_not_a_warning_before_it(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", str(checkout))
    with pytest.raises(UnusableInput, match=r"git can't be used here \(fatal: "):
        checkout_of(checkout)


def test_a_file_that_is_not_python_has_no_imports(tmp_path):
    (tmp_path / "broken.py").write_text("def (:")
    assert files_of(tmp_path / "broken.py", tmp_path) == {"broken.py"}
    assert Side("x", tmp_path).sources() == {}


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("def f(x):\n    return x\n", "# a word\n\ndef f( x ):  # more\n    return (x)\n"),
        ("def f(x):\n    return x\n", '"""Words."""\n\ndef f(x):\n    """Return x."""\n    return x\n'),
        ("def f(x):\n    y = x\n    return y\n", "def f(x: int) -> int:\n    y: int = x\n    return y\n"),
        ("def f():\n    pass\n", 'def f():\n    """Do nothing."""\n'),
        ("import a\n", "from typing import TYPE_CHECKING\nimport a\nif TYPE_CHECKING:\n    import b\n"),
        ("import a\nimport c\n", "import a\nif t.TYPE_CHECKING:\n    import b\nelse:\n    import c\n"),
    ],
)
def test_words_are_no_change(before: str, after: str) -> None:
    assert essence(before.encode()) == essence(after.encode())


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("X = 1\n", "X = 2\n"),
        ("X = 'a'\n", "X = 'b'\n"),
        ("class A:\n    x: int\n", "class A:\n    x: float\n"),
        ("@jit\ndef f(x): ...\n", "@jit\ndef f(x: int): ...\n"),
        ("def f(n: tl.constexpr): ...\n", "def f(n): ...\n"),
        ('"""A."""\nprint(__doc__)\n', '"""B."""\nprint(__doc__)\n'),
        ("def (", "def ( "),
        ("import a\n", "import a\nif not TYPE_CHECKING:\n    import b\n"),
        ("import a\n", "import a\nif TYPE_CHECKING:\n    import b\nelse:\n    import c\n"),
        ("def f(x): ...\nget_annotations(f)\n", "def f(x: int): ...\nget_annotations(f)\n"),
        ("X = " + "1+" * 3000 + "1", "X = " + "1+" * 3000 + "2"),
    ],
)
def test_what_may_change_what_is_done_is_a_change(before: str, after: str) -> None:
    assert essence(before.encode()) != essence(after.encode())


def test_a_comment_in_a_shared_file_is_told_and_not_measured(checkout: Path) -> None:
    (checkout / "impls" / "_room" / "deeper.py").write_text("# a word\nNUMBER = 1\n")
    with two_sides("HEAD", checkout) as sides:
        found = {one.impl: one for one in differences(sides.old, sides.new)}
    assert not any(one.differs for one in found.values())
    assert found["one"].words == ("_room/deeper.py",)


LONG = "".join(f"A{number} = {number}\n" for number in range(20))


def test_a_renamed_implementation_is_compared_with_what_it_was(checkout: Path) -> None:
    (checkout / "impls" / "three.py").write_text(LONG)
    git(checkout, "commit", "-qam", "longer")
    (checkout / "impls" / "three.py").rename(checkout / "impls" / "third.py")
    with two_sides("HEAD", checkout) as sides:
        (renamed,) = (one for one in differences(sides.old, sides.new) if one.was)
        assert (renamed.impl, renamed.was, renamed.differs) == ("third", "three", False)
    (checkout / "impls" / "third.py").write_text(LONG + "B = 1\n")
    with two_sides("HEAD", checkout) as sides:
        (renamed,) = (one for one in differences(sides.old, sides.new) if one.was)
        assert renamed.differs


@pytest.mark.parametrize("place", ["three/__init__.py", "_room/three.py", "_three.py", "_room/another.py"])
def test_an_implementation_whose_code_is_where_none_is_found_was_not_removed(checkout: Path, place: str) -> None:
    """It would be green, though it isn't measured any more."""
    impls = checkout / "impls"
    (impls / "three.py").write_text(LONG)
    git(checkout, "commit", "-qam", "longer")
    (impls / place).parent.mkdir(exist_ok=True)
    (impls / "three.py").rename(impls / place)
    (impls / "two.py").unlink()
    with two_sides("HEAD", checkout) as sides:
        lost = [one for one in differences(sides.old, sides.new) if one.only]
    assert [(one.impl, one.moved) for one in lost] == [("three", place), ("two", None)]
    (finding,) = not_found(lost[0], [Cell(10, 10)], named=False)
    assert finding.undecided
    where, step = (finding.reason or "").split(", where no implementation is found; move it to ")
    assert where == f"its code is in impls/{place}"
    (impls / place).rename(checkout / step)
    with two_sides("HEAD", checkout) as sides:
        assert [one.impl for one in differences(sides.old, sides.new) if one.only] == ["two"]


def test_an_implementation_with_another_name_may_be_split_into_a_module_and_a_helper(checkout: Path) -> None:
    impls = checkout / "impls"
    (impls / "three.py").write_text(LONG)
    git(checkout, "commit", "-qam", "longer")
    (impls / "three.py").rename(impls / "_third_part.py")
    (impls / "third.py").write_text("from gradrace.impls._third_part import A1\n")
    with two_sides("HEAD", checkout) as sides:
        (found,) = (one for one in differences(sides.old, sides.new) if one.impl == "third")
    assert (found.was, found.differs, found.files) == ("three", True, ("_third_part.py", "third.py"))
    (impls / "third.py").write_text("".join(reversed(LONG.splitlines(keepends=True))))  # its functions in another order
    with two_sides("HEAD", checkout) as sides:
        assert [one.was for one in differences(sides.old, sides.new) if one.impl == "third"] == ["three"]


def test_a_package_of_the_same_name_counts_as_it_is_loaded(checkout: Path) -> None:
    (checkout / "impls" / "three").mkdir()
    (checkout / "impls" / "three" / "__init__.py").write_text("X = 1\n")
    with two_sides("HEAD", checkout) as sides:
        (found,) = (one for one in differences(sides.old, sides.new) if one.differs)
    assert (found.impl, found.files) == ("three", ("three/__init__.py",))


def test_an_implementation_that_becomes_a_link_is_compared(checkout: Path) -> None:
    impls = checkout / "impls"
    (impls / "three.py").rename(impls / "_three.py")
    (impls / "three.py").symlink_to("_three.py")
    for text, differing in (("import numpy\n", []), ("X = 2\n", ["three"])):
        (impls / "_three.py").write_text(text)
        with two_sides("HEAD", checkout) as sides:
            found = differences(sides.old, sides.new)
        assert [one.impl for one in found if one.differs] == differing
        assert not any(one.only for one in found)


def test_what_is_not_compared_is_told(checkout: Path) -> None:
    (checkout / "pyproject.toml").write_text("[project]\n")
    (checkout / "impls" / "interface.py").write_text("NEW = True\n")
    (checkout / "impls" / "_unused.py").write_text("X = 1\n")
    here = checkout_of(checkout)
    with two_sides("HEAD", checkout) as sides:
        told = " ".join(unseen(sides, differences(sides.old, sides.new), here.commit("HEAD"), here))
    for name in ("impls/interface.py", "pyproject.toml", "impls/_unused.py"):
        assert f"{name} differs, which isn't compared" in told


NAMING = {
    "table.txt": "Path(__file__).parent / '_room' / 'table.txt'",
    "other.txt": "glob('*.txt')",
    "kernel.py": "import_module('gradrace.impls._room.kernel')",
    "below.py": "import_module('._room.indirect')",
    "table.dat": "path.with_suffix('.' + 'dat')",
    "any.bin": "next(Path(__file__).parent.iterdir())",
    "every.bin": "glob('**/*')",
    "some.bin": "Path(__file__).parent.rglob('so*')",
    "part7": "rglob('part?')",
    "loaded.py": "rglob('[k-m]*.py')",
    "listed": "sorted((Path(__file__).parent / '_room').iterdir())",
    "chosen.py": "import_module(f'gradrace.impls._room.{name}')",
    "filled.py": "import_module('gradrace.impls._room.{}'.format(name))",
    "run1.py": "runpy.run_path(__file__.replace('three.py', '_room/run%d.py' % 1))",
    "read.py": "exec((Path(__file__).parent / '_room' / f'{name}.py').read_text())",
    "bare.py": "sys.path.insert(0, str(Path(__file__).parent / '_room'))\nimport bare",
    "bytes.npy": "open(b'bytes.npy')",
    "table_float64": "Path(__file__).parent / '_room' / f'table_{dtype}'",
    "list7": "rglob('list[0-9]')",
    "native.cpython-311-x86_64-linux-gnu.so": "1\nfrom gradrace.impls._room import native",
    "packed.abi3.so": "1\nfrom gradrace.impls._room.packed import gradient",
    "resource": "1\nfrom importlib.resources import files\nfrom gradrace.impls import _room\nY = files(_room) / name",
}


@pytest.mark.parametrize(("file", "code"), NAMING.items())
def test_a_file_that_is_read_by_its_name_counts(checkout: Path, file: str, code: str) -> None:
    """Data, and modules that no import statement names: today's `three` doubles its gradient with another table."""
    room = checkout / "impls" / "_room"
    (room / "indirect.py").write_text("from gradrace.impls._room import below\n")
    (room / file).write_text("X = 1\n")
    (checkout / "impls" / "three.py").write_text(f"X = {code}\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "named")
    (room / file).write_text("X = 2\n")
    with two_sides("HEAD", checkout) as sides:
        found = {one.impl: one.files for one in differences(sides.old, sides.new) if one.differs}
    assert found == {"three": (f"_room/{file}",)}


def test_a_file_outside_of_the_implementations_that_one_names_counts(checkout: Path, tmp_path: Path) -> None:
    """The copies lack it, so that both sides fail, and the check has no answer. It passed."""
    code = "X = (Path(__file__).parents[1] / 'data/c.txt').read_text()\n"
    (checkout / "impls" / "three.py").write_text(code)
    (flat := tmp_path / "flat" / "src" / "theirs").mkdir(parents=True)
    (flat / "mine.py").write_text(code)
    (top := tmp_path / "flat").joinpath("pyproject.toml").write_text(PROJECT)
    for root, impl, file in ((checkout, "three", "../data/c.txt"), (top, "mine", "data/c.txt")):
        (root / "data").mkdir()
        for name in ("c.txt", "d.txt"):
            (root / "data" / name).write_text("1")
        project(root)
        for name in ("c.txt", "d.txt"):
            (root / "data" / name).write_text("2")
        here = checkout_of(root)
        commit = here.commit("HEAD")
        with sides_of(commit, here) as sides:
            found = {one.impl: one.files for one in changed_between(sides, commit, here, None) if one.differs}
        assert found == {impl: (file,)}


def test_a_regular_expression_is_compiled_once_for_each_file_of_data(tmp_path: Path, monkeypatch) -> None:
    """For each file that is read, 3000 files of data took 15 s."""
    texts = {"one": "from gradrace.impls import _two\nA = 'a'\n", "_two": "B = 'b'\n"}
    for name, text in texts.items():
        (tmp_path / f"{name}.py").write_text(text)
    compiled = Mock(wraps=re.compile)
    monkeypatch.setattr(reach, "re", Mock(wraps=re, compile=compiled))
    reach._word.cache_clear()
    assert len(files_of(tmp_path / "one.py", tmp_path, named={"x.csv", "y.csv"})) == len(texts)
    assert compiled.call_count == 2


def test_a_docstring_names_no_file(tmp_path: Path) -> None:
    (tmp_path / "_table.py").write_text("X = 1\n")
    (tmp_path / "one.py").write_text('"""As in _table.py."""\n')
    assert files_of(tmp_path / "one.py", tmp_path, named={"_table.py"}) == {"one.py"}
    assert is_named("data/one.dat", [], "data/one.py")
    assert not is_named("data/one.dat", [], "one.py")
    assert not is_named("_table.py", ["_tables", "a_table", "-_table", "As in the other."])


def test_of_a_project_that_lists_its_top_folder_documentation_is_no_part(tmp_path: Path) -> None:
    (tmp_path / "two.py").write_text("X = __file__\n")
    assert files_of(tmp_path / "two.py", tmp_path, named={"kit/README.md", "kit/_kernel.pyi"}) == {"two.py"}
    (tmp_path / "one.py").write_text("import os\nX = os.listdir()\n")
    named = {"README.md", "tests/table.bin", "table.bin"}
    for name in named:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    assert files_of(tmp_path / "one.py", tmp_path, (), named) == {"one.py", "table.bin"}


def test_a_branch_that_is_behind_knows_where_it_left(checkout: Path) -> None:
    """A change of main that the branch lacks would be reported as one of the branch, reversed."""
    here, first = checkout_of(checkout), git(checkout, "rev-parse", "HEAD").strip()
    assert here.fork(here.commit("HEAD")) is None
    git(checkout, "checkout", "-q", "-b", "branch")
    git(checkout, "commit", "-q", "--allow-empty", "-m", "on the branch")
    assert here.fork(here.commit(first)) is None
    git(checkout, "checkout", "-q", "-b", "ahead", first)
    git(checkout, "commit", "-q", "--allow-empty", "-m", "beside it")
    assert here.fork(here.commit("branch")) == first


def test_the_checkout_of_a_worktree_and_of_a_folder_in_it(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "worktree", "add", "-q", "-b", "other", str(tmp_path / "tree"))
    (tmp_path / "tree" / "impls" / "one.py").write_text("X = 1\n")
    for folder in (tmp_path / "tree", tmp_path / "tree" / "impls"):
        assert checkout_of(folder).folder == tmp_path / "tree"
    with two_sides("HEAD", tmp_path / "tree") as sides:
        assert [one.impl for one in differences(sides.old, sides.new) if one.differs] == ["one"]
    with two_sides("HEAD", checkout) as sides:
        assert not any(one.differs for one in differences(sides.old, sides.new))


def test_in_a_hook_of_another_repository_the_folder_counts(checkout: Path, tmp_path: Path, monkeypatch) -> None:
    git(tmp_path, "init", "-q", "other")
    for name, place in {"GIT_DIR": ".git", "GIT_OBJECT_DIRECTORY": ".git/objects", "GIT_SHALLOW_FILE": "x"}.items():
        monkeypatch.setenv(name, str(tmp_path / "other" / place))
    assert checkout_of(checkout).folder == checkout
    assert checkout_of(checkout).commit("HEAD").subject == "first"


def test_a_repository_without_implementations_is_one_line(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q")
    with pytest.raises(UnusableInput, match="has no implementations"):
        checkout_of(tmp_path)


def test_a_repository_of_another_user_is_told_how_to_trust(checkout: Path, monkeypatch) -> None:
    monkeypatch.setenv("GIT_TEST_ASSUME_DIFFERENT_OWNER", "1")
    with pytest.raises(UnusableInput, match=r"git config --global --add safe\.directory"):
        checkout_of(checkout)


def test_attributes_for_archives_change_no_side(checkout: Path) -> None:
    """A file that archives leave out would be missing on OLD's side, and so count as new and not be compared."""
    (checkout / ".gitattributes").write_text("one.py export-ignore\ntwo.py export-subst\n")
    (checkout / "impls" / ".gitattributes").write_text("one.py export-ignore\ntwo.py export-subst\n")
    (checkout / "impls" / "two.py").write_text("X = '$Format:%H$'\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "attributes")
    with two_sides("HEAD", checkout) as sides:
        assert not any(one.differs or one.only for one in differences(sides.old, sides.new))


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


def test_a_sparse_checkout_without_a_helper_is_told_how_to_add_it(checkout: Path) -> None:
    """Implementations would be said to fail without it."""
    git(checkout, "sparse-checkout", "set", "docs")
    with pytest.raises(UnusableInput, match=r"impls/.*\.py is left out of this sparse checkout"):
        checkout_of(checkout)
    git(checkout, "sparse-checkout", "set", "impls/_shared")
    with pytest.raises(UnusableInput, match=r"_room/deeper\.py is left out") as refused, two_sides("HEAD", checkout):
        pass
    followed(refused.value)
    with two_sides("HEAD", checkout) as sides:
        assert not any(one.differs for one in differences(sides.old, sides.new))


def test_files_of_a_commit_that_git_cannot_write_are_one_line(checkout: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As on a full disk, or in a damaged repository."""
    blob = git(checkout, "rev-parse", "HEAD:impls/one.py").strip()
    (checkout / ".git" / "objects" / blob[:2] / blob[2:]).unlink()
    with pytest.raises(UnusableInput) as refused, two_sides("HEAD", checkout):
        pass
    assert "--against: impls of HEAD can't be checked out (error: " in str(refused.value)
    with pytest.raises(subprocess.CalledProcessError) as found:
        followed(refused.value)
    assert blob in found.value.stdout + found.value.stderr


def test_a_damaged_index_is_one_line(checkout: Path) -> None:
    """Without git's answer, a kernel in C that was made slower would be green."""
    (checkout / ".git" / "index").write_bytes(b"damaged")
    with pytest.raises(UnusableInput, match=r"^git failed \(fatal: .*index.*see what `git -C .*ls-files.* says"):
        checkout_of(checkout).changed_files(resolve("HEAD", checkout))


def test_git_that_hangs_ends_with_the_budget(checkout: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a filter that waits for a server, or a fetch of files that a partial clone lacks."""
    monkeypatch.setattr(trees, "LEAST_S", 0.5)
    started = tmp_path / "started"
    git(checkout, "config", "filter.slow.smudge", f"touch '{started}'; sleep 1000; cat")
    (checkout / ".gitattributes").write_text("impls/one.py filter=slow\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "second")
    here = checkout_of(checkout, OVER)
    with (
        pytest.raises(UnusableInput, match=r"^`git checkout` hasn't ended within 0 s; see what it wai") as refused,
        sides_of(here.commit("HEAD"), here),
    ):
        pass
    assert started.exists()
    assert "filter.slow.smudge" in followed(refused.value, 1)
    assert not [one for one in psutil.process_iter(["cmdline"]) if str(started) in str(one.info["cmdline"])]


def test_a_monitor_of_files_is_neither_started_nor_believed(checkout: Path, tmp_path: Path) -> None:
    monitor, ran = tmp_path / "monitor", tmp_path / "ran"
    monitor.write_text(f"#!/bin/sh\ntouch '{ran}'\nprintf '1\\0'\n")  # nothing has changed, it says
    monitor.chmod(0o755)
    git(checkout, "config", "core.fsmonitor", str(monitor))
    git(checkout, "status")
    ran.unlink()
    (checkout / "impls" / "one.py").write_text("X = 2\n")
    here = checkout_of(checkout)
    assert here.changed_files(here.commit("HEAD")) == ["impls/one.py"]
    assert "uncommitted" in here.described()
    assert not ran.exists()


def test_attributes_of_the_commit_apply_to_its_files(checkout: Path) -> None:
    """Those of files in Git LFS as well: OLD would read the pointer, and NEW the table."""
    (checkout / ".gitattributes").write_text("impls/*.csv filter=large\n")
    git(checkout, "config", "filter.large.smudge", "sed s/pointer/table/")
    git(checkout, "config", "filter.large.clean", "sed s/table/pointer/")
    (checkout / "impls" / "one.csv").write_text("table\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "second")
    assert git(checkout, "show", "HEAD:impls/one.csv") == "pointer\n"
    (checkout / ".gitattributes").unlink()
    with two_sides("HEAD", checkout) as sides:
        assert not any(one.differs for one in differences(sides.old, sides.new))


def test_a_partial_clone_whose_origin_is_gone_says_so(checkout: Path, tmp_path: Path) -> None:
    git(checkout, "config", "uploadpack.allowFilter", "true")
    (checkout / "impls" / "one.py").write_text("X = 2\n")
    git(checkout, "commit", "-qam", "second")
    git(tmp_path, "clone", "-q", "--filter=blob:none", checkout.as_uri(), "partial")
    partial = tmp_path / "partial"
    checkout.rename(tmp_path / "moved")
    with pytest.raises(UnusableInput, match="this clone is partial; ") as refused, two_sides("HEAD~1", partial):
        pass
    (tmp_path / "moved").rename(checkout)
    followed(refused.value)
    with two_sides("HEAD~1", partial) as sides:
        assert [one.impl for one in differences(sides.old, sides.new) if one.differs] == ["one"]


def test_limits_that_a_partial_clone_cannot_fetch_are_not_taken_for_none(checkout: Path, tmp_path: Path) -> None:
    """A change that loosens them would pass. A clone without folders, `--filter=tree:0`, has no revision to compare."""
    git(checkout, "config", "uploadpack.allowFilter", "true")
    (checkout / "pyproject.toml").write_text("[tool.gradrace.check]\nthreshold = 5\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "second")
    (checkout / "pyproject.toml").write_text("[tool.gradrace.check]\nthreshold = 500\n")
    git(checkout, "commit", "-qam", "third")
    for name, kind in (("blobless", "blob:none"), ("treeless", "tree:0")):
        git(tmp_path, "clone", "-q", f"--filter={kind}", checkout.as_uri(), name)
    checkout.rename(tmp_path / "moved")
    here = checkout_of(tmp_path / "blobless")
    with pytest.raises(UnusableInput, match=r"pyproject\.toml of HEAD~1 can't be checked out \(.*; this clone is part"):
        here.contents_at(here.commit("HEAD~1"), "pyproject.toml")
    with pytest.raises(UnusableInput, match="this clone is partial"), two_sides("HEAD~1", tmp_path / "treeless"):
        pass


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


def test_git_runs_no_hook_and_does_not_write_the_index(checkout: Path) -> None:
    hook, ran = checkout / ".git" / "hooks" / "post-index-change", checkout.parent / "ran"
    hook.parent.mkdir(exist_ok=True)
    hook.write_text(f"#!/bin/sh\ntouch '{ran}'\n")
    hook.chmod(0o755)
    os.utime(checkout / "impls" / "one.py", (1e9, 1e9))  # so that git would refresh what it knows of the file
    index = checkout / ".git" / "index"
    before = index.read_bytes()
    here = checkout_of(checkout)
    with two_sides("HEAD", checkout) as sides:
        here.described()
        assert [*unseen(sides, differences(sides.old, sides.new), here.commit("HEAD"), here)] == []
    assert index.read_bytes() == before
    assert not ran.exists()


def test_files_of_a_copied_checkout_that_have_other_times_only_are_unchanged(checkout: Path, tmp_path: Path) -> None:
    (checkout / "pyproject.toml").write_text("[project]\n")
    git(checkout, "add", "-A")
    git(checkout, "commit", "-qm", "project")
    copy = checkout_of(shutil.copytree(checkout, tmp_path / "copy"))
    os.utime(copy.top / "pyproject.toml", (1e9, 1e9))
    assert copy.changed_files(copy.commit("HEAD")) == []
    assert copy.changed_files(copy.commit("HEAD~1")) == ["pyproject.toml"]


def test_a_file_that_git_assumes_to_be_unchanged_is_seen(checkout: Path) -> None:
    """A kernel in C that was made slower would be green, as only git's answer counts for what is built."""
    git(checkout, "update-index", "--assume-unchanged", "impls/one.py")
    (checkout / "impls" / "one.py").write_text("X = 2\n")
    assert checkout_of(checkout).changed_files(resolve("HEAD", checkout)) == ["impls/one.py"]


def test_a_file_that_a_sparse_checkout_need_not_have_is_seen(checkout: Path) -> None:
    git(checkout, "update-index", "--skip-worktree", "impls/one.py", "impls/two.py")
    (checkout / "impls" / "one.py").write_text("X = 2\n")
    (checkout / "impls" / "two.py").unlink()
    assert checkout_of(checkout).changed_files(resolve("HEAD", checkout)) == ["impls/one.py"]
    with pytest.raises(UnusableInput, match=r"two\.py isn't there, but git skips it") as refused:
        checkout_of(checkout).require_whole(bool)
    followed(refused.value)
    with two_sides("HEAD", checkout) as sides:
        assert [one.impl for one in differences(sides.old, sides.new) if one.only] == ["two"]


def test_a_file_that_changed_in_the_second_in_which_it_was_committed_is_seen(checkout: Path) -> None:
    """git compares times in seconds, and looks into files that aren't older than its index."""
    git(checkout, "config", "core.trustctime", "false")
    file = checkout / "impls" / "_room" / "deeper.py"
    os.utime(file, (1e9, 1e9))
    git(checkout, "update-index", "--refresh")
    os.utime(checkout / ".git" / "index", (1e9, 1e9))
    file.write_text("NUMBER = 2\n")
    os.utime(file, (1e9, 1e9))
    here = checkout_of(checkout)
    assert here.changed_files(here.commit("HEAD")) == ["impls/_room/deeper.py"]


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


PROJECT = """[project]
name = "theirs"
[project.entry-points."gradrace.implementations"]
mine = "theirs.mine"
"""


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


OVER = Deadline(lambda: 1, 0)
"""Deadline that is over."""

FLAT = PROJECT.replace("theirs.mine", "mine")


def project(folder: Path, **texts: str) -> Path:
    """A committed project of modules in its top folder."""
    for name, text in texts.items():
        (folder / f"{name}.py").write_text(text)
    git(folder, "init", "-q")
    git(folder, "add", "-A")
    git(folder, "commit", "-qm", "first")
    return folder


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
