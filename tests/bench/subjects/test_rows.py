"""Rows that give no answer are refused."""

from __future__ import annotations

import re

import pytest

from gradrace.bench.results import UnusableInput
from gradrace.bench.subjects.rows import Row, require_verified
from gradrace.bench.verification.hard_problems import DATA, MADE_UP


def test_a_size_at_which_nothing_was_verified_is_no_answer() -> None:
    def row(impl: str, problem: str, skipped: str | None = None) -> Row:
        return Row(impl=impl, problem=problem, m=20, n_x=3, dtype="float64", skipped=skipped)

    require_verified([row("a", "large z"), row("a", "square", "slow")])  # some hard problems are too large for loops
    require_verified([row("a", MADE_UP, "slow"), row("b", MADE_UP)])
    for problem in (MADE_UP, f"{DATA}a.csv"):
        with pytest.raises(UnusableInput, match=re.escape("m = 20, n_x = 3: no implementation was verified (a: slow)")):
            require_verified([row("a", "square"), row("a", problem, "slow"), row("b", problem, "slow")])
    with pytest.raises(UnusableInput, match=re.escape("no implementation was verified (a: slow); name others with")):
        require_verified([row("a", "square", "slow")])
