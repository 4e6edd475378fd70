"""Numbers of a finding as text: ratios, intervals, memory, and the seconds of `prepare`."""

from __future__ import annotations

from gradrace.bench.gate.findings import Finding
from gradrace.bench.text import duration, significant
from gradrace.reports.words import interval, memory


def ratio(value: float | None) -> str:
    """Return a ratio as text: 1.12; empty for None."""
    return "" if value is None else significant(value)


def interval_of(finding: Finding) -> str:
    """Return the interval of NEW / OLD, with its confidence if that is below 95 %: 1.08–1.17."""
    if finding.low is None or finding.high is None or not finding.confidence:
        return ""
    return interval(finding.low, finding.high, significant, finding.confidence)


def evidence(finding: Finding) -> str:
    """Return the number of pairs of processes: 6; or of the runs a side: 5 : 5."""
    if finding.runs:
        return " : ".join(str(len(side)) for side in next(iter(finding.runs.values())))
    return str(len(finding.pairs)) if finding.pairs else ""


def measured_text(finding: Finding) -> str:
    """Return the ratio and its interval in words: 1.16 times the time (1.12–1.19)."""
    return f"{ratio(finding.ratio)} times the time ({interval_of(finding)})"


def memory_text(finding: Finding) -> str:
    """Return the peak memory of NEW in words: 1.42 times the memory (340 MB instead of 239 MB); empty if unknown."""
    if finding.peak is None:
        return ""
    old, new = finding.peak
    return f"{significant(new / old)} times the memory ({memory(new)} instead of {memory(old)})"


def prepare_text(finding: Finding) -> str:
    """Return the seconds of NEW's `prepare` in words: 2.1 times the time (42 ms instead of 20 ms); empty if unknown."""
    if finding.prepare_s is None:
        return ""
    old, new = finding.prepare_s
    return f"{significant(new / old)} times the time ({duration(new, 2)} instead of {duration(old, 2)})"


def factor(finding: Finding) -> str:
    """Return the ratio that an alarm is about, in brackets; empty without one."""
    if finding.outcome == "slower prepare":
        return f" ({prepare_text(finding).partition(' (')[0]})"
    if finding.outcome == "more memory":
        return f" ({memory_text(finding).partition(' (')[0]})"
    return "" if finding.ratio is None else f" ({ratio(finding.ratio)} times the time)"
