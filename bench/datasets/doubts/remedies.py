"""Commands for text tables that can't be read as they are: to delete lines, and to make another table."""

from __future__ import annotations

import re
import shlex
from collections.abc import Collection, Mapping, Sequence
from itertools import islice
from pathlib import Path

from gradrace.bench.datasets.dialects.dialect import Head
from gradrace.bench.datasets.dialects.header import width_of
from gradrace.bench.datasets.dialects.packed import opened
from gradrace.bench.datasets.dialects.separators import BLANKS, rows_of
from gradrace.bench.datasets.doubts.texts import MISSING_TEXT
from gradrace.bench.datasets.layouts.commands import converted, free, go_on, python, word
from gradrace.bench.datasets.layouts.foreign import read_as_table

MOST_BELOW = 50
"""Maximum number of lines below a table that are deleted at once."""

MOST_WORDS = 1000
"""Maximum number of words that are counted in texts."""

USUAL = {"sep": ",", "skiprows": 0, "decimal": ".", "encoding": "utf-8", "quotechar": '"'}
"""Options of pandas.read_csv that are its defaults, which a command leaves out."""

LEAST_SEQUENCE = 20
"""Number of letters from which on words are sequences, as of DNA, of which each three letters are counted."""

SYMBOL = re.compile(r"([%$€£¥₹]?)\s*[+-]?[\d.,]*\d\s*([%$€£¥₹]?)")
"""Number with a currency or a percent sign."""


def deleting(path: Path, head: Head, number: int) -> str:
    """Return the words with the command that deletes a line, and all below it if none of them is a row of the table."""
    if read_as_table(path):
        return f"delete row {number} in it"
    if head.packed:
        return f"delete line {number}, after unpacking the file"
    with opened(path) as stream:
        lines = [*islice(stream, number - 1, number + MOST_BELOW)]
    below = [line.decode(head.encoding, errors="replace") for line in lines]
    widths = [len(row) for line in below for row in rows_of(line, head.separator, 1, head.quote)]
    to_end = 1 < len(below) <= MOST_BELOW and width_of(head) not in widths
    what, where = (f"lines {number} to the end", f"'{number},$d'") if to_end else (f"line {number}", f"{number}d")
    return f"delete {what}, such as by sed -i {where} {word(path)}"


def by_width(path: Path, head: Head) -> str:
    """Return the words with the command for a table whose columns are aligned by blanks, if it may be one."""
    if head.separator != BLANKS and not any("  " in cell for row in head.rows for cell in row):
        return ""
    return f"; if blanks align its columns, {_remade(path, 'read_fwf({old})')}"


def labelled(path: Path, head: Head, label: int, marks: Collection[str] = ()) -> str:
    """Return the words with the command that drops the examples without a label, or "" if pandas may read others.

    label: position of the column of labels. marks: words that stand for missing ones.
    """
    if head.commented or head.units or head.separator == BLANKS or len(head.rows[0]) != len(head.rows[-1]):
        return ""
    new, apart = converted(path, ".csv"), head.separator
    before, source = _source(path)
    made = (
        f"{before}import pandas; rows = pandas.read_csv({source}, sep={apart!r}, skiprows={head.skipped}, dtype=str, "
        f"keep_default_na=False, encoding={head.encoding!r}); "
        f"gone = rows.iloc[:, {label}].fillna('').str.strip().isin({['', *sorted(marks)]}); "
        f"rows[~gone].to_csv({new!r}, sep={apart!r}, index=False)"
    )
    return go_on(new, made)


def as_numbers(path: Path, head: Head, label: int, *, header: bool, options: Sequence[str]) -> str:
    """Return the words with the command that makes numbers of a table in which no column is a feature, or "".

    Categories become columns of 0 and 1; texts become counts of words, sequences of letters counts of three letters.
    The labels come last.

    Args:
        path: file of the table.
        head: its beginning.
        label: position of the labels.
        header: whether the first row holds names.
        options: parts of the command, of which `--positive` stays.
    """
    width, rows = width_of(head), head.rows[1:] if header else head.rows
    if (head.commented and not head.named) or any(len(row) < width for row in head.rows):
        return ""
    columns = {place: [row[place] for row in rows] for place in range(width) if place != label}
    named = {place for place, cells in columns.items() if 2 * len({*cells}) > len(cells)}
    named = {place for place in named if not all(map(head.numerals.is_number, filter(None, columns[place])))}
    texts = [place for place in sorted(named) if sum(len(cell.split()) for cell in columns[place]) > 3 * len(rows)]
    name = head.rows[0][label] if header else "label"
    positive = [option for option in options if option.startswith("--positive")]
    read = _rows_read(path, head, header=header)
    read += f"y = read(dtype=str, na_filter=False).iloc[:, {label}].str.strip(); "  # a class may be called ? or NA
    letters = "" if texts else ", analyzer='char', ngram_range=(3, 3)"
    texts = texts or [place for place in sorted(named) if min(map(len, columns[place])) >= LEAST_SEQUENCE]
    if texts:
        new = converted(path, ".npz")
        made = (
            "import numpy, pandas; from sklearn.feature_extraction.text import CountVectorizer; "
            f"{read}words = CountVectorizer(max_features={MOST_WORDS}{letters}).fit_transform("
            f"rows.iloc[:, {texts}].fillna('').astype(str).agg(' '.join, axis=1)); "
            f"numpy.savez({new!r}, X=words.toarray(), y=y.to_numpy(dtype=str))"
        )
        return go_on(new, made, *positive)
    if len(named) == len(columns):
        return ""
    new = converted(path, ".csv")
    made = (
        f"import pandas; {read}"
        f"rows = rows.drop(columns=rows.columns[{[label, *sorted(named)]}]); "
        "rows = pandas.get_dummies(rows.fillna(rows.median(numeric_only=True)), dtype=int); "
        f"rows.assign(**{{{name!r}: y}}).to_csv({new!r}, index=False)"
    )
    return go_on(new, made, f"--label {shlex.quote(name)}", *positive)


def two_classes(path: Path, head: Head, label: int, *, header: bool) -> str:
    """Return the words with the command that makes two classes of numbers: those above their median, and the others."""
    width = width_of(head)
    if (head.commented and not head.named) or any(len(row) < width for row in head.rows):
        return "make two classes of them"
    name, new = head.rows[0][label] if header else "label", converted(path, ".csv")
    made = (
        f"import pandas; {_rows_read(path, head, header=header)}rows = rows.dropna(subset=rows.columns[[{label}]]); "
        f"y = rows.iloc[:, {label}]; rows = rows.drop(columns=rows.columns[{label}]); "
        f"rows.assign(**{{{name!r}: (y > y.median()).astype(int)}}).to_csv({new!r}, index=False)"
    )
    return f"for two classes, above their median and below, {go_on(new, made, f'--label {shlex.quote(name)}')}"


def _rows_read(path: Path, head: Head, *, header: bool) -> str:
    """Return the program that defines `read`, which reads a table with further options, and reads it as `rows`."""
    first = ", header=None, comment='%'" if head.named else "" if header else ", header=None"
    skipped: int | list[int] = head.skipped + head.named
    if head.units:
        skipped = [*range(head.skipped), *range(head.skipped + 1, head.skipped + 1 + head.units)]
    dialect = {
        "sep": head.separator,
        "skiprows": skipped,
        "decimal": head.numerals.decimal,
        "encoding": head.encoding,
        "quotechar": head.quote,
    }
    unusual = "".join(f", {name}={value!r}" for name, value in dialect.items() if value != USUAL[name])
    marks = sorted(({cell for row in head.rows for cell in row} & MISSING_TEXT | {"?"}) - {""})
    before, source = _source(path)
    return (
        f"{before}read = lambda **of: pandas.read_csv({source}{unusual}{first}, skipinitialspace=True, **of); "
        f"rows = read(na_values={marks}); "
    )


def alone(path: Path, head: Head, *, header: bool) -> str:
    """Return the words with the command that makes a table of the last column, which holds the labels."""
    new, names = free(path.with_name(f"{path.stem}-alone.csv")), "" if header else "header=None, "
    before, source = _source(path)
    made = (
        f"{before}import pandas; pandas.read_csv({source}, sep={head.separator!r}, skiprows={head.skipped}, {names}"
        f"dtype=str, keep_default_na=False, encoding={head.encoding!r}).iloc[:, -1:]"
        f".to_csv({new!r}, header={header}, index=False)"
    )
    return f"go on with --label {word(new)} after {python(made)}"


def transposed(path: Path) -> str:
    """Return the words with the command for a table whose lines are the columns."""
    return _remade(path, "read_csv({old}, sep=None, engine='python', header=None, index_col=0).T")


def once(path: Path) -> str:
    """Return the words with the command that leaves out all lines that repeat the first one."""
    if read_as_table(path):
        return "delete these rows in it"
    new = word(converted(path, ".csv"))
    program = "NR == 1 { first = $0; print } $0 != first"
    return f"go on with --data {new} after awk {shlex.quote(program)} < {word(path)} > {new}"


def without_brackets(path: Path) -> str:
    """Return the words with the command that leaves out all brackets."""
    if read_as_table(path):
        return "delete the brackets in it"
    new = word(converted(path, ".csv"))
    return f"go on with --data {new} after tr -d '[]()' < {word(path)} > {new}"


def without_symbols(path: Path, text: Mapping[str, str]) -> str:
    """Return the words with the command that deletes the signs beside numbers, or "". text: a value of each column."""
    found = [SYMBOL.fullmatch(value) for value in text.values()]
    signs = dict.fromkeys(sign for match in found if match for sign in match.groups() if sign)
    if not signs:
        return ""
    patterns = [sign.replace("$", "[$]") for sign in signs]
    edits = " ".join(f"-e {shlex.quote(f's/{pattern}//g')}" for pattern in patterns)
    return f"delete {' and '.join(signs)}: sed -i {edits} {word(path)}"


def _remade(path: Path, call: str) -> str:
    new = converted(path, ".csv")
    before, source = _source(path)
    made = f"{before}import pandas; pandas.{call.format(old=source)}.to_csv({new!r}, index=False)"
    return go_on(new, made)


def _source(path: Path) -> tuple[str, str]:
    """Return the steps of a program, and its expression that pandas reads a table from: a file, or its CSV."""
    kind = read_as_table(path)
    if kind is None:
        return "", repr(str(path))
    steps, csv = kind.as_csv(path)
    return f"import io; {steps}; ", f"io.StringIO({csv})"
