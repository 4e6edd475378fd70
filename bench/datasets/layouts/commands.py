"""Commands that messages advise: no path in them is taken for an option, and no file is overwritten."""

from __future__ import annotations

import os
import shlex
from itertools import chain, count
from pathlib import Path


def word(path: Path | str) -> str:
    """Return a path as a word of a shell's command, with `./` before a leading dash, which marks an option."""
    text = str(path)
    return shlex.quote(f"./{text}" if text.startswith("-") else text)


def free(path: Path | str) -> str:
    """Return the path of a file that a command may write: this one, or with a number if something is there."""
    wanted = Path(path)
    numbered = (wanted.with_name(f"{wanted.stem}-{number}{wanted.suffix}") for number in count(2))
    return next(str(one) for one in chain([wanted], numbered) if not os.path.lexists(one))


def converted(path: Path | str, suffix: str) -> str:
    """Return the path of a file that a command may convert another one to: t.txt.csv, or t-2.csv of t.csv."""
    return free(f"{path}".removesuffix(suffix) + suffix)


def python(program: str) -> str:
    """Return the command that runs a program of Python, in double quotes if the shell reads nothing else into them."""
    quoted = shlex.quote(program) if any(letter in program for letter in '"$`\\!') else f'"{program}"'
    return f"python -c {quoted}"


def go_on(made: Path | str, program: str, *options: str) -> str:
    """Return the words that go on with a file, and perhaps further options, after the program that makes it."""
    return f"go on with {' '.join(['--data', word(made), *options])} after {python(program)}"
