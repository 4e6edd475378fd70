"""An implementation from a bare function, as one writes it in a notebook.

Worker processes load files: so the function's source is written to one, with what it refers to. Nothing is pickled.
"""

from __future__ import annotations

import atexit
import dis
import inspect
import math
import shutil
import tempfile
import textwrap
from collections.abc import Callable
from pathlib import Path
from types import FunctionType, ModuleType
from typing import Any

import numpy as np

from gradrace.bench.results import FLOORS, UnusableInput
from gradrace.impls.discovery import Source
from gradrace.impls.interface import Technique

Bare = Callable[..., Any]
"""(X, Y, w, b) -> (J, dw, db): X (n_x, m), Y (m,), w and dw (n_x,)."""

GLOBAL = ("LOAD_GLOBAL", "LOAD_NAME")
"""What a function does to a name that isn't its own; an attribute of that name is another matter."""

FILE = '''"""{title}"""

from __future__ import annotations

{preamble}

from dataclasses import dataclass as _dataclass
from typing import Any as _Any

from gradrace.impls.interface import Implementation as _Implementation
from gradrace.impls.interface import Technique as _Technique


@_dataclass(frozen=True, eq=False)
class _Data:
    X: _Any
    Y: _Any


def _prepare(problem):
    return _Data(problem.features(), problem.Y[0])


def _gradient(data, w, b):
    return {name}(data.X, data.Y, w, b)


IMPLEMENTATION = _Implementation(technique=_Technique("{technique}"), prepare=_prepare, gradient=_gradient)
'''


def from_function(function: Bare, *, technique: Technique = Technique.VECTORIZED) -> Source:
    """An implementation that calls a function (X, Y, w, b) -> (J, dw, db), in NumPy's arrays.

    X: (n_x, m), examples as columns; Y: (m,) of 0 and 1; w: (n_x,). dw: (n_x,). Its name is the function's.
    What it refers to goes along: modules, functions, and plain numbers, text, tuples and lists of them.
    Raises UnusableInput if its source can't be found, or if it refers to anything else.
    """
    if not isinstance(function, FunctionType) or not function.__name__.isidentifier() or function.__name__ in FLOORS:
        raise UnusableInput(f"{function!r} is no function with a name; define one with `def`")
    preamble: dict[str, str] = {}
    _carry(function, preamble)
    title = (inspect.getdoc(function) or f"{function.__name__}, from a notebook.").partition("\n")[0]
    folder = Path(tempfile.mkdtemp(prefix="gradrace-functions-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / f"{function.__name__}.py"
    text = FILE.format(
        title=title.replace("\\", "").replace('"', "'"),
        preamble="\n\n".join(preamble.values()),
        name=function.__name__,
        technique=technique.value,
    )
    file.write_text(text, encoding="utf-8")
    return Source(function.__name__, file)


def _carry(function: FunctionType, preamble: dict[str, str]) -> None:
    """Add a function's source to the preamble, after what it refers to."""
    if function.__name__ in preamble:
        return
    preamble[function.__name__] = ""  # it may call itself
    for name, value in _references(function).items():
        if isinstance(value, ModuleType):
            preamble.setdefault(name, f"import {value.__name__} as {name}")
        elif isinstance(value, FunctionType) and value.__module__ == function.__module__:
            _carry(value, preamble)
        elif callable(value) and getattr(value, "__module__", None) and hasattr(value, "__qualname__"):
            preamble.setdefault(name, f"from {value.__module__} import {value.__qualname__} as {name}")
        elif _is_plain(value):
            preamble.setdefault(name, f"{name} = {_written(value)}")
        else:
            raise UnusableInput(
                f"{function.__name__} refers to {name}, a {type(value).__name__} that can't go along; make it inside"
            )
    del preamble[function.__name__]
    preamble[function.__name__] = _source(function)


def _references(function: FunctionType) -> dict[str, Any]:
    """The globals and the variables around it that a function, or one within it, refers to, by name."""
    names: set[str] = set()
    codes = [function.__code__]
    while codes:
        code = codes.pop()
        names.update(step.argval for step in dis.get_instructions(code) if step.opname in GLOBAL)
        codes += [constant for constant in code.co_consts if inspect.iscode(constant)]
    around = inspect.getclosurevars(function).nonlocals
    known = {name: function.__globals__[name] for name in sorted(names) if name in function.__globals__}
    known = {name: value for name, value in known.items() if name.isidentifier()}  # tools add others, as @pytest_ar
    return {**known, **around}


def _source(function: FunctionType) -> str:
    try:
        return textwrap.dedent(inspect.getsource(function)).strip()
    except (OSError, TypeError) as error:
        raise UnusableInput(f"{function.__name__}: its source can't be found; put it into a file") from error


def _is_plain(value: Any) -> bool:
    if isinstance(value, tuple | list):
        return all(map(_is_plain, value))
    return value is None or isinstance(value, bool | int | float | str | np.number)


def _written(value: Any) -> str:
    """A plain value in Python, which has no word for infinity, nor without an import for NumPy's numbers."""
    if isinstance(value, tuple | list):
        inner = "".join(f"{_written(entry)}, " for entry in value)
        return f"({inner})" if isinstance(value, tuple) else f"[{inner}]"
    number = value.item() if isinstance(value, np.number) else value
    return f"float('{number}')" if isinstance(number, float) and not math.isfinite(number) else repr(number)
