"""Files of strangers end in one line: seeds, what fuzzing found, and a few hundred changes of both, for each reader.

`python -m tests.fuzz READER` reads millions; this holds what they showed.
"""

from __future__ import annotations

import random

import pytest

from bench.results import UnusableInput
from tests.fuzz import harmless
from tests.fuzz.containers import packed, unpacked
from tests.fuzz.inputs import changed, known
from tests.fuzz.mutators import MUTATORS
from tests.fuzz.readers import READERS, read_or_refuse
from tests.fuzz.seeds import seeds

CHANGES = {
    **{"results": 1000, "compare": 100, "report": 12, "pictures": 0},
    **{"model": 300, "npy": 300, "npz": 300, "csv": 200, "hdf5": 150, "parquet": 150, "zarr": 30, "image": 300},
}
"""As many as a second or two allows."""

as_a_command = pytest.mark.filterwarnings("default")
"""A warning is printed there, and no exception."""


@as_a_command
@pytest.mark.parametrize("reader", sorted(READERS.keys() - {"pictures"}))
def test_what_is_known_is_read_or_refused(reader: str) -> None:
    for data in known(reader):
        read_or_refuse(READERS[reader], data)


@as_a_command
@pytest.mark.parametrize("reader", sorted(READERS))
def test_what_is_changed_is_read_or_refused(reader: str) -> None:
    for data in changed(reader, CHANGES[reader]):
        read_or_refuse(READERS[reader], data)


@as_a_command
@pytest.mark.parametrize("reader", sorted(READERS.keys() - {"pictures"}))
def test_every_seed_is_a_file_that_something_is_read_from(reader: str) -> None:
    """Or else changes of it would test nothing but the first line of a reader."""
    refused = []
    for data in seeds(reader):
        try:
            READERS[reader](data)
        except UnusableInput as refusal:
            refused.append(str(refusal))
    assert refused == []


@pytest.mark.parametrize("reader", sorted(MUTATORS))
def test_the_same_random_numbers_make_the_same_change(reader: str) -> None:
    data = seeds(reader)[0]
    one, other = (MUTATORS[reader](data, random.Random(3)) for _ in range(2))
    assert one == other
    assert any(MUTATORS[reader](data, random.Random(seed)) != data for seed in range(5))


@pytest.mark.parametrize("text", ["\x1b[2J", "\x9b2J", "a\rb", "\u202egnp.exe", "\x00", "\ud800"])
def test_what_a_terminal_obeys_is_seen(text: str) -> None:
    with pytest.raises(harmless.Harmful):
        harmless.check_terminal(f"numpy_{text}")


@pytest.mark.parametrize("text", ["</script>", "<script src=x>", "< img src=x>", "<!doctype html>"])
def test_a_tag_is_seen(text: str) -> None:
    with pytest.raises(harmless.Harmful):
        harmless.check_markdown(f"| {text} |")
    with pytest.raises(harmless.Harmful):
        harmless.check_page(f"<p>{text}</p>", 2)


def test_text_is_let_pass() -> None:
    harmless.check_terminal("größe: 3 µs × 2 — 4 < 5 and 6 > 5\n✓")
    harmless.check_markdown("| 4 &#60; 5 | a&#60;b |")


def test_a_folder_in_one_input_holds_nothing_outside_itself() -> None:
    files = {"zarr.json": b"{}", "X/c/0/0": b"\x00\n#", "y/zarr.json": b"{}\n"}
    assert unpacked(packed(files)) == files
    assert unpacked(packed({"../a": b"", "/a": b"", "a/../../b": b"", "": b"", "a": b"1", "a/b": b"2"})) == {"a": b"1"}
