"""Implementations are found, and where they can compute is read, without running their files."""

from __future__ import annotations

import py_compile
from importlib.metadata import EntryPoint
from pathlib import Path

import pytest

from gradrace.impls import discovery
from gradrace.impls.discovery import STARTER, Source, Unavailable, everyone, load, sources

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
    monkeypatch.setattr(discovery, "entry_points", lambda *, group: [one for one in points if one.group == group])
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
