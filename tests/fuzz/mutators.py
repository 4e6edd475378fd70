"""How each reader's input is changed: in keeping with its format, so that what lies behind the parser is reached."""

from __future__ import annotations

from tests.fuzz.archives import mutate_npy, mutate_npz
from tests.fuzz.raw import Change, mutate_bytes
from tests.fuzz.texts import mutate_csv, mutate_json

MUTATORS: dict[str, Change] = {
    **dict.fromkeys(("results", "report", "compare", "pictures", "zarr"), mutate_json),
    "csv": mutate_csv,
    "npy": mutate_npy,
    **dict.fromkeys(("npz", "model"), mutate_npz),
    **dict.fromkeys(("hdf5", "parquet", "image"), mutate_bytes),
}
"""By reader. A random generator makes all choices: the same one makes the same change."""
