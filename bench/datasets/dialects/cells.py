"""Cells of a table in memory that hold several values: a list of numbers, or a record."""

from __future__ import annotations

import numpy as np
import pandas as pd

from gradrace.bench.datasets.formats.checks import NUMBERS


def flat(table: pd.DataFrame) -> pd.DataFrame:
    """Return a table with a column for each value: `name.0`, `name.1`, ... of lists, `name.key` of records.

    A list of one value in each cell is that value. Columns whose lists have different lengths, or hold anything but
    numbers, stay as they are.
    """
    parts = [_parts(table[name], str(name)) if table[name].dtype == object else None for name in table.columns]
    if all(part is None for part in parts):
        return table
    whole = [table[[name]] if part is None else part for name, part in zip(table.columns, parts, strict=True)]
    return pd.concat(whole, axis=1)


def _parts(column: pd.Series, name: str) -> pd.DataFrame | None:
    """Return the columns of the values in the cells of a column, or None if each holds a single one."""
    kinds = {type(cell) for cell in column if not (pd.api.types.is_scalar(cell) and pd.isna(cell))}
    if kinds == {dict}:
        records = [cell if isinstance(cell, dict) else {} for cell in column]
        return flat(pd.json_normalize(records).set_index(column.index).add_prefix(f"{name}."))
    if not kinds or not kinds <= {list, np.ndarray}:
        return None
    try:
        values = np.array([np.array(cell) for cell in column])
        values = np.array(values.tolist()) if values.dtype == object else values
    except ValueError:  # of different lengths
        return None
    if values.dtype.kind not in NUMBERS or values.ndim < 2 or not values.size:
        return None
    found = pd.DataFrame(values.reshape(len(column), -1), column.index)
    return found.set_axis([name], axis=1) if found.shape[1] == 1 else found.add_prefix(f"{name}.")
