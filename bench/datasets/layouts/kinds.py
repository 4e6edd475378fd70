"""Kinds of files that are no data, or images that can't be read, recognised by their first bytes or their suffix."""

from __future__ import annotations

from pathlib import Path

from gradrace.bench.results import UnusableInput

HEAD_BYTES = 512
"""Number of bytes in which a kind is recognised."""

SAVE = "save it as PNG or JPEG"

BRANDS = {
    **dict.fromkeys((b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"), "HEIC"),
    **dict.fromkeys((b"avif", b"avis"), "AVIF"),
    b"crx ": "camera RAW",
}
"""Formats of images by the brand at byte 8 of files that have `ftyp` at byte 4."""

STARTS = {
    b"%PDF": "PDF",
    b"\xff\x0a": "JPEG XL",
    b"\0\0\0\x0cJXL ": "JPEG XL",
    b"PK\x03\x04": "a ZIP archive",
    b"Rar!": "a RAR archive",
}

RAW = (".arw", ".cr2", ".cr3", ".dng", ".nef", ".orf", ".raf", ".raw", ".rw2")
"""Suffixes of cameras' raw images, of which other readers see a thumbnail only."""


def check_is_data(path: Path) -> None:
    """Raise UnusableInput if a file is a web page or a Git LFS pointer in place of the data."""
    if path.is_file() and (told := stands_in(_head(path))):
        raise UnusableInput(f"{path}: {told}")


def stands_in(head: bytes) -> str | None:
    """Return what a file with these first bytes is, and the remedy, if it only stands in for data; otherwise None."""
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    if text.startswith((b"<!doctype html", b"<html", b"<head")):
        return "is a web page (HTML), not the data; download the file itself"
    if text.startswith(b"version https://git-lfs."):
        return "is a Git LFS pointer, not the data; run `git lfs pull` in its repository"
    return None


def unread(path: Path) -> str | None:
    """Return what an image file is, and the remedy, if its format isn't known to be read; otherwise None."""
    head = _head(path)
    kind = next((kind for start, kind in STARTS.items() if head.startswith(start)), None)
    if head[4:8] == b"ftyp":
        kind = BRANDS.get(head[8:12], "a video")
    elif b"<svg" in head.lower():
        kind = "SVG"
    elif path.suffix.lower() in RAW:
        kind = "camera RAW"
    return f"is {kind}, which isn't read; {SAVE}" if kind else stands_in(head)


def _head(path: Path) -> bytes:
    """Return the first bytes of a file, or none if it can't be read, which its reader reports."""
    try:
        with path.open("rb") as stream:
            return stream.read(HEAD_BYTES)
    except OSError:
        return b""
