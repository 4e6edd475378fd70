"""What differs between the two sides: code, renamed implementations, and files that code reads."""

from __future__ import annotations

import re
from pathlib import Path
from unittest.mock import Mock

import pytest

from gradrace.bench.gate.check import _changed as changed_between
from gradrace.bench.gate.code import reach
from gradrace.bench.gate.code.changes import differences, unseen
from gradrace.bench.gate.code.reach import files_of, is_named
from gradrace.bench.gate.code.repository import checkout_of
from gradrace.bench.gate.code.sides import Side
from gradrace.bench.gate.code.sides import two_sides as sides_of
from gradrace.bench.gate.code.syntax import essence, parsed
from gradrace.bench.gate.verdicts import not_found
from gradrace.bench.results import Cell
from tests.bench.gate.code.checkouts import LONG, PROJECT, git, project, two_sides


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
    "coded": "Path(f.__code__.co_filename).parent / '_room' / name",
    "specified": "Path(__spec__.origin).parent / '_room' / name",
    "resourced": "importlib.resources.path(package, name)",
    "evaluated.py": "eval(compile(__loader__.get_data(name), name, 'exec'))",
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
