"""A text that identifies what functions do, made from this process's memory.

A file tells less: it may have been edited since it was imported, or within the second of its bytecode, or a name in it
was set to something else, as in an experiment.
"""

from __future__ import annotations

import sys
from fractions import Fraction
from types import CodeType, FunctionType, ModuleType
from typing import Any

from llvmlite import ir


def meaning(thing: Any) -> str:
    """Return a text that differs for functions, classes or values that do something else.

    All that a function names is part of it, except what belongs to the standard library, and modules. The text differs
    between versions of Python.
    """
    return repr(_told(thing, set()))


def _told(thing: Any, seen: set[int]) -> Any:
    match thing:
        case int() | float() | str() | bytes() | Fraction() | None:
            return repr(thing)
        case ir.Type():
            return str(thing)
        case tuple() | list():
            return [_told(item, seen) for item in thing]
        case set() | frozenset():
            return sorted(repr(_told(item, seen)) for item in thing)
        case dict():
            return [_told(pair, seen) for pair in thing.items()]
        case CodeType():
            names = thing.co_names, thing.co_varnames, thing.co_freevars, thing.co_cellvars
            return thing.co_code, names, _told(thing.co_consts, seen)
        case ModuleType():
            return thing.__name__
        case FunctionType() | type() if id(thing) not in seen and not _is_pythons(thing):
            seen.add(id(thing))
            parts = _of_function(thing) if isinstance(thing, FunctionType) else _of_class(thing)
            return thing.__qualname__, _told(parts, seen)
        case property():
            return _told(thing.fget, seen)
        case object(__wrapped__=inner):  # of functools.cache, staticmethod and classmethod
            return _told(inner, seen)
    return getattr(thing, "__qualname__", type(thing).__qualname__)


def _is_pythons(thing: Any) -> bool:
    return thing.__module__.partition(".")[0] in sys.stdlib_module_names - {"__main__"}


def _of_function(function: FunctionType) -> list[Any]:
    cells = [cell.cell_contents for cell in function.__closure__ or ()]
    named = [(name, function.__globals__[name]) for name in _names(function.__code__) if name in function.__globals__]
    return [function.__code__, function.__defaults__, function.__kwdefaults__, cells, named]


def _names(code: CodeType) -> list[str]:
    inner = [name for const in code.co_consts if isinstance(const, CodeType) for name in _names(const)]
    return sorted({*code.co_names, *inner})


def _of_class(kind: type) -> list[Any]:
    told = [(name, value) for name, value in vars(kind).items() if not name.startswith("__") or callable(value)]
    return [kind.__bases__, told]
