"""A fault at the end of a table is found without the table being read, and no table is refused for another reason."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from gradrace.bench.datasets.columns.gathered import Gathered
from gradrace.bench.datasets.dialects.dialect import head_of
from gradrace.bench.datasets.formats.dataset import ReadOptions
from gradrace.bench.datasets.read import read
from gradrace.bench.datasets.tables import text_rows, text_scan
from gradrace.bench.datasets.tables.text_layout import layout_of
from gradrace.bench.datasets.tables.text_scan import Scanned, scanned
from gradrace.bench.results import UnusableInput
from tests.bench.datasets import sources

ROWS = [f"{place % 7}.5,{-place},{'MB'[place % 2]}" for place in range(1000)]
HOW = ReadOptions(label="y")


@pytest.fixture(autouse=True)
def _small_chunks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(text_rows, "REFUSED_CELLS", 300)
    monkeypatch.setattr(text_rows, "CHUNK_CELLS", 300)


def write(path: Path, last: str, rows: list[str] = ROWS) -> str:
    path.write_text("\n".join(["a,b,y", *rows, last]) + "\n")
    return str(path)


def refusal(source: str, how: ReadOptions = HOW) -> str:
    return sources.refusal(source, how)


FAULTS = {
    "abc,1,M": "not numeric: a ('abc'); go on with --drop a",
    "1,,M": "numbers are missing: b; go on with --drop b",
    ",1,M": "numbers are missing: a; go on with --drop a",
    "NA,1,M": "numbers are missing: a; go on with --drop a",
    "1,2": "not a table: line 1002 has 2 cells, not 3; correct it, or delete line ",
    "1,2,M,4": "not a table: line 1002 has 4 cells, not 3; correct it, or delete line ",
    "1,2,R": "3 classes (B, M, R); go on with --positive B",
}


@pytest.mark.parametrize("separator", [",", ";", "\t", "  "])
@pytest.mark.parametrize("last", FAULTS)
def test_a_fault_in_the_last_line_is_found_before_the_numbers_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str, separator: str
) -> None:
    taken, take = [], Gathered.take
    monkeypatch.setattr(Gathered, "take", lambda self, table: [taken.append(len(table)), take(self, table)])
    path = Path(write(tmp_path / "a.csv", last))
    if separator == "  " and ",," in f",{last},":
        pytest.skip("between blanks no cell is empty")
    path.write_text(path.read_text().replace(",", separator))
    assert refusal(str(path)).startswith(FAULTS[last])
    assert sum(taken) <= 200
    packed = tmp_path / "a.csv.gz"
    packed.write_bytes(gzip.compress(path.read_bytes()))
    assert refusal(str(packed)).startswith(FAULTS[last])


def test_faults_are_named_in_the_order_of_the_columns(tmp_path: Path) -> None:
    source = write(tmp_path / "a.csv", "1,x,M\nz,2,M")
    assert refusal(source).startswith("not numeric: a ('z'), b ('x'); no feature is left")


def test_a_single_class_is_found_before_the_numbers_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    taken, take = [], Gathered.take
    monkeypatch.setattr(Gathered, "take", lambda self, table: [taken.append(len(table)), take(self, table)])
    source = write(tmp_path / "a.csv", "1,2,M", [row.replace("B", "M") for row in ROWS])
    assert refusal(source) == "all labels are M; a classifier needs two classes"
    source = write(tmp_path / "a.csv", "1,2,M")
    assert refusal(source, ReadOptions(label="y", positive="X")) == "no class 'X'; the classes are B, M"
    assert sum(taken) <= 400


@pytest.mark.parametrize(
    "last",
    [
        "1e-5,+.5E+3,M",
        '"1","2","M"',
        "1,2,M\n\n",
        " 1 , 2 , M ",
        "1,2,M,",
        "# 1,2\n1,2,M",
        '1,2,"M\n"\n1,2,M',
    ],
)
def test_no_whole_table_is_refused_or_read_in_part(tmp_path: Path, last: str) -> None:
    source = write(tmp_path / "a.csv", last, [*ROWS, "# a comment"] if "#" in last else ROWS)
    if last.endswith(","):
        Path(source).write_text(Path(source).read_text().replace("\n", ",\n").replace(",,\n", ",\n"))
    dataset = read(source, HOW)
    assert dataset.m == 1001 + last.count('M\n"')
    assert (dataset.classes, dataset.features) == (("B", "M"), ("a", "b"))


@pytest.mark.parametrize("last", ['""', "1,\0,M", "1,2,M\r3,4,B", "'", "1,2,M\x0c"])
def test_hostile_lines_are_read_or_refused_as_without_a_search(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, last: str
) -> None:
    source, found = write(tmp_path / "a.csv", last), list[tuple[int, str]]()
    for search in (scanned, lambda *_: Scanned({}, [], [], whole=False)):
        monkeypatch.setattr(text_rows, "scanned", search)
        try:
            found.append((read(source, HOW).m, ""))
        except UnusableInput as refusal:
            found.append((0, str(refusal)))
    assert found[0] == found[1] or found[0][1].startswith(f"{source}: not a table: line 1002 has")


def test_the_end_of_lines_and_the_position_of_labels_do_not_matter(tmp_path: Path) -> None:
    rows = [",".join(row.split(",")[::-1]) for row in ROWS]
    for end in ("\n", "\r\n", "\r"):
        path = tmp_path / "a.csv"
        path.write_bytes(end.join(["y,b,a", *rows, ""]).encode())
        assert read(str(path), HOW).m == 1000
    path.write_text("\n".join(["y,b,a", *rows, "M,1,?", "M,x,1", ""]))
    assert refusal(str(path)).startswith("not numeric: b ('x'); numbers are missing: a; no feature is left")


def test_a_table_whose_lines_all_have_another_shape_is_searched_in_a_bounded_number_of_lines(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    names = ["".join(chr(97 + int(digit)) for digit in str(place)) for place in range(2000)]
    source = write(tmp_path / "a.csv", "1,ab,b", [f"1,{name},{'ab'[name > 'e']}" for name in names])
    parsed: list[str] = []
    rows_of = text_scan.rows_of
    monkeypatch.setattr(text_scan, "rows_of", lambda text, *others: parsed.append(text) or rows_of(text, *others))
    assert "not numeric: b ('a')" in refusal(source)
    assert len(parsed) <= text_scan.MOST_SHAPES + text_scan.MOST_LABELS


@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize(
    ("last", "found"),
    [("5.5,6,0", ["0", "1"]), ("5.5,6,2", ["0", "1", "2"]), ("5.5,6,10", ["0", "1", "10"]), ("5.5,6,", ["0", "1"])],
)
def test_classes_of_one_letter_are_found_in_all_blocks(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, end: str, last: str, found: list[str]
) -> None:
    monkeypatch.setattr(text_scan, "BLOCK_BYTES", 200)
    path = tmp_path / "a.csv"
    rows = [f"{place % 7}.5,{place},{place % 2}" for place in range(300)]
    path.write_bytes(end.join(["a,b,y", *rows, last, *rows]).encode())
    head = head_of(path)
    layout, _ = layout_of(path, head, HOW)
    seen = scanned(path, head, layout)
    assert (sorted(seen.classes), seen.whole) == (found, not last.endswith(","))
