"""Files of strangers end in one line: seeds, what fuzzing found, and a few hundred changes of both, for each reader.

`python -m tests.fuzz READER` reads millions; this holds what they showed.
"""

from __future__ import annotations

import random

import pytest

from tests.fuzz import harmless
from tests.fuzz.containers import packed, unpacked
from tests.fuzz.inputs import changed, corpus
from tests.fuzz.mutators import MUTATORS
from tests.fuzz.readers import FILES, read_or_refuse, reader
from tests.fuzz.seeds import seeds

SLOW = {"report": 10, "pictures": 0, "zarr": 40, "compare": 100, "workbook": 10}
CHANGES = {name: SLOW.get(name, 200) for name in FILES}
"""Number of changed inputs by reader: one or two seconds of them."""

as_a_command = pytest.mark.filterwarnings("default")
"""Filter: the command line prints warnings, and raises no exception for them."""


@pytest.mark.slow
@as_a_command
@pytest.mark.parametrize("name", sorted(FILES))
def test_what_is_changed_is_read_or_refused(name: str) -> None:
    for data in changed(name, CHANGES[name]):
        read_or_refuse(reader(name), data)


@as_a_command
@pytest.mark.parametrize("name", sorted(FILES.keys() - {"pictures"}))
def test_every_seed_is_a_file_that_something_is_read_from(name: str) -> None:
    """Or else changes of it would test nothing but the first line of a reader."""
    for data in seeds(name):
        reader(name)(data)


@as_a_command
@pytest.mark.parametrize("name", sorted(FILES))
def test_what_fuzzing_found_is_read_or_refused(name: str) -> None:
    for data in corpus(name):
        read_or_refuse(reader(name), data)


@pytest.mark.parametrize("name", sorted(MUTATORS))
def test_the_same_random_numbers_make_the_same_change(name: str) -> None:
    data = seeds(name)[0]
    one, other = (MUTATORS[name](data, random.Random(3)) for _ in range(2))
    assert one == other
    assert any(MUTATORS[name](data, random.Random(seed)) != data for seed in range(5))


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
    files = {"zarr.json": b"{}", "X/c/0/0": b"\x00\n", "y/zarr.json": b"{}\n"}
    assert unpacked(packed(files)) == files
    assert unpacked(packed({"../a": b"", "/a": b"", "a/../../b": b"", "": b"", "a": b"1", "a/b": b"2"})) == {"a": b"1"}
