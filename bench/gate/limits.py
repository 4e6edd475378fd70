"""Limits of a check: the slowdown and the additional memory that pass, for each implementation.

A project sets them in its pyproject.toml:

    [tool.gradrace.check]
    threshold = 5          # largest slowdown that passes, in percent
    slack-us = 0           # slowdown of a call that passes however large its share, in microseconds
    memory-threshold = 20  # largest increase of the peak memory that passes, in percent
    prepare-threshold = 20 # largest slowdown of `prepare` that passes, in percent

    [tool.gradrace.check.impl.numba_fused]
    threshold = 10

A change that could loosen the limits that it is checked by would switch the check off. So the stricter of OLD's and
NEW's limits apply.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, NamedTuple, TypeVar

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType

from gradrace.bench.gate.code.repository import PROJECT, read_project
from gradrace.bench.results import UnusableInput

LEAST_MORE_BYTES = 16_000_000
"""Increase of the peak memory below which a cell never fails.

Of six pairs of the same code, the peaks of the sides differed by 0.5 % and 0.9 MB at most, and once by 83 MB, as one of
the two processes had compiled numba_fused.
"""

LEAST_MORE_S = 0.001
"""Slowdown of `prepare` in seconds below which a cell never fails: it happens once in a run or training."""

WORDS = {"`float`": "a number", "`int`": "a number", "`str`": "text", "`object`": "a table", "`": "'"}
"""Words of TOML for those of msgspec."""

Percent = Annotated[float, Meta(gt=0, le=100_000)]
Microseconds = Annotated[float, Meta(ge=0, le=1e9)]


class Limits(NamedTuple):
    """Limits of one implementation.

    Attributes:
        threshold: Slowdown that passes, 0.05 for 5 %.
        slack_s: Slowdown of a call in seconds that passes, however large its share.
        memory: Increase of the peak memory that passes, 0.2 for 20 %.
        prepare: Slowdown of `prepare` that passes, 0.2 for 20 %.
    """

    threshold: float = 0.05
    slack_s: float = 0.0
    memory: float = 0.2
    prepare: float = 0.2

    def slowdown(self, old_s: float) -> float:
        """Return the slowdown that passes if a call of OLD takes so many seconds, 0.05 for 5 %."""
        return max(self.threshold, self.slack_s / old_s) if self.slack_s else self.threshold

    def exceeded(self, peaks: Sequence[tuple[int, int]]) -> bool:
        """Return whether NEW's peak memory is too large in each pair. peaks: bytes of OLD and NEW, one per pair.

        A single pair may differ, as one side compiled in it.
        """
        return all(new > (1 + self.memory) * old and new - old > LEAST_MORE_BYTES for old, new in peaks)

    def takes_too_long(self, old_s: float, new_s: float) -> bool:
        """Return whether NEW's `prepare` is too slow in a pair, compared with OLD's."""
        return new_s > (1 + self.prepare) * old_s and new_s - old_s > LEAST_MORE_S

    def stricter(self, other: Limits) -> Limits:
        """Return the smaller one of each limit."""
        return Limits(*map(min, self, other))


USUAL = Limits()


class Rules(NamedTuple):
    """Limits of all implementations: those of some, by name, and those of the others."""

    others: Limits = USUAL
    named: Mapping[str, Limits] = {}

    def of(self, impl: str) -> Limits:
        """Return the limits of an implementation."""
        return self.named.get(impl, self.others)

    def stricter(self, old: Rules) -> Rules:
        """Return the stricter limits of both rules for each implementation."""
        named = {name: self.of(name).stricter(old.of(name)) for name in (*self.named, *old.named)}
        return Rules(self.others.stricter(old.others), named)


class Settings(Struct, forbid_unknown_fields=True, rename="kebab"):
    """Keys of a table."""

    threshold: Percent | UnsetType = UNSET
    slack_us: Microseconds | UnsetType = UNSET
    memory_threshold: Percent | UnsetType = UNSET
    prepare_threshold: Percent | UnsetType = UNSET

    def over(self, limits: Limits) -> Limits:
        """Return limits in which those that this table sets are replaced."""
        return Limits(
            limits.threshold if self.threshold is UNSET else self.threshold / 100,
            limits.slack_s if self.slack_us is UNSET else self.slack_us * 1e-6,
            limits.memory if self.memory_threshold is UNSET else self.memory_threshold / 100,
            limits.prepare if self.prepare_threshold is UNSET else self.prepare_threshold / 100,
        )


class Table(Settings, forbid_unknown_fields=True, rename="kebab"):
    """Keys of `[tool.gradrace.check]`. impl: tables of single implementations, by name."""

    impl: dict[str, Any] = {}


Kind = TypeVar("Kind", bound=Settings)


def rules(project: bytes | None, threshold: float | None = None) -> Rules:
    """Return the rules of a pyproject.toml, or the usual ones. threshold: one for all, instead of the file's.

    Raises:
        UnusableInput: If a key or a value is wrong.
    """
    table = _read(Table, "tool.gradrace.check", _table(project))
    named = {name: _read(Settings, f"tool.gradrace.check.impl.{name}", found) for name, found in table.impl.items()}
    if threshold is not None:
        for one in (table, *named.values()):
            one.threshold = 100 * threshold
    others = table.over(USUAL)
    return Rules(others, {name: one.over(others) for name, one in named.items()})


def rules_before(project: bytes | None, threshold: float | None = None) -> Rules:
    """Return OLD's rules as `rules` does; the default ones if its pyproject.toml is unusable."""
    try:
        return rules(project, threshold)
    except UnusableInput:
        return rules(None, threshold)


def _read(kind: type[Kind], name: str, found: Any) -> Kind:
    """Return a table. Raises UnusableInput with its name if a key or a value is wrong."""
    try:
        return msgspec.convert(found, kind)
    except msgspec.ValidationError as error:
        what, _, where = _plain(str(error)).partition(" - at ")
        key = where.strip("'").removeprefix("$").removeprefix(".")
        raise UnusableInput(
            f"{PROJECT}: [{name}]: {f'{key}: ' if key else ''}{what[0].lower()}{what[1:]}; the keys are threshold, "
            "memory-threshold and prepare-threshold in percent, slack-us, and tables impl.NAME"
        ) from error


def _plain(error: str) -> str:
    """Return msgspec's message in the words of TOML."""
    for theirs, ours in WORDS.items():
        error = error.replace(theirs, ours)
    return error


def _table(project: bytes | None) -> Any:
    """Return `[tool.gradrace.check]` of a pyproject.toml as it was read."""
    found: Any = read_project(project)
    for key in ("tool", "gradrace", "check"):
        found = found.get(key, {}) if isinstance(found, dict) else found
    return found
