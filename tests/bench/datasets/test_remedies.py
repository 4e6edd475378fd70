"""Text tables that need another form: each message has a command, and what it makes is read."""

from __future__ import annotations

import gzip
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from gradrace.bench.datasets.formats.dataset import Dataset, ReadOptions
from gradrace.bench.datasets.read import read
from tests.bench.datasets.sources import GUESSES, followed, refusal, run

M = 40
FRAME = pd.DataFrame({"age": np.arange(M) * 7 % 31, "mass": np.arange(M) * 3.5 % 11, "ill": np.arange(M) * 7 % 3 % 2})
LINES = FRAME.to_csv(index=False).splitlines()


def check_whole(dataset: Dataset) -> None:
    np.testing.assert_allclose(dataset.X.T, FRAME[["age", "mass"]], rtol=1e-12)
    np.testing.assert_array_equal(dataset.labels, FRAME.ill)


def aligned(*, head: str = "age", hole: str = "") -> str:
    rows = [f"{head:<14}mass    ill"]
    cells = FRAME.astype(str).itertuples(index=False)
    rows += [f"{age:<14}{mass if place or not hole else hole:<8}{ill}" for place, (age, mass, ill) in enumerate(cells)]
    return "\n".join(rows)


REMADE = {
    "names that come again": (
        "lines repeat the names",
        "\n".join([*LINES[:20], LINES[0], *LINES[20:30], LINES[0], *LINES[30:]]),
    ),
    "lists": ("its lines are lists in brackets", "\n".join(f"[{line}]" for line in LINES[1:])),
    "tuples": ("its lines are lists in brackets", "\n".join(f"({line})" for line in LINES[1:])),
    "an array of NumPy": (
        "its lines are lists in brackets",
        np.array2string(FRAME.to_numpy(), threshold=10**6, suppress_small=True),
    ),
    "lines that are columns": ("its lines look like columns", FRAME.T.to_csv(header=False)),
}


@pytest.mark.parametrize("kind", REMADE)
def test_the_command_makes_a_table_that_is_read(tmp_path: Path, kind: str) -> None:
    told, contents = REMADE[kind]
    path = tmp_path / "it's.csv"
    path.write_text(contents + "\n")
    said = refusal(path)
    assert said.startswith(told)
    check_whole(followed(said, tmp_path))


@pytest.mark.parametrize(
    ("head", "told", "rest"),
    [
        ("age in years", "no character separates its columns", ("in", "years")),
        ("age now", "not a table: line 2", ("now",)),
    ],
)
def test_columns_that_names_with_blanks_make_are_left_out(
    tmp_path: Path, head: str, told: str, rest: tuple[str, ...]
) -> None:
    """pandas takes the words of a name that is wider than its numbers for columns, which are empty."""
    path = tmp_path / "a.txt"
    path.write_text(aligned(head=head))
    said = refusal(path)
    assert said.startswith(told)
    run(said.partition(" after ")[2])
    dataset = read(str(tmp_path / "a.txt.csv"), GUESSES)
    check_whole(dataset)
    left_out = ", ".join(f"{name} (40 of 40)" for name in rest)
    assert f"left out, as most numbers are missing: {left_out}" in dataset.readings


def test_an_aligned_table_with_empty_cells_keeps_its_columns(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text(aligned(hole=" "))
    said = refusal(path)
    assert said.startswith("no character separates its columns; if blanks align its columns, go on with --data")
    run(said.partition(" after ")[2])
    assert read(str(tmp_path / "a.txt.csv"), GUESSES).gaps[0].endswith("as mass is missing; to use them: --drop mass")


@pytest.mark.parametrize(
    "below", [["(40 rows)"], ["", "Source: Bureau, 2020"], ["name,value", "n,40"], ["one", "", "two, three", "four"]]
)
def test_lines_below_a_table_are_deleted_by_the_command(tmp_path: Path, below: list[str]) -> None:
    path = tmp_path / "it's.csv"
    path.write_text("\n".join([*LINES, *below]) + "\n")
    run(refusal(path).partition("such as by ")[2])
    check_whole(read(str(path), GUESSES))


def test_a_wrong_line_within_a_table_is_deleted_alone(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("\n".join([*LINES[:9], "end of page", *LINES[9:]]))
    said = refusal(path)
    assert said.endswith(f"correct it, or delete line 10, such as by sed -i 10d {path}")


def test_no_command_changes_a_compressed_file(tmp_path: Path) -> None:
    path = tmp_path / "a.csv.gz"
    path.write_bytes(gzip.compress("\n".join([*LINES, "(40 rows)", ""]).encode()))
    assert refusal(path).endswith("correct it, or delete line 42, after unpacking the file")
    path.write_bytes(gzip.compress("\n".join([*LINES, "Total,1,"]).encode()))
    assert "sed" not in refusal(path)


@pytest.mark.parametrize(("before", "after"), [("", "%"), ("$", ""), ("€ ", ""), ("", " ₹")])
def test_signs_beside_numbers_are_deleted_by_the_command(tmp_path: Path, before: str, after: str) -> None:
    path = tmp_path / "it's.csv"
    FRAME.assign(mass=[f"{before}{mass}{after}" for mass in FRAME.mass]).to_csv(path, index=False)
    found = re.search(r"go on with --drop mass, or delete \S: (sed .*?), or make them numbers", refusal(path))
    assert found
    run(found[1])
    check_whole(read(str(path), GUESSES))


@pytest.mark.parametrize("value", ["2020-01-01", "A12", "(7.5)", "7 kg", "x"])
def test_other_text_is_not_advised_to_be_a_number(tmp_path: Path, value: str) -> None:
    FRAME.assign(mass=value).to_csv(tmp_path / "a.csv", index=False)
    assert "sed" not in refusal(tmp_path / "a.csv", ReadOptions(label="ill"))


@pytest.mark.parametrize("separator", ["^", "~", "\x01", ":"])
def test_rare_separators_are_known(tmp_path: Path, separator: str) -> None:
    FRAME.to_csv(tmp_path / "a.csv", index=False, sep=separator)
    check_whole(read(str(tmp_path / "a.csv"), GUESSES))


def test_a_column_of_which_all_values_differ_is_no_label(tmp_path: Path) -> None:
    rows = "\n".join(f"{1000 + row * 37 % 41} {row * 13 % 29}{row}" for row in range(M))
    (tmp_path / "a.txt").write_text(rows)
    assert (
        refusal(tmp_path / "a.txt") == "all 40 labels differ, so they are no classes; name another column with --label"
    )


def test_examples_with_names_are_no_columns(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    lines = [",".join([f"p{row}", *map(str, rng.normal(size=30)), str(row % 2)]) for row in range(12)]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    assert refusal(tmp_path / "a.csv").endswith("; --no-header if they are examples")
    dataset = read(str(tmp_path / "a.csv"), ReadOptions(header=False, label="32", drop=("1",)))
    assert (dataset.m, dataset.n_x) == (12, 30)


def test_weights_in_an_arff_file_are_deleted_by_the_command(tmp_path: Path) -> None:
    names = "@relation a\n@attribute age real\n@attribute mass real\n@attribute ill {0,1}\n@data\n"
    path = tmp_path / "it's.arff"
    path.write_text(names + "\n".join(f"{line}, {{0.5}}" for line in LINES[1:]))
    said = refusal(path)
    assert said.startswith("an ARFF file with weights of its examples, which aren't used; delete them: sed")
    run(said.partition("delete them: ")[2])
    check_whole(read(str(path), GUESSES))


@pytest.mark.parametrize("kind", ["plain", "decimal comma", "a section", "a title"])
def test_examples_without_a_label_are_dropped_by_the_command(tmp_path: Path, kind: str) -> None:
    path = tmp_path / "it's.csv"
    more = pd.concat([FRAME[:7].astype(object), pd.DataFrame({"age": [3], "mass": [4.5]}), FRAME[7:].astype(object)])
    text = more.to_csv(index=False, **({"sep": ";", "decimal": ","} if kind == "decimal comma" else {}))
    text = text.replace("3,4.5,", "Second batch,,") if kind == "a section" else text
    path.write_text("Patients of 2023\n\n" + text if kind == "a title" else text)
    if kind != "a section":
        check_whole(read(str(path), GUESSES))
    said = refusal(path, ReadOptions(label="ill"))
    assert said.startswith("the label of example 8 is missing; ")
    run(said.partition(" after ")[2])
    check_whole(read(str(path.with_name("it's-2.csv")), GUESSES))


COLOURS, SIZES = ("red", "green", "blue"), ("big", "small")
CATEGORIES = [(COLOURS[row % 3], SIZES[row // 3 % 2], ("no", "yes")[row % 5 // 3]) for row in range(40)]
ROWS = [",".join(row) for row in CATEGORIES]
ARFF = """% a comment
@relation 'all text'
@attribute colour {red,green,blue}
@attribute size {big,small}
@attribute class {no,yes}
@data
"""


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("it's.csv", "\n".join(["colour,size,class", *ROWS])),
        ("a.csv", "\n".join(["colour;size;class", *ROWS]).replace(",", ";")),
        ("quoted.csv", '"colour","size","class"\n' + "\n".join(f'"{line}"'.replace(",", '","') for line in ROWS)),
        ("a.data", "\n".join(ROWS)),
        ("a.arff", ARFF + "\n".join([*ROWS, "%", "%"])),
        ("a.csv.gz", "\n".join(["colour,size,class", *ROWS])),
        ("a.tab", "\n".join(["colour,size,ill", "d,big small,d", ",,class", *ROWS]).replace(",", "\t")),
    ],
)
def test_the_command_makes_columns_of_categories(tmp_path: Path, name: str, text: str) -> None:
    path = tmp_path / name
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    expected = np.array([[value in row for value in (*sorted(COLOURS), *SIZES)] for row in CATEGORIES])
    given = {"a.data": ReadOptions(header=False, label="3"), "a.tab": ReadOptions(label="ill")}
    how = given.get(name, ReadOptions(label="class"))
    for dataset in (follow(path, tmp_path, how), read(str(path), replace(how, guesses=True))):
        np.testing.assert_array_equal(dataset.X.T, expected)
        np.testing.assert_array_equal(dataset.labels, [row[-1] == "yes" for row in CATEGORIES])


def test_the_command_keeps_the_positive_class_and_leaves_out_names(tmp_path: Path) -> None:
    lines = [f"Al {number},{line}{number % 3}" for number, line in enumerate(ROWS)]
    (tmp_path / "a.csv").write_text("\n".join(["name,colour,size,class", *lines]))
    dataset = follow(tmp_path / "a.csv", tmp_path, ReadOptions(label="class"))
    assert (dataset.n_x, dataset.classes) == (5, ("not no0", "no0"))


@pytest.mark.parametrize("header", ["class,text\n", ""])
def test_the_command_counts_the_words_of_texts(tmp_path: Path, header: str) -> None:
    texts = [f"{'spam' if row % 3 else 'ham'},{'win ' * (row % 3)}a message number {row} for you" for row in range(30)]
    (tmp_path / "a.csv").write_text(header + "\n".join(texts))
    dataset = follow(tmp_path / "a.csv", tmp_path, GUESSES)
    assert dataset.m == 30
    np.testing.assert_array_equal(dataset.labels, [row % 3 > 0 for row in range(30)])
    assert (dataset.X == [row % 3 for row in range(30)]).all(axis=1).any()


@pytest.mark.parametrize("names", ["place,", ""])
def test_the_command_counts_three_letters_of_sequences(tmp_path: Path, names: str) -> None:
    sequences = ["".join("acgt"[row * place * 7 % 31 % 4] for place in range(30)) for row in range(30)]
    rows = [f"{'NP'[row % 3 > 0]},{f'ID-{row},' if names else ''}{text}" for row, text in enumerate(sequences)]
    (tmp_path / "a.csv").write_text("\n".join([f"class,{names}sequence", *rows]))
    dataset = follow(tmp_path / "a.csv", tmp_path, GUESSES)
    assert (dataset.m, dataset.X.sum(axis=0).tolist()) == (30, [28] * 30)


def follow(path: Path, folder: Path, how: ReadOptions) -> Dataset:
    """Return the examples that the command of a refusal goes on with."""
    told = refusal(path, how)
    assert "no feature is left without them: go on with" in told
    return followed(told, folder)
