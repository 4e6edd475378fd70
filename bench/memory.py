"""The most memory that this process has held."""

from __future__ import annotations

from pathlib import Path

STATUS = Path("/proc/self/status")
CLEAR = Path("/proc/self/clear_refs")


def reset_peak() -> None:
    """Start counting the peak afresh, where the system can (Linux)."""
    try:
        CLEAR.write_text("5")
    except OSError:
        return


def peak_rss_bytes() -> int | None:
    """The peak of the resident memory since `reset_peak`, or None where the system doesn't tell."""
    try:
        fields = dict(line.split(":", 1) for line in STATUS.read_text().splitlines())
        return int(fields["VmHWM"].split()[0]) * 1024
    except (OSError, KeyError, ValueError):
        return None
