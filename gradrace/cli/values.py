"""Conversion of plain values of options without Pydantic, which Typer imports to convert any value.

That takes 0.06 s, and 0.1 s on a busy machine. A value that isn't plain is left to Typer, with its messages.
"""

from __future__ import annotations

import os
import re
from functools import partial
from pathlib import Path
from typing import Any

from typer.core import TyperCommand, TyperGroup

PLAIN = {int: r"[0-9]{1,18}", float: r"[0-9]+(\.[0-9]+)?(e-?[0-9]+)?"}
"""Patterns of the numbers that are converted here."""

UNKNOWN = object()
"""Result for a value that isn't plain."""


def converted(option: Any, context: Any, value: Any) -> Any:
    """Return what Typer makes of an option's value, from `process_value` if the value isn't plain."""
    found = plain(option, value)
    if found is UNKNOWN:
        return type(option).process_value(option, context, value)
    return option.callback(context, option, found) if option.callback else found


def plain(option: Any, value: Any) -> Any:
    """Return a value of an option's type, as Typer would; UNKNOWN if the value isn't plain."""
    descriptor = getattr(option, "type_descriptor", None)
    kind, about = getattr(descriptor, "annotation", None), getattr(descriptor, "parameter_info", None)
    if value is None:
        return UNKNOWN if option.required else () if option.multiple or option.nargs == -1 else None
    if about is None or about.parser:
        return UNKNOWN
    if kind in (str, int, float) and type(value) is kind:
        return value
    if kind in PLAIN and isinstance(value, str) and re.fullmatch(PLAIN[kind], value):
        return kind(value) if about.min is about.max is None else UNKNOWN
    if kind is Path and isinstance(value, str) and (os.access(value, os.R_OK) or not os.path.lexists(value)):
        return Path(value)
    return UNKNOWN


class PlainValues:
    """Mixin for Typer's commands that converts plain values of their options."""

    def get_params(self, context: Any) -> list[Any]:
        """Return the options, `--help` among them. Of flags, help shows no type."""
        options: list[Any] = super().get_params(context)  # type: ignore[misc]  # a mixin
        for option in options:
            option.process_value = partial(converted, option)
            if getattr(option, "is_flag", False):
                option.metavar = ""
        return options


class Command(PlainValues, TyperCommand):
    """Verb of the command line."""


class Group(PlainValues, TyperGroup):
    """Command line without a verb."""
