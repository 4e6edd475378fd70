"""Options are converted as Typer converts them."""

from __future__ import annotations

from typing import Any

import pytest
import typer

from gradrace.cli.main import app, register
from gradrace.cli.values import UNKNOWN, converted, plain

register()
GROUP: Any = typer.main.get_command(app)
VERBS = sorted(GROUP.commands)

WORDS = [
    *("", "x", "0", "1", "-1", "+1", " 1", "1 ", "007", "0.5", ".5", "5.", "1e3", "1e-3", "1E3", "1_0", "nan", "inf"),
    *("9" * 18, "9" * 19, "1e999", "0x1", "1,2", "true", ".", "none/here", "two words", "\u0661"),
    None,
]


def outcome(convert: Any, *arguments: Any) -> object:
    """Return the value and its type, or the error and its text."""
    try:
        value = convert(*arguments)
    except (Exception, SystemExit) as error:
        return type(error), str(error)
    return type(value), repr(value)


def options(name: str) -> list[Any]:
    context = typer.Context(GROUP.commands[name], info_name=name)
    return [one for one in GROUP.commands[name].get_params(context) if not one.is_eager]


@pytest.mark.parametrize("name", VERBS)
def test_values_are_those_of_typer(name: str) -> None:
    context = typer.Context(GROUP.commands[name], info_name=name)
    for option in options(name):
        words: list[Any] = [(), ["a"], None] if option.multiple or option.nargs != 1 else [*WORDS, option.default]
        for word in words:
            by_typer = outcome(type(option).process_value, option, context, word)
            assert outcome(converted, option, context, word) == by_typer, (option.name, word)


def test_words_that_are_no_plain_values_are_left_to_typer() -> None:
    iterations = next(one for one in options("train") if one.name == "iterations")
    assert [plain(iterations, word) for word in ("7", "0", "1_0", "x")] == [7, 0, UNKNOWN, UNKNOWN]
