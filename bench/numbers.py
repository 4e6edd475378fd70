"""Numbers and durations as text, as people write them."""

from __future__ import annotations

import math

UNKNOWN = "—"
"""Text in place of an unknown figure."""

_UNITS = ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs"), (1e-9, "ns"))


def significant(value: float, digits: int = 3) -> str:
    """Return a number with `digits` significant digits: 12.3, 12,288, and with an exponent 3.2e-6 and 4.2e10.

    The exponent begins below 0.001, and at a billion.
    """
    if not math.isfinite(value):
        return UNKNOWN
    rounded = float(f"{value:.{digits - 1}e}")
    if rounded == 0:
        return "0"
    if not 1e-3 <= abs(rounded) < 1e9:
        return scientific(value, digits)
    decimals = max(0, digits - 1 - math.floor(math.log10(abs(rounded))))
    return f"{rounded:,.{decimals}f}" if abs(rounded) >= 10_000 else f"{rounded:.{decimals}f}"


def scientific(value: float, digits: int = 3) -> str:
    """Return a number with an exponent: 3.2e-6."""
    mantissa, exponent = f"{value:.{digits - 1}e}".split("e")
    return f"{mantissa}e{int(exponent)}"


def duration(seconds: float, digits: int = 3) -> str:
    """Return seconds in the unit that fits: 12.3 µs."""
    if not math.isfinite(seconds):
        return UNKNOWN
    rounded = abs(float(f"{seconds:.{digits - 1}e}"))
    scale, unit = next((unit for unit in _UNITS if rounded >= unit[0]), _UNITS[-1])
    return f"{significant(seconds / scale, digits)} {unit}"
