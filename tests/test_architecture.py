"""The rules of the house, held by reading import statements, and the map of it in CONTRIBUTING."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from itertools import pairwise
from pathlib import Path

import pytest

from gradrace.bench.paths import ROOT

PACKAGES = ("gradrace", "reports", "bench", "impls", "studies")
"""Our folders at the top level; `gradrace/{impls,bench,reports}` are links to three of them."""

LAYERS = ("impls", "bench", "reports", "gradrace", "studies")
"""From the ground up: each may import from itself and from those before it."""

MOST_MODULES = 15

SPECIAL = {"__init__", "interface", "discovery"}
"""Modules of impls/ that are no implementations."""

SUITES = ("bench/datasets", "bench/verification", "gradrace", "studies")
"""Folders that the map shows as one room, with what is in them."""

MAP = re.compile(r"^\| `(?P<room>[^`]+)` \| [^|]+ \|(?P<below>[^|]*)\|$", re.MULTILINE)
"""A row of the map in CONTRIBUTING: the room, what belongs in it, the rooms that it may import from."""


STEP = re.compile(r"^\| `(?P<file>[\w/]+\.py): (?P<function>[\w.]+)` \|", re.MULTILINE)
"""A step on the path of one number in CONTRIBUTING: the file and the function."""


def files() -> list[Path]:
    """Every file of Python in our packages, from the root, once."""
    found = [file.relative_to(ROOT) for package in PACKAGES for file in sorted((ROOT / package).rglob("*.py"))]
    return [file for file in found if file.parts[:2] not in {("gradrace", layer) for layer in LAYERS}]


def imported(source: str) -> set[str]:
    """The modules that a file imports, wherever in it the statement stands; of `from a import b` both a and a.b."""
    modules = set()
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            modules |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            modules |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return modules


def file_of(module: str) -> Path | None:
    """The file of one of our modules, from the root; None for anything else."""
    parts = module.split(".")
    inner = parts[1:] if parts[0] == "gradrace" and parts[1:2] and parts[1] in LAYERS else parts
    file = Path(*inner).with_suffix(".py")
    return file if inner[0] in PACKAGES and (ROOT / file).is_file() else None


def room(file: Path) -> str:
    """The room of a file: its folder, or the larger one that the map shows as one."""
    return next((one for one in SUITES if file.is_relative_to(one)), file.parent.as_posix())


def node(file: Path) -> str:
    """A file's place among the folders: loose files stand each for itself, as some are entries and others leaves."""
    return file.as_posix() if file.parent.name in PACKAGES else file.parent.as_posix()


@cache
def arrows() -> dict[Path, set[Path]]:
    """{file: the files of ours that it imports}."""
    return {
        file: {found for module in imported((ROOT / file).read_text()) if (found := file_of(module))} - {file}
        for file in files()
    }


def uphill(file: Path, targets: set[Path]) -> set[Path]:
    """Return the imports of a file from a layer above its own."""
    own = LAYERS.index(file.parts[0])
    return {target for target in targets if LAYERS.index(target.parts[0]) > own}


def rooms(between: Mapping[Path, set[Path]]) -> dict[str, set[str]]:
    """{place: the places that it imports from}."""
    graph: dict[str, set[str]] = {}
    for file, targets in between.items():
        graph.setdefault(node(file), set()).update({node(target) for target in targets} - {node(file)})
    return graph


def mapped() -> dict[str, set[str]]:
    """The map of CONTRIBUTING: {room: rooms that it may import from}."""
    text = (ROOT / "CONTRIBUTING.md").read_text()
    return {row["room"]: {*re.findall(r"`([^`]+)`", row["below"])} for row in MAP.finditer(text)}


def crossings(between: Mapping[Path, set[Path]]) -> Iterator[tuple[str, str]]:
    """Each import from one room into another; files that stand loose in a package are known to all of its rooms."""
    for file, targets in between.items():
        for target in targets:
            if room(file) != room(target) and target.parent.as_posix() not in LAYERS:
                yield room(file), room(target)


def steps() -> list[tuple[Path, str]]:
    """The path of one number in CONTRIBUTING: (file, function)."""
    return [(Path(row["file"]), row["function"]) for row in STEP.finditer((ROOT / "CONTRIBUTING.md").read_text())]


def defined(tree: ast.AST, prefix: str = "") -> Iterator[str]:
    """The names of functions and methods, as in Race.run."""
    for child in ast.iter_child_nodes(tree):
        if isinstance(child, ast.ClassDef | ast.FunctionDef):
            yield prefix + child.name
            yield from defined(child, f"{prefix}{child.name}.")


def test_imports_run_one_way() -> None:
    assert {file: found for file, targets in arrows().items() if (found := uphill(file, targets))} == {}


def test_an_import_uphill_is_seen() -> None:
    found = {
        file_of(module) for module in imported("import numpy\ndef f():\n    from gradrace.bench.results import Cell\n")
    }
    assert uphill(Path("impls/interface.py"), {file for file in found if file}) == {Path("bench/results.py")}
    assert file_of("gradrace.reports.words") == Path("reports/words.py")
    assert file_of("bench.results") == Path("bench/results.py")  # the old name, which the next test refuses


def test_there_is_one_import_name() -> None:
    old = {"impls", "bench", "reports"}
    for file in files():
        assert {module for module in imported((ROOT / file).read_text()) if module.split(".")[0] in old} == set(), file


def test_rooms_have_no_cycle() -> None:
    TopologicalSorter(rooms(arrows())).prepare()
    there_and_back = {Path("bench/a/x.py"): {Path("bench/b/y.py")}, Path("bench/b/y.py"): {Path("bench/a/z.py")}}
    with pytest.raises(CycleError):
        TopologicalSorter(rooms(there_and_back)).prepare()


def test_no_folder_shows_more_than_can_be_seen_at_a_glance() -> None:
    loose: dict[str, int] = {}
    for file in files():
        loose[file.parent.as_posix()] = loose.get(file.parent.as_posix(), 0) + 1
    implementations = [file for file in files() if file.parent == Path("impls") and file.stem not in SPECIAL]
    assert {folder: count for folder, count in loose.items() if count > MOST_MODULES} == {
        "impls": len(implementations) + len(SPECIAL)
    }
    for file in implementations:
        assert "IMPLEMENTATION = Implementation(" in (ROOT / file).read_text(), file


def test_every_room_says_what_belongs_in_it() -> None:
    for folder in {file.parent for file in files()}:
        assert ast.get_docstring(ast.parse((ROOT / folder / "__init__.py").read_text())), folder


def test_the_map_in_contributing_is_the_house() -> None:
    may = mapped()
    assert {room(file) for file in files()} == may.keys()
    assert {name: {to for of, to in crossings(arrows()) if of == name} for name in may} == may


def test_the_path_of_a_number_in_contributing_exists() -> None:
    assert len(steps()) >= 12
    for file, function in steps():
        assert function in {*defined(ast.parse((ROOT / file).read_text()))}, f"{file}: {function}"


def test_each_step_to_the_clock_names_the_next() -> None:
    to_the_clock = steps()[: 1 + [file for file, _ in steps()].index(Path("bench/timing.py"))]
    for (file, _), (following, function) in pairwise(to_the_clock):
        source = (ROOT / file).read_text()
        names = {function.rpartition(".")[2], function.partition(".")[0], following.stem}
        assert any(re.search(rf"\b{name}\b", source) for name in names), f"{file} -> {function}"


def test_implementations_never_import_each_other() -> None:
    for file, targets in arrows().items():
        if file.parent == Path("impls") and file.stem not in SPECIAL:
            beside = {target for target in targets if target.parent == Path("impls")}
            assert beside <= {Path("impls/interface.py")}, file


def test_bench_and_reports_know_implementations_only_through_interface_and_discovery() -> None:
    """The limit alone uses the kernels' vector operations: with Numba's own, AVX-512 reaches half of its rate.

    It also loads its compiled code as they do, which takes 0.4 s less, wakes as many threads, and divides its copy of X
    among memory nodes.
    """
    allowed = {Path("impls/interface.py"), Path("impls/discovery.py")}
    of_limit = {
        *(Path("impls/_simd/arithmetic.py"), Path("impls/_simd/vector.py")),
        *(Path(f"impls/_shared/{module}.py") for module in ("jit", "threads", "first_touch")),
    }
    for file, targets in arrows().items():
        if file.parts[0] in ("bench", "reports"):
            used = {target for target in targets if target.parts[0] == "impls"}
            assert used <= (allowed | of_limit if file == Path("bench/race/floor.py") else allowed), file


def test_imports_are_absolute() -> None:
    for file in files():
        for node in ast.walk(ast.parse((ROOT / file).read_text())):
            assert not (isinstance(node, ast.ImportFrom) and node.level), f"{file}:{node.lineno}"


def test_verification_starts_no_process() -> None:
    starts = re.compile(r"\b(subprocess|multiprocessing|ProcessPoolExecutor|Popen|fork|posix_spawn|spawn[lv]p?e?)\b")
    for file in files():
        if file.parts[:2] == ("bench", "verification"):
            assert not starts.search((ROOT / file).read_text()), file


@pytest.mark.parametrize(
    "statement",
    [
        "import gradrace.cli.main",
        "import gradrace.reports.report, gradrace.reports.text.terminal, gradrace.reports.text.progress",
    ],
)
def test_numba_is_left_alone_by(statement: str) -> None:
    program = f"{statement}\nimport sys\nprint('numba' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "False"


def test_the_front_door_imports_nothing_slow() -> None:
    program = (
        "import gradrace.cli.main, sys\nprint(sorted({'numpy', 'pandas', 'scipy', 'matplotlib'} & {*sys.modules}))"
    )
    told = subprocess.run([sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"
