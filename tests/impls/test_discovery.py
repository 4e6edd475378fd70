"""Where an implementation can compute is read from its file, whatever else stands there."""

from __future__ import annotations

from pathlib import Path

import pytest

from impls.discovery import Source, Unavailable, load, sources

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
    ["def broken(:", "\0", "", "IMPLEMENTATION = Implementation(devices=WHERE)", "f(devices=3)"],
)
def test_a_file_that_tells_nothing_computes_on_the_cpu(tmp_path: Path, text: str) -> None:
    file = tmp_path / "any.py"
    file.write_text(text)
    assert Source("any", file).devices() == ("cpu",)


def test_a_device_is_part_of_the_name_unless_it_is_the_cpu() -> None:
    source = Source("one", Path("one.py"))
    assert (source.on("cpu"), source.on("cuda").name, source.on("cuda").on("cpu")) == (source, "one@cuda", source)


def test_what_cannot_go_on_is_unavailable_and_no_mistake(tmp_path: Path) -> None:
    file = tmp_path / "gives_up.py"
    file.write_text("from impls.interface import GaveUp\nraise GaveUp('needs a GPU')\n")
    with pytest.raises(Unavailable, match=r"^needs a GPU$") as reason:
        load(Source("gives_up", file))
    assert reason.value.missing
