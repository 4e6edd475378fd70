"""Checks that text of an untrusted file neither controls a terminal nor becomes markup."""

from __future__ import annotations

import logging
import re

_OBEYED = re.compile(r"[\x00-\x09\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028\u2029\u202a-\u202e\u2066-\u2069\ud800-\udfff]")
"""Control characters except line ends, Unicode's line ends and changes of direction, and surrogates."""

_TAG = re.compile(r"<\s*[/!?]?\s*[a-zA-Z]")


class Harmful(Exception):
    """Error: foreign text acts as more than text."""


_FOLDED = re.compile(r"^<details><summary>|</summary>$|^</details>$", re.MULTILINE)
"""Tags that a report itself writes at the ends of a line, where foreign text never is."""


def check_terminal(text: str) -> None:
    """Raise Harmful if the text has characters that a terminal interprets."""
    if found := _OBEYED.search(text):
        raise Harmful(f"{found[0]!r} reaches the terminal: {text[max(0, found.start() - 40) : found.end() + 40]!r}")


def check_markdown(text: str) -> None:
    """Raise Harmful if the text has a tag outside folded parts, or characters that a terminal interprets."""
    text = _FOLDED.sub("", text)
    if found := _TAG.search(text):
        raise Harmful(f"a tag in the Markdown: {text[found.start() : found.start() + 80]!r}")
    check_terminal(text)


def check_page(html: str, harmless: int) -> None:
    """Raise Harmful if a page doesn't have exactly `harmless` signs that may begin a tag: foreign ones are escaped."""
    if html.count("<") != harmless:
        raise Harmful(f"{html.count('<')} instead of {harmless} signs that may begin a tag")


class _Log(logging.Handler):
    """Handler that keeps what libraries log: asyncio logs the tracebacks of forgotten tasks."""

    def __init__(self) -> None:
        super().__init__(logging.ERROR)
        self.told: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        self.told.append(self.format(record))


_LOG = _Log()
logging.getLogger("asyncio").addHandler(_LOG)


def check_log() -> None:
    """Raise Harmful if something was logged since the last check, perhaps for an earlier input."""
    told, _LOG.told = _LOG.told, []
    if told:
        raise Harmful(f"logged beside the answer: {told[0]}")
