"""Another Python environment as NEW's: what differs there, who uses it, and what can't be used."""

from __future__ import annotations

import sys
import sysconfig
from pathlib import Path

import pytest

from gradrace.bench.gate.code import installed
from gradrace.bench.gate.code.changes import Difference
from gradrace.bench.gate.code.environments import (
    Environment,
    changed_packages,
    environment_of,
    here,
    in_environments,
    require_usable,
    unused,
)
from gradrace.bench.gate.code.sides import PYTHON, Side, copy_package
from gradrace.bench.results import UnusableInput


def made(folder: Path, *lines: str) -> Path:
    """A virtual environment with the packages of this one, and what looks like a newer NumPy.

    lines: of a file that Python runs when it starts there.
    """
    own = folder / sysconfig.get_path("purelib", vars={"base": ""}).lstrip("/")
    own.mkdir(parents=True)
    (folder / "pyvenv.cfg").write_text(f"home = {Path(sys.base_prefix, 'bin')}\ninclude-system-site-packages = false\n")
    (folder / PYTHON).parent.mkdir()
    (folder / PYTHON).symlink_to(Path(sys.base_prefix, "bin", f"python{sys.version_info[0]}.{sys.version_info[1]}"))
    ours = dict.fromkeys([sysconfig.get_path("purelib"), sysconfig.get_path("platlib")])
    (own / "ours.pth").write_text("".join(f"{line}\n" for line in (*ours, *lines)))
    (own / "numpy-99.0.dist-info").mkdir()
    (own / "numpy-99.0.dist-info" / "METADATA").write_text("Name: numpy\nVersion: 99.0\n")
    return folder


def test_a_virtual_environment_has_its_own_packages(tmp_path: Path) -> None:
    found = environment_of(made(tmp_path / "env"))
    assert found.versions["numba"] == here().versions["numba"]
    assert changed_packages(here(), found) == {"numpy": f"numpy {here().versions['numpy']} → 99.0"}


@pytest.mark.parametrize("kind", ["empty", "broken"])
def test_a_folder_without_a_python_that_runs_is_one_line(tmp_path: Path, kind: str) -> None:
    if kind == "broken":
        (tmp_path / PYTHON).parent.mkdir()
        (tmp_path / PYTHON).write_text("no program")
        (tmp_path / PYTHON).chmod(0o755)
    with pytest.raises(UnusableInput, match="no bin/python; name" if kind == "empty" else "can't be used"):
        environment_of(tmp_path)


def test_an_environment_without_the_packages_of_gradrace_is_one_line(tmp_path: Path) -> None:
    made(tmp_path / "env")
    for file in tmp_path.rglob("ours.pth"):
        file.unlink()
    copy_package(tmp_path / "side")
    (tmp_path / "side" / "gradrace" / "impls").mkdir()
    with pytest.raises(UnusableInput, match=r"No module named .*; install gradrace's dependencies there, too"):
        require_usable(Side("new", tmp_path / "side", python=str(tmp_path / "env" / PYTHON)))


def environment(**versions: str) -> Environment:
    requires = {"numpy": [], "fast": ["engine"], "engine": [], "other": []}
    return Environment("3.11.4", "python", versions, requires, {name: [name] for name in requires})


@pytest.mark.parametrize(
    ("changed", "users"),
    [
        ({"fast": "2"}, ["uses_fast"]),
        ({"engine": "2"}, ["uses_fast"]),
        ({"numpy": "2"}, ["uses_fast", "plain"]),
        ({"other": "2"}, []),
        ({}, []),
    ],
)
def test_who_uses_a_package_that_differs_is_measured(tmp_path: Path, changed: dict[str, str], users: list[str]) -> None:
    impls = tmp_path / "gradrace" / "impls"
    impls.mkdir(parents=True)
    (impls / "uses_fast.py").write_text("import fast\n")
    (impls / "plain.py").write_text("X = 1\n")
    before = dict.fromkeys(("numpy", "fast", "engine", "other"), "1")
    sides = environment(**before), environment(**before | changed)
    found = in_environments([Difference("uses_fast"), Difference("plain")], Side("new", tmp_path), *sides)
    assert [one.impl for one in found if one.differs] == users


def test_packages_that_no_implementation_uses_are_told() -> None:
    before, after = environment(numpy="1", other="1"), environment(numpy="2", other="2")
    (told,) = unused([Difference("plain", packages=("numpy 1 → 2",))], before, after)
    assert told == "other packages that differ, which no implementation uses: other 1 → 2"
    assert [*unused([], before, before)] == ["no package has another version in NEW's environment"]


def test_python_itself_is_used_by_all(tmp_path: Path) -> None:
    impls = tmp_path / "gradrace" / "impls"
    impls.mkdir(parents=True)
    (impls / "plain.py").write_text("X = 1\n")
    old, new = environment(numpy="1"), Environment("3.14.0", "python", {"numpy": "1"}, {"numpy": []}, {})
    (found,) = in_environments([Difference("plain")], Side("new", tmp_path), old, new)
    assert found.packages == ("python 3.11.4 → 3.14.0",)


def test_what_an_extra_requires_is_not_needed() -> None:
    assert installed.is_needed("numpy>=1.22; python_version < '3.14'")
    assert not installed.is_needed("matplotlib>=3; extra == 'docs'")
    assert installed.normal("Scikit_Learn[x] (>=1)") == "scikit-learn"
