"""Changes of .npy and .npz files that keep lengths and checksums valid, so that the contents are read."""

from __future__ import annotations

import io
import random
import re
import struct
import warnings
import zipfile

from tests.fuzz.hostile import WORDS
from tests.fuzz.raw import mutate_bytes
from tests.fuzz.texts import mutate_json

MAGIC = b"\x93NUMPY"

_SHAPES = (
    *("()", "(0,)", "(1,)", "(2,)", "(5,)", "(3,)", "(12,)", "(5, 3)", "(3, 5)", "(5, 0)", "(0, 5)", "(5, 2, 2, 3)"),
    *("(-1,)", "(-1, 3)", "(5, -1)", "(-5, -3)", "(True, True)", "(5.0, 3)", "[5, 3]", "5", "None", "(2,) * 3"),
    *(f"({2**63},)", f"({2**31}, {2**31})", f"({10**18}, {10**18})", f"({10**9}, 0)", f"({10**400},)"),
    *("(" + "1, " * 40 + ")", "(" + "9999999, " * 60 + ")", f"(0, {2**62}, {2**62})", "(10000000000,)", "(1000000, 3)"),
)

_DTYPES = (
    *("'<f8'", "'>f8'", "'<f4'", "'<f2'", "'<f16'", "'|u1'", "'|i1'", "'<i8'", "'>u4'", "'|b1'", "'<c16'", "'|O'"),
    *("'<U1'", "'>U3'", "'<U0'", "'|S0'", "'|S2'", "'|V4'", "'<M8[ns]'", "'<m8[D]'", "'<U99999999'", "'<U2147483647'"),
    *("'i4,f8'", "[('a', '<f8')]", "[('a', '<f8', (2,))]", "[('', '|O')]", "('<f8', (2,))", "['<f8']", "None", "'x'"),
    *("'T'", "'g'", "'<f8' '<f8'", "'(2,2)f4'", "{'names': ['a'], 'formats': ['<f8']}", "3.5", "'|S-1'", "'\\x00'"),
)

_FIELDS = (
    (re.compile(r"'shape': (\([^)]*\)|\w+)"), "'shape': ", _SHAPES),
    (re.compile(r"'descr': ('[^']*'|\[[^\]]*\]|\w+)"), "'descr': ", _DTYPES),
    (re.compile(r"'fortran_order': (\w+)"), "'fortran_order': ", ("True", "False", "1", "None")),
)

_WHOLE = (
    *("{}", "{x}", "", "[]", "{'descr': '<f8'}", "(" * 150 + ")" * 150, "-" * 5000 + "1", "{" * 95, "'" * 100),
    *(
        "1" * 5000,
        "{'descr': '<f8', 'fortran_order': False, 'shape': (5, 3), 'more': 1}",
        "\x00" * 64,
        "1j" + "+1j" * 900,
    ),
)


def mutate_npy(data: bytes, rng: random.Random) -> bytes:
    """Return the file after one to three changes of the header, or of the numbers after it."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        parts = _taken_apart(data)
        data = mutate_bytes(data, rng) if parts is None or rng.random() < 0.1 else _changed(*parts, rng)
    return data


def mutate_npz(data: bytes, rng: random.Random) -> bytes:
    """Return the archive after one to three changes of members, of their names, or of the archive."""
    for _ in range(rng.choice((1, 1, 2, 3))):
        members = _members(data)
        if not members or rng.random() < 0.05:
            data = mutate_bytes(data, rng)
        else:
            _change_members(members, rng)
            data = _archive(members, rng)
    return data


def _taken_apart(data: bytes) -> tuple[bytes, str, bytes] | None:
    """Return (version, header, numbers) of an .npy; None if it is none."""
    size = 2 if data[6:7] == b"\x01" else 4
    if not data.startswith(MAGIC) or len(data) < 8 + size:
        return None
    length = int.from_bytes(data[8 : 8 + size], "little")
    start = 8 + size
    return data[6:8], data[start : start + length].decode("latin-1"), data[start + length :]


def _put_together(version: bytes, header: str, numbers: bytes) -> bytes:
    raw = header.encode("latin-1", "replace")
    length = struct.pack("<H", min(len(raw), 2**16 - 1)) if version[:1] == b"\x01" else struct.pack("<I", len(raw))
    return MAGIC + version + length + raw + numbers


def _changed(version: bytes, header: str, numbers: bytes, rng: random.Random) -> bytes:
    kind = rng.random()
    if kind < 0.6:
        field, name, values = rng.choice(_FIELDS)
        header = field.sub(lambda _: name + rng.choice(values), header, count=1)
    elif kind < 0.65:
        header = rng.choice(_WHOLE)
    elif kind < 0.7:
        version = rng.choice((b"\x01\x00", b"\x02\x00", b"\x03\x00", b"\x00\x01", b"\xff\xff"))
    elif "'<U" in header and kind < 0.95:
        return _other_text(version, numbers, rng)
    else:
        numbers = rng.choice((_other_numbers, mutate_bytes))(numbers, rng)
    return _put_together(version, header, numbers)


def _other_numbers(numbers: bytes, rng: random.Random) -> bytes:
    """Return the numbers with an extreme one, if they have eight bytes; or none, or many."""
    new = rng.choice((float("nan"), float("inf"), 1e308, -1e308, 5e-324, 0.0, -0.0, 1.0, 2.0, 0.5))
    place = 8 * rng.randrange(len(numbers) // 8 + 1)
    whole = numbers[:place] + struct.pack("<d", new) + numbers[place + 8 :]
    return rng.choice((whole, whole, whole, b"", numbers * 3))


def _other_text(version: bytes, numbers: bytes, rng: random.Random) -> bytes:
    """Return another text, several, or invalid code points. A model's record is a text of JSON."""
    text = numbers.decode("utf-32-le", "replace").rstrip("\x00")
    if text.startswith("{"):
        words = [mutate_json(text.encode("utf-8", "replace"), rng).decode("utf-8", "replace")]
    else:
        words = [rng.choice(WORDS)[:300] for _ in range(rng.choice((0, 1, 2, 2, 2, 5, 12)))]
    width = max(map(len, words), default=1) or 1
    raw = b"".join(word.ljust(width, "\x00").encode("utf-32-le", "surrogatepass") for word in words)
    if raw and rng.random() < 0.2:
        raw = struct.pack("<I", rng.choice((0x110000, 0xFFFFFFFF, 0xD800, 0xDFFF))) + raw[4:]
    shape = "()" if text.startswith("{") else f"({len(words)},)"
    return _put_together(version, f"{{'descr': '<U{width}', 'fortran_order': False, 'shape': {shape}, }}", raw)


def _members(data: bytes) -> list[tuple[str, bytes]]:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [(info.filename, archive.read(info)) for info in archive.infolist()[:20] if info.file_size < 1 << 16]
    except Exception:  # whatever a damaged archive raises
        return []


def _change_members(members: list[tuple[str, bytes]], rng: random.Random) -> None:
    place, other = rng.randrange(len(members)), rng.randrange(len(members))
    name, contents = members[place]
    kind = rng.random()
    if kind < 0.75:
        members[place] = name, mutate_npy(contents, rng)
    elif kind < 0.85:
        members[place] = name, members[other][1]
    elif kind < 0.9:
        del members[place]
    elif kind < 0.95:
        members.append((name, members[other][1]))
    else:
        new = rng.choice(("X.npy", "y.npy", "w.npy", "X", "images.npy", "labels.npy", "../X.npy", *WORDS[:20]))
        members[place] = new[:200] or "x", contents


def _archive(members: list[tuple[str, bytes]], rng: random.Random) -> bytes:
    stream = io.BytesIO()
    packed = zipfile.ZIP_DEFLATED if rng.random() < 0.1 else zipfile.ZIP_STORED
    with warnings.catch_warnings(), zipfile.ZipFile(stream, "w", packed) as archive:
        warnings.simplefilter("ignore")  # two members of one name are meant
        for name, contents in members:
            archive.writestr(zipfile.ZipInfo(name.replace("\x00", "0")), contents, packed)
    return stream.getvalue()
