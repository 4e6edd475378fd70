"""Values that break readers: extreme numbers, words in place of numbers, and invalid text."""

from __future__ import annotations

NUMBERS = (
    *("0", "-0", "-0.0", "1", "-1", "2", "3", "0.5", "1e-6", "1e-12", "1e-13", "1e9", "1000000001"),
    *("5e-324", "1e-320", "1e-310", "1e308", "-1e308", "1.7976931348623157e308", "1e999", "-1e999", "1e-999"),
    *(str(2**31), str(2**53), str(2**53 + 1), str(2**63), str(2**64), str(-(2**63) - 1), "9" * 400, "9" * 5000),
    *("NaN", "nan", "Infinity", "-inf", "0x10", "1_000", "1.", ".5", "1j", "٣"),
)

WORDS = (
    *(
        "",
        " ",
        "a",
        "python_loop",
        "numba_fused",
        "numba_fused@cuda",
        "floor",
        "floor@cuda",
        "@cuda",
        "float32",
        "wrong",
    ),
    *("x" * 200, "x" * 10_000, "\N{SNOWMAN}" * 3000, "None", "NA", "true", "0", "1", "-5"),
    *("</script><script>alert(1)</script>", "<script src=//x>", "<img src=x onerror=alert(1)>", "&lt;script&gt;"),
    *(
        "a|b",
        "`tick` **bold**",
        "[x](javascript:alert(1))",
        "\n\n# head",
        "a\tb\rc",
        "{{ 7*7 }}",
        "${x}",
        "%s%n",
        "$x$",
    ),
    *("\x1b[31mred", "\x1b]0;title\x07", "\x9b2J", "\x00", "\x7f", "\x08\x08", "\u202egnp.exe", "\u2028", "\ufeff"),
    *("::error::x", "%0A::error::x", "=cmd|' /C calc'!A0", "../../../x", "/dev/null", "C:\\x", "\U0010ffff", "e\u0301"),
    *("2026-11-26T00:00:00+00:00", "9999-12-31T23:59:59-23:59", "0001-01-01T00:00:00+23:59", "2026-11-26"),
)

DEPTHS = (1, 2, 19, 25, 900, 3000)
"""Depths of nested lists; some readers allow 20."""


def quoted(word: str) -> str:
    """Return a word as JSON, in which only control characters are escaped."""
    return '"' + "".join(_escaped(character) for character in word) + '"'


def _escaped(character: str) -> str:
    if character in '"\\':
        return f"\\{character}"
    return f"\\u{ord(character):04x}" if ord(character) < 32 else character


SURROGATES = ('"\\ud800"', '"\\udc00x"', '"\\ud83d\\ude00"')
"""Surrogates, alone and as a pair, as JSON writes them."""

JSON = (*NUMBERS, *map(quoted, WORDS), *SURROGATES, "null", "true", "false", "[]", "{}", "[1,2,3]", '{"a":{"b":[1]}}')
