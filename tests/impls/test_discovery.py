"""Implementations are found, and where they can compute is read, without running their files."""

from __future__ import annotations

import ast
import os
import py_compile
import runpy
import shutil
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import fields
from importlib.machinery import ModuleSpec
from importlib.metadata import EntryPoint
from importlib.util import spec_from_file_location
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import pytest

from gradrace.bench.paths import ROOT
from gradrace.bench.workers.client import ProcessWorker
from gradrace.impls import discovery
from gradrace.impls._shared import imports
from gradrace.impls.discovery import (
    STARTER,
    Source,
    Unavailable,
    everyone,
    is_no_implementation,
    load,
    sources,
    technique,
)
from gradrace.impls.interface import Implementation, Technique

DEVICES = {source.name: source.devices() for source in sources()}


def test_the_devices_are_those_that_the_loaded_implementation_has() -> None:
    for source in sources():
        try:
            assert load(source).devices == source.devices(), source.name
        except Unavailable:
            continue
    assert DEVICES["numba_fused"] == ("cpu",)
    assert DEVICES["jax_jit"] == ("cpu", "cuda")
    assert DEVICES["triton_fused"] == ("cuda",)


@pytest.mark.parametrize(
    "text",
    [
        *("def broken(:", "\0", "", "IMPLEMENTATION = Implementation(devices=WHERE)", "f(devices=3)"),
        *("IMPLEMENTATION = Implementation(devices=())", "IMPLEMENTATION = Implementation(devices=('quantum',))"),
        "IMPLEMENTATION = Implementation(prepare=shard(devices=['cuda']))",
    ],
)
def test_a_file_that_tells_nothing_computes_on_the_cpu(tmp_path: Path, text: str) -> None:
    file = tmp_path / "any.py"
    file.write_text(text)
    assert Source("any", file).devices() == ("cpu",)


@pytest.mark.parametrize(
    ("text", "defines"),
    [
        *(("", False), ("print(1)\ndef gradient(): ...\n", False), ("def broken(:", False), ("import impl", False)),
        *(("IMPLEMENTATION = 1", True), ("from mine import IMPLEMENTATION", True), ("from mine import *", True)),
    ],
)
def test_an_ordinary_script_is_no_implementation(tmp_path: Path, text: str, defines: bool) -> None:
    file = tmp_path / "any.py"
    file.write_text(text)
    assert is_no_implementation(file) is not defines


@pytest.mark.parametrize(
    "text", ["devices=('cuda')", "devices=['cuda']", "gradient=f(devices=jax.devices()), devices=('cuda',)"]
)
def test_the_devices_are_those_of_the_implementation_and_of_nothing_within(tmp_path: Path, text: str) -> None:
    file = tmp_path / "any.py"
    file.write_text(f"x = g(devices=('cpu',))\nIMPLEMENTATION: Implementation = Implementation({text})\nh(devices=3)\n")
    assert Source("any", file).devices() == ("cuda",)


def test_a_device_is_part_of_the_name_unless_it_is_the_cpu() -> None:
    source = Source("one", Path("one.py"))
    assert Source("a@b", Path("a@b.py")).on("cpu").name == "a@b"
    assert (source.on("cpu"), source.on("cuda").name, source.on("cuda").on("cpu")) == (source, "one@cuda", source)


def test_what_cannot_go_on_is_unavailable_and_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "gives_up.py"
    file.write_text("from gradrace.impls.interface import GaveUp\nraise GaveUp('needs a GPU')\n")
    with pytest.raises(Unavailable, match=r"^needs a GPU$") as reason:
        load(Source("gives_up", file))
    assert reason.value.missing


STARTING = STARTER.read_text()


def test_the_starting_file_fits_80_columns_and_names_all_that_may_be_written_in_it() -> None:
    assert max(map(len, STARTING.splitlines())) < 80
    assert all(family.name in STARTING for family in Technique if family is not Technique.LIMIT)
    added = {"to_native", "to_numpy", "descend", "devices"}
    assert added <= {field.name for field in fields(Implementation)}
    assert all(name in STARTING for name in added)


def test_an_installed_package_brings_implementations(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Theirs may be packages, with files beside them; a name that comes along stays ours."""
    package = tmp_path / "their_package"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "_shared.py").write_text("WORD = 'shared'\n")
    (package / "quick.py").write_text(
        STARTING.replace("import numpy as np\n", "import numpy as np\nfrom ._shared import WORD\n")
    )
    py_compile.compile(str(package / "quick.py"), str(package / "fixed.pyc"))  # no text: what C or Cython makes is none
    points = [
        EntryPoint("theirs", "their_package.quick", discovery.ENTRY_POINTS),
        EntryPoint("numba_loop", "their_package.quick", discovery.ENTRY_POINTS),
        EntryPoint("by_attribute", "their_package.quick:IMPLEMENTATION", discovery.ENTRY_POINTS),
        EntryPoint("compiled", "their_package.fixed", discovery.ENTRY_POINTS),
        EntryPoint("gone", "their_package.gone", discovery.ENTRY_POINTS),
        EntryPoint("nowhere", "no_such_package.quick", discovery.ENTRY_POINTS),
    ]
    monkeypatch.setattr("importlib.metadata.entry_points", lambda group: [one for one in points if one.group == group])
    monkeypatch.syspath_prepend(str(tmp_path))
    found = everyone()
    assert found["theirs"] == Source("theirs", package / "quick.py")
    assert found["numba_loop"].path.parent == discovery.HERE
    assert found["by_attribute"].path == found["theirs"].path
    assert (found["compiled"].description(), found["compiled"].devices()) == ("(compiled)", ("cpu",))
    for name in ("theirs", "by_attribute", "compiled"):
        assert load(found[name]).technique == "vectorized"
    for name in ("gone", "nowhere"):
        assert found[name].description().startswith("(can't be read")
        with pytest.raises(Unavailable):
            load(found[name])


def test_a_file_of_ones_own_may_import_what_stands_beside_it_but_shadows_no_library(tmp_path: Path) -> None:
    (tmp_path / "json.py").write_text("raise RuntimeError('not the library')\n")
    (tmp_path / "beside_mine.py").write_text("WORD = 1\n")
    file = tmp_path / "mine_with_helper.py"
    file.write_text(STARTING.replace("import numpy as np\n", "import json\nimport beside_mine\nimport numpy as np\n"))
    assert load(Source("mine_with_helper", file)).technique == "vectorized"


OLD = STARTING.replace("from gradrace import", "from impls.interface import")


@pytest.mark.parametrize("importable", [True, False])
def test_a_file_for_the_old_name_is_told_the_new_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, importable: bool
) -> None:
    """In a checkout a package `impls` may be found; its classes are others than ours."""
    if importable:
        (tmp_path / "impls").mkdir()
        shutil.copy(discovery.HERE / "interface.py", tmp_path / "impls")
        monkeypatch.syspath_prepend(str(tmp_path))
    for name in ("impls", "impls.interface"):
        monkeypatch.delitem(sys.modules, name, raising=False)
    file = tmp_path / "old.py"
    file.write_text(OLD)
    with pytest.raises(Unavailable, match="write `from gradrace import Implementation, Problem, Technique`") as reason:
        load(Source("old", file))
    assert not reason.value.missing
    for name in ("impls", "impls.interface", "old"):
        sys.modules.pop(name, None)


@pytest.mark.parametrize("name", ["numba_fused", "sklearn_loss", "dask_blocks"])
def test_a_technique_is_read_where_loading_takes_long(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    source = everyone()[name]
    told = technique(source)
    assert told == load(source).technique
    monkeypatch.setattr(discovery, "load", None)
    assert technique(source) == told


@pytest.mark.parametrize("module", ["gradrace.impls._shared.gone", "numpy.gone"])
def test_a_module_that_an_installed_package_lacks_is_a_fault_and_no_missing_package(
    tmp_path: Path, module: str
) -> None:
    (tmp_path / "lacking.py").write_text(f"import {module}\n")
    with pytest.raises(Unavailable, match=f"imports '{module}', which isn't in the package") as raised:
        load(Source("lacking", tmp_path / "lacking.py"))
    assert not raised.value.missing


HEAVY = STARTING.replace("import numpy as np\n", "import numpy as np\nimport sklearn\n")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (HEAVY.replace("sklearn", "no_such_library"), "needs the package 'no_such_library', which is not installed"),
        (
            HEAVY.replace("prepare=prepare", "prepare=prepared"),
            r"NameError while importing: name 'prepared' is not defined \(\w+\.py, line \d+\)$",
        ),
        (HEAVY.replace("Technique.VECTORIZED", "Technique.MAGICAL"), "AttributeError while importing: .*MAGICAL"),
        (HEAVY.replace("IMPLEMENTATION", "IMPLEMENTED"), "the file doesn't end in IMPLEMENTATION.*begins with _$"),
        (HEAVY + "f(", "SyntaxError while importing"),
        (STARTING + "1 / 0\n", "ZeroDivisionError while importing"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, reason: str
) -> None:
    monkeypatch.setattr(discovery, "HERE", tmp_path)
    (tmp_path / "heavy.py").write_text(HEAVY)
    assert technique(Source("heavy", tmp_path / "heavy.py")) == "vectorized"
    (tmp_path / "broken.py").write_text(text)
    with pytest.raises(Unavailable, match=reason):
        technique(Source("broken", tmp_path / "broken.py"))


def test_a_module_of_a_package_that_is_imported_from_another_folder_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It would be measured in place of the file."""
    for place in ("one", "other"):
        (tmp_path / place / "kit_of_two").mkdir(parents=True)
        (tmp_path / place / "kit_of_two" / "__init__.py").touch()
        shutil.copy(discovery.HERE / "numpy_columns.py", tmp_path / place / "kit_of_two" / "mine.py")
    monkeypatch.syspath_prepend(tmp_path / "one")
    (tmp_path / "one" / "kit_of_two" / "linked.py").symlink_to(discovery.HERE / "numpy_columns.py")
    for name in ("mine", "linked"):
        load(Source(name, tmp_path / "one" / "kit_of_two" / f"{name}.py"))
    with pytest.raises(Unavailable, match=r"Python finds 'kit_of_two\.mine' in .*one.*, not in .*other"):
        load(Source("mine", tmp_path / "other" / "kit_of_two" / "mine.py"))


def test_a_helper_that_an_installation_for_development_has_elsewhere_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its finder comes first, so that both sides of a check would have the same helper: a slower one was green."""
    for place in ("here", "elsewhere"):
        (folder := tmp_path / place / "kit_of_three").mkdir(parents=True)
        for name in ("__init__", "helper"):
            (folder / f"{name}.py").touch()
    code = (discovery.HERE / "numpy_columns.py").read_text()
    code = code.replace("import math\n", "import math\nfrom kit_of_three import helper\n")
    (mine := tmp_path / "here" / "kit_of_three" / "mine.py").write_text(code)
    monkeypatch.syspath_prepend(tmp_path / "here")
    file = tmp_path / "elsewhere" / "kit_of_three" / "helper.py"

    def find_spec(name: str, *_: object) -> ModuleSpec | None:
        return spec_from_file_location(name, file) if name == "kit_of_three.helper" else None

    monkeypatch.setattr(sys, "meta_path", [Mock(find_spec=find_spec), *sys.meta_path])
    with pytest.raises(Unavailable, match=r"Python finds 'kit_of_three\.helper' in .*elsewhere.*, not in .*here"):
        load(Source("mine", mine))


def test_a_link_that_leads_nowhere_is_told(tmp_path: Path) -> None:
    (tmp_path / "linked.py").symlink_to("gone.py")
    with pytest.raises(Unavailable, match=r"^linked\.py is a link to gone\.py, which is no file$") as raised:
        load(Source("linked", tmp_path / "linked.py"))
    assert not raised.value.missing


@pytest.mark.parametrize(
    ("files", "missing"),
    [
        ({"mine.py": "import no_such_library.part as part\n"}, "no_such_library"),
        ({"mine.py": "import helper\n", "helper.py": "from no_such_library import f\n"}, "no_such_library"),
        ({"mine.py": "import mine, helper.part\n", "helper/part.py": "import no_such_library\n"}, "no_such_library"),
        ({"mine.py": "from helper import f\n", "helper/__init__.py": "import no_such_library"}, "no_such_library"),
        (
            {"__init__.py": "", "mine.py": "from . import other\n", "other.py": "import no_such_library"},
            "no_such_library",
        ),
        ({"mine.py": "from gradrace.impls.numba_loop import gradient\nimport json, numpy.linalg\n"}, None),
        ({"mine.py": "import helper\n", "helper.so": ""}, None),
        ({"mine.py": "try:\n    import no_such_library\nexcept ImportError:\n    pass\n"}, None),
        ({"mine.py": "def prepare(problem):\n    import no_such_library\n"}, None),
        ({"mine.py": "import sys\nsys.path.append('elsewhere')\nimport no_such_library\n"}, None),
        ({"mine.py": "\0"}, None),
        ({}, None),
    ],
)
def test_a_missing_package_is_seen_without_running_the_file(
    tmp_path: Path, files: dict[str, str], missing: str | None
) -> None:
    """Also in files that it imports; what stands under `try` or in a function may never be imported."""
    for name, text in files.items():
        (tmp_path / "own" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "own" / name).write_text(text)
    told = Source("mine", tmp_path / "own" / "mine.py").missing()
    assert told == (missing and f"needs the package {missing!r}, which is not installed")


def test_only_code_from_elsewhere_is_foreign(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert [source.name for source in sources() if source.is_foreign()] == []
    assert Source("mine", STARTER.parent / "starter.py").is_foreign() is False
    shutil.copy(STARTER, tmp_path / "mine.py")
    assert Source("mine", tmp_path / "mine.py").is_foreign()
    (tmp_path / "added.py").write_text("def prepare(problem):\n    import their_kernels\n")
    assert Source("added", tmp_path / "added.py").is_foreign(tmp_path)
    (tmp_path / "added.py").write_text("def prepare(problem):\n    import numba\n")
    assert not Source("added", tmp_path / "added.py").is_foreign(tmp_path)


def test_imports_are_found_in_every_statement_however_deep(tmp_path: Path) -> None:
    """As by a search through the whole syntax tree."""
    branches = "".join(f"elif x == {n}:\n    import in_branch_{n}\n" for n in range(2 * sys.getrecursionlimit()))
    text = f"if x:\n    pass\n{branches}{EVERYWHERE}"
    (tmp_path / "mine.py").write_text(text)
    right = {node.names[0].name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.Import)}
    assert Source("mine", tmp_path / "mine.py").libraries() == right
    assert len(right) == 2 * sys.getrecursionlimit() + EVERYWHERE.count("import in_")


EVERYWHERE = """
else:
    import in_else
try:
    import in_try
except* ValueError:
    import in_except
else:
    import in_else_of_try
finally:
    import in_finally
match x:
    case 1:
        import in_case
for _ in x:
    import in_for
else:
    import in_else_of_for
while x:
    import in_while
with x:
    import in_with
class Named:
    import in_class
    async def inner(self):
        async for _ in x:
            import in_async_for
        async with x:
            def innermost():
                import in_async_with
if TYPE_CHECKING: import in_one_line; import in_the_same_line
"""


@pytest.mark.parametrize(
    "importing",
    [
        "import inner.helper\n",
        "from inner import helper\n",
        "def prepare(problem):\n    from inner.helper import x\n",
        "try:\n    import sys, elsewhere\nexcept ImportError:\n    pass\n",
        "import in_a_namespace.part\n",
    ],
)
def test_an_edit_of_an_imported_file_changes_the_contents(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, importing: str
) -> None:
    """Wherever it lies: --resume doesn't go on with it."""
    places = ("own/inner/helper.py", "path/elsewhere/__init__.py", "path/in_a_namespace/part.py")
    for place in places:
        (tmp_path / place).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / place).write_text("import json, numpy\n")
    monkeypatch.syspath_prepend(str(tmp_path / "path"))
    (tmp_path / "own" / "mine.py").write_text(importing)
    source = Source("mine", tmp_path / "own" / "mine.py")
    before = source.contents()
    assert b"json" in before
    for place in places:
        (tmp_path / place).write_text("import math, numpy\n")
    assert source.contents() != before
    assert source.libraries() <= {"numpy", "helper"}


CHECKOUT = """
import sys
from pathlib import Path
from gradrace.impls.discovery import Source, load
print(load(Source("mine", Path(sys.argv[1]))).technique)
"""


def test_a_module_called_as_a_folder_of_the_checkout_is_the_users(tmp_path: Path) -> None:
    """Whoever starts a worker puts the checkout on its path, where bench/, tests/ and others lie."""
    names = ("bench", "tests", "impls", "docs", "studies")
    for name in names:
        (tmp_path / f"{name}.py").write_text("WORD = 1\n")
    lines = "".join(f"from {name} import WORD\n" for name in names)
    (tmp_path / "mine.py").write_text(STARTING.replace("import numpy as np\n", f"import numpy as np\n{lines}"))
    command = [sys.executable, "-P", "-c", CHECKOUT, str(tmp_path / "mine.py")]
    variables = {**os.environ, "PYTHONPATH": str(ROOT)}
    told = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert told.stdout.strip() == "vectorized", told.stderr


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("technique", "None", "its technique is None; give one such as Technique.VECTORIZED"),
        ("technique", "'magical'", "its technique is 'magical'; give one such as"),
        ("technique", "Technique", "its technique is <enum 'Technique'>; give"),
        ("technique", "3", "its technique is 3; give"),
        ("prepare", "None", "its prepare is None, not a function"),
        ("gradient", "gradient(*[0] * 3) if False else 3", "its gradient is 3, not a function"),
        ("descend", "0", "its descend is 0, neither a function nor None"),
        ("gradient", "lambda data: 0", r"its gradient takes \(data\); it is called with \(data, w, b\)"),
        ("gradient", "lambda X, Y, w, b: 0", r"its gradient takes \(X, Y, w, b\); it is called with"),
        ("prepare", "lambda: 0", r"its prepare takes \(\); it is called with \(problem\)"),
        ("descend", "lambda data, w, b, *, alpha, steps: 0", r"its descend takes \(data, w, b, alpha, steps\); it is"),
        ("devices", "None", r"its devices are None; give a tuple such as \('cpu',\)"),
        ("devices", "('gpu',)", "its devices are .*gpu.*; give"),
        ("devices", "'cuda:0'", "its devices are 'cuda:0'; give"),
    ],
)
def test_a_field_of_another_type_is_told_in_one_line(tmp_path: Path, field: str, value: str, reason: str) -> None:
    fields = {"technique": "Technique.VECTORIZED", "prepare": "prepare", "gradient": "gradient"} | {field: value}
    told = ", ".join(f"{name}={text}" for name, text in fields.items())
    before, _, _ = STARTING.partition("IMPLEMENTATION = ")
    (tmp_path / "mine.py").write_text(f"{before}IMPLEMENTATION = Implementation({told})\n")
    with pytest.raises(Unavailable, match=f"^{reason}") as caught:
        load(Source("mine", tmp_path / "mine.py"))
    assert not caught.value.missing


@pytest.mark.parametrize(
    "function",
    [
        *("lambda *a: gradient(*a)", "lambda data, w, b, copy=True: gradient(data, w, b)", "partial(gradient)"),
        "wraps(len)(lambda *a: gradient(*a))",  # its signature is that of another function
    ],
)
def test_a_gradient_of_other_parameters_is_loaded_if_it_can_be_called(tmp_path: Path, function: str) -> None:
    text = STARTING.replace("import numpy as np\n", "import numpy as np\nfrom functools import partial, wraps\n")
    (tmp_path / "mine.py").write_text(text.replace("gradient=gradient", f"gradient={function}"))
    assert load(Source("mine", tmp_path / "mine.py"))


def test_a_technique_may_be_its_word(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text(STARTING.replace("Technique.VECTORIZED", "'vectorized'"))
    assert load(Source("mine", tmp_path / "mine.py")).technique == "vectorized"


def test_no_two_threads_parse_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of them would raise SystemError now and then, in CPython 3.11."""
    inside, most, parse = [0], [0], ast.parse

    def watched(source: bytes) -> ast.Module:
        inside[0] += 1
        most[0] = max(*most, *inside)
        time.sleep(0.01)  # lets the others in, if nothing holds them
        inside[0] -= 1
        return parse(source)

    monkeypatch.setattr(ast, "parse", watched)
    for number in range(8):
        (tmp_path / f"own{number}.py").write_text("import no_such_library\n")
    with ThreadPoolExecutor(8) as pool:
        found = [*pool.map(lambda number: Source("own", tmp_path / f"own{number}.py").missing(), range(8))]
    assert found == ["needs the package 'no_such_library', which is not installed"] * 8
    assert most == [1]


def test_no_thread_that_starts_a_worker_parses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NumPy parses the headers of .npy files meanwhile."""
    (tmp_path / "beside.py").write_text("def f():\n    import no_such_library\n")
    (tmp_path / "own.py").write_text("import beside\nIMPLEMENTATION = 1\n")
    workers = [ProcessWorker(source, 1, 30) for source in (*sources(), Source("own", tmp_path / "own.py"))]
    monkeypatch.setattr(ast, "parse", lambda _: pytest.fail("parses"))
    for worker in workers:
        worker.source.missing()
        worker.source.is_foreign()
        worker.source.libraries()


def test_imports_found_by_lines_are_those_of_the_syntax_tree(monkeypatch):
    def found() -> dict[Path, tuple[list[str], set[Path], set[str]]]:
        imports._imports.cache_clear()
        reached = {file: imports.reached(file) for file in sorted(discovery.HERE.rglob("*.py"))}
        return {file: (imports.packages(file), {*files}, packages) for file, (files, packages) in reached.items()}

    by_lines = found()
    monkeypatch.setattr(imports, "_import_lines", lambda _: None)
    assert found() == by_lines
    imports._imports.cache_clear()


@pytest.mark.parametrize(
    ("body", "where"),
    [
        ("helper.fails(3)", " (helper.py, line 2)"),
        ("json.loads('}')", " (mine.py, line 3)"),
        ("len(None)", " (mine.py, line 3)"),
    ],
)
def test_an_exception_is_placed_in_the_code_of_the_implementation(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, body: str, where: str
) -> None:
    (tmp_path / "helper.py").write_text("def fails(x):\n    raise ValueError(x)\n")
    (tmp_path / "mine.py").write_text(f"import helper, json\ndef gradient():\n    {body}\n")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.delitem(sys.modules, "helper", raising=False)
    gradient = runpy.run_path(str(tmp_path / "mine.py"))["gradient"]
    with pytest.raises((ValueError, TypeError)) as caught:
        gradient()
    caught.value.__traceback__ = caught.tb.tb_next  # without this test's own file
    assert discovery.place(caught.value) == where


def test_an_exception_in_a_function_of_no_file_is_placed_in_the_function() -> None:
    names: dict[str, Any] = {}
    code = compile("def mine():\n    raise ValueError(3)", "<dynamic-code>", "exec")
    exec(code, names)  # noqa: S102  # as a notebook does
    with pytest.raises(ValueError, match="3") as caught:
        names["mine"]()
    caught.value.__traceback__ = caught.tb.tb_next
    assert discovery.place(caught.value) == " (mine, line 2)"


def test_an_exception_of_gradrace_itself_has_no_place_in_an_implementation(tmp_path: Path) -> None:
    with pytest.raises(Unavailable) as caught:
        load(Source("gone", tmp_path / "gone.py"))
    caught.value.__traceback__ = caught.tb.tb_next
    assert discovery.place(caught.value) == ""
