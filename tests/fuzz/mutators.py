"""Changes of each reader's input that keep its format, so that code behind the parser is reached."""

from __future__ import annotations

from tests.fuzz.archives import mutate_npy, mutate_npz
from tests.fuzz.raw import Change, mutate_bytes
from tests.fuzz.texts import mutate_csv, mutate_json

MUTATORS: dict[str, Change] = {
    **dict.fromkeys(("results", "report", "compare", "pictures", "zarr"), mutate_json),
    **dict.fromkeys(("csv", "arff"), mutate_csv),
    "npy": mutate_npy,
    **dict.fromkeys(("npz", "model", "workbook"), mutate_npz),
    **dict.fromkeys(("hdf5", "parquet", "image", "stata", "sqlite"), mutate_bytes),
}
"""Function that changes an input, by reader. The same random generator makes the same change."""
