"""Remedies for a command line that can't be parsed: the option that was meant, or that is missing."""

from __future__ import annotations

import re
import shlex
import sys
from pathlib import Path

import typer

from gradrace.bench.text import few

EXTRA = re.compile(r"Got unexpected extra argument\S* \((.*)\)")
"""Typer's words for arguments that a verb doesn't take."""

NO_NUMBER = re.compile(r"Input should be a valid (integer|number)")
"""Typer's words, which are Pydantic's, for a value that is no number."""

EACH_SIDE = "move the runs of each side into a folder of its own, then: gradrace compare old new"


def remedy(error: typer.TyperException) -> str:
    """Return what to do about a command line that can't be parsed; "" if Typer's own sentence is as good."""
    return without_option(error) or wanted(error) or no_number(error) or meant(error)


def no_number(error: typer.TyperException) -> str:
    """Return which value of an option is no number, and where its meaning is described; "" for any other error."""
    kind = NO_NUMBER.search(error.format_message())
    option = next(iter(getattr(getattr(error, "param", None), "opts", [])), "")
    context, value = getattr(error, "ctx", None), _value_of(option)
    if kind is None or context is None or value is None:
        return ""
    what = "a whole number" if kind[1] == "integer" else "a number"
    return f"{option}: {value[:40]!r} is not {what}; `gradrace {context.info_name} --help` describes it"


def meant(error: typer.TyperException) -> str:
    """Return the only option that an unknown one may stand for, in a sentence; "" if Typer's own sentence is as good.

    Options that begin with the unknown one, such as --test, are preferred to those of a similar name, and for a number,
    those that take one. Typer's sentence shows them if they are several.
    """
    context, given = getattr(error, "ctx", None), getattr(error, "option_name", "")
    if context is None or not given or not hasattr(error, "possibilities"):
        return ""
    options = {name: one for one in context.command.get_params(context) for name in one.opts if name.startswith("--")}
    begun = [name for name in options if name.lstrip("-").startswith(given.lstrip("-"))]
    alike, value = error.possibilities or [], _value_of(given)
    possible = begun or alike
    if _is_number(value):
        possible = [name for name in possible if _takes_number(options[name])] or possible
    error.possibilities = possible
    if len(possible) != 1 or possible == alike:
        return ""
    is_flag = getattr(options[possible[0]], "is_flag", False)
    words = possible if is_flag or value is None else [*possible, shlex.quote(value)]
    return f"No such option: {given}; did you mean {' '.join(words)}?"


def _value_of(option: str) -> str | None:
    """Return the word after an option of this command, or after its =; None if there is none."""
    for word, after in zip(sys.argv, [*sys.argv[1:], "--"], strict=True):
        name, equals, value = word.partition("=")
        if name == option:
            return value if equals else None if after.startswith("--") else after
    return None


def _is_number(value: str | None) -> bool:
    return bool(value) and re.fullmatch(r"-?[0-9]+(\.[0-9]+)?", value or "") is not None


def _takes_number(option: object) -> bool:
    return getattr(getattr(option, "type_descriptor", None), "annotation", None) in (int, float)


def wanted(error: typer.TyperException) -> str:
    """Return what a verb takes, with an example, if it got too few or too many arguments; "" for anything else."""
    context, told = getattr(error, "ctx", None), error.format_message()
    extra = EXTRA.match(told)
    if context is None or not (extra or told.startswith("Missing argument")):
        return ""
    names = [one.metavar for one in context.command.params if one.param_type_name == "argument"]
    example = re.search(r"gradrace .*", context.command.epilog or "")
    if not names or not example:
        return ""
    step = EACH_SIDE if context.info_name == "compare" else f"for example: {example[0]}"
    more = [word[:40] for word in extra[1].split()] if extra else []
    also = f", not also {few(more, 1)}" if more else ""
    return f"{context.info_name} takes {' and '.join(names)}{also}; {step}"


def without_option(error: typer.TyperException) -> str:
    """Return the option for what was given without one: a file, implementations or a revision; "" for anything else."""
    context, found = getattr(error, "ctx", None), EXTRA.match(error.format_message())
    if not context or not found or not found[1].strip():
        return ""
    from gradrace.bench.datasets.read import NAMES

    takes, given = {one.name for one in context.command.params if one.param_type_name == "option"}, found[1]
    words = [given] if _is_implementation(given) else re.split(r"[\s,]+", given)
    if "impl" in takes and all(map(_is_implementation, words)):
        what, option = "an implementation", f"--impl {shlex.quote(','.join(words))}"
    elif context.info_name == "check" and " " not in given:
        what, option = "a revision", f"--against {shlex.quote(given)}"
    elif "data" in takes and (_exists(given) or given in NAMES):
        named = "--test-data" if context.info_name == "train" else "--data"
        what, option = "a file", f"{named} {shlex.quote(given)}"
    else:
        return ""
    return f"{given}: {what} needs an option here; go on with {option}"


def _is_implementation(word: str) -> bool:
    from gradrace.impls.discovery import everyone

    return _exists(word) if word.endswith(".py") else word in everyone()


def _exists(word: str) -> bool:
    """Return whether a word names a file or folder; one that is too long names none."""
    try:
        return Path(word).exists()
    except OSError:
        return False
