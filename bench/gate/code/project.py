"""A project with implementations of its own: its packages in a folder from which a worker imports them."""

from __future__ import annotations

import glob
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from gradrace.bench.gate.code.repository import PROJECT, entry_points
from gradrace.bench.results import UnusableInput
from gradrace.bench.timing import NEVER, Deadline
from gradrace.bench.workers.commands import completed
from gradrace.impls.discovery import module_of

BUILT = {
    *(".asm", ".c", ".cc", ".cpp", ".cu", ".cuh", ".cxx", ".f", ".f90", ".f95", ".for", ".h", ".hpp", ".hxx", ".pxd"),
    *(".pxi", ".pyx", ".rs", ".s", ".zig"),
}
"""Suffixes of sources that are compiled when a package is installed, in lower case."""

BUILDERS = {"setup.py", "setup.cfg", "CMakeLists.txt", "meson.build", "meson_options.txt", "Cargo.toml"}
"""Files that say how a package is built."""

WORDS, ASIDE = {".md", ".rst"}, {"doc", "docs", "test", "tests"}
"""Suffixes and folders of what isn't built."""

SETTINGS = {".cargo"}
"""Hidden folders that say how a package is built."""

VERSIONS = ("SETUPTOOLS_SCM_PRETEND_VERSION", "PBR_VERSION", "POETRY_DYNAMIC_VERSIONING_BYPASS")
"""Environment variables of build tools that would read a version from git, which the copies of a project don't have."""

COMPILERS_ERROR = re.compile(r":\d+: (fatal )?error: ")
"""Part of a compiler's line on an error, as in "kernel.c:4:12: error: expected ')'": pip's last line names none."""

LAYOUTS = ("src", ".", "lib", "python")
"""Folders in which a project may have its packages, the usual ones."""


def install(
    tree: Path, folder: Path, side: str, python: str = sys.executable, until: Deadline = NEVER
) -> dict[str, Path]:
    """Put a project's packages into a folder; return the file of each implementation by name.

    Packages of Python alone are copied. Others are built by the interpreter's pip, without their dependencies.
    Raises UnusableInput if that fails, or takes longer. A module that an entry point names may be missing.
    """
    project = tree / PROJECT
    points = entry_points(project.read_bytes() if project.is_file() else None, side)  # NEW's was read before
    if any(is_built(file.relative_to(tree).as_posix()) for file in tree.rglob("*")):
        _build(tree, folder, side, python, until)
    else:
        _copy(tree, folder, points)
    return dict(_located(points, folder))


def is_built(name: str) -> bool:
    """Return whether a file of a project is compiled, or says how to."""
    return Path(name).suffix.lower() in BUILT or Path(name).name in BUILDERS


def is_no_part(name: str) -> bool:
    """Return whether a file of a project is no part of what is built: tests, documentation, settings of services."""
    path = PurePosixPath(name)
    if path.suffix.lower() == ".txt":  # a kernel may include those of its folder
        is_text = len(path.parts) == 1 and name not in BUILDERS
    else:
        is_text = path.suffix.lower() in WORDS
    is_hidden = path.parts[0].startswith(".") and path.parts[0] not in SETTINGS
    return is_text or is_hidden or path.parts[0] in ASIDE


def _copy(tree: Path, folder: Path, points: Mapping[str, str]) -> None:
    """Copy every package and module of the project, with the files beside them, from the layouts that have them."""
    tops = {module_of(value).partition(".")[0] for value in points.values()}
    usual = [tree / layout for layout in LAYOUTS]
    bases = [base for base in usual if any((base / top).is_dir() or (base / f"{top}.py").is_file() for top in tops)]
    for base in bases or sorted({*_elsewhere(tree, points)}):
        useless = _useless_links(str(base), [entry.name for entry in base.iterdir()])
        for entry in base.iterdir():
            if (folder / entry.name).exists() or entry.name.startswith(".") or entry.name in useless:
                continue
            if entry.is_dir():
                shutil.copytree(entry, folder / entry.name, ignore=_useless_links, copy_function=shutil.copy)
            else:
                shutil.copy(entry, folder / entry.name)


def _elsewhere(tree: Path, points: Mapping[str, str]) -> Iterator[Path]:
    """Yield the folders in which the modules of entry points are, as of `package-dir = {"" = "packages"}`."""
    for value in points.values():
        module = Path(*module_of(value).split("."))
        for file in (module.with_suffix(".py"), module / "__init__.py"):
            yield from (found.parents[len(file.parts) - 1] for found in tree.rglob(file.as_posix()))


def _useless_links(folder: str, names: list[str]) -> list[str]:
    """Return the links in a folder that lead nowhere, as to files that git ignores, or back to a folder around it."""
    around = [Path(os.path.realpath(place)) for place in (Path(folder), *Path(folder).parents)]  # which may be links
    links = [Path(folder, name) for name in names if Path(folder, name).is_symlink()]
    return [
        link.name
        for link in links
        if not link.exists() or any(place.is_relative_to(os.path.realpath(link)) for place in around)
    ]


def _build(tree: Path, folder: Path, side: str, python: str, until: Deadline) -> None:
    """Let pip build and install the project; first with the build tools that are installed here, then with its own."""
    pip = [python, "-m", "pip", "install", "--quiet", "--no-deps", "--disable-pip-version-check", "--upgrade"]
    temporary = tree.with_name(f"{tree.name}-tmp")  # it would leave its files if it is ended
    temporary.mkdir()
    variables = {**dict.fromkeys(VERSIONS, "0"), **os.environ, "TMPDIR": str(temporary)}
    for isolation in (["--no-build-isolation"], []):
        command = [*pip, *isolation, "--target", str(folder), str(tree)]
        try:
            built = completed(command, until.left_s(), variables)
        except subprocess.TimeoutExpired as error:
            raise UnusableInput(
                f"{side} can't be installed: pip was still building it at the end of the budget; give a larger "
                "--budget, or see by `pip install` in that checkout why it takes so long"
            ) from error
        if built.returncode == 0:
            return
    said = [line.strip() for line in built.stderr.decode(errors="replace").splitlines() if line.strip()]
    why = next((line for line in said if COMPILERS_ERROR.search(line)), said[-1] if said else "pip failed")
    raise UnusableInput(f"{side} can't be installed: {why}; `pip install` in that checkout says more")


def _located(points: Mapping[str, str], folder: Path) -> Iterator[tuple[str, Path]]:
    """Yield each implementation and its file, or the file that would be its module if there is none."""
    for name, value in points.items():
        inner = folder.joinpath(*module_of(value).split("."))
        compiled = sorted(inner.parent.glob(f"{glob.escape(inner.name)}.*so"))
        places = (inner.with_name(f"{inner.name}.py"), *compiled, inner / "__init__.py")
        yield name, next((place for place in places if place.is_file()), places[0])
