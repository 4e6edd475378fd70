"""Make an implementation from a plain function, such as one in a notebook.

Workers load files. Therefore cloudpickle writes the function with everything it refers to, and a file beside the pickle
loads it. A worker unpickles only what this program wrote for it. Data from a worker are never unpickled.
"""

from __future__ import annotations

import atexit
import inspect
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

import cloudpickle

from gradrace.bench.results import FLOORS, UnusableInput
from gradrace.bench.text import one_line
from gradrace.impls.discovery import Source, everyone
from gradrace.impls.interface import Implementation, Problem, Technique

Bare = Callable[..., Any]
"""Function (X, Y, w, b) -> (J, dw, db): X (n_x, m), Y (m,), w and dw (n_x,)."""

FILE = '''"""{title}"""

import pickle
import sys
from pathlib import Path

# Behind the libraries, for which no file there may pass; before a checkout of gradrace, which is the last.
sys.path[-1:-1] = [folder for folder in {folders} if folder not in sys.path]

IMPLEMENTATION = pickle.loads(Path(__file__).with_suffix(".pickle").read_bytes())
'''


class Data(NamedTuple):
    """Arguments that stay the same. X: (n_x, m). Y: (m,)."""

    X: Any
    Y: Any


def from_function(function: Bare, *, technique: Technique = Technique.VECTORIZED) -> Source:
    """Return an implementation that calls a function (X, Y, w, b) -> (J, dw, db) with NumPy arrays.

    X: (n_x, m), examples as columns; Y: (m,) of 0 and 1; w: (n_x,); dw: (n_x,). Its name is the function's.
    Objects that the function refers to are pickled too: by value if its own module defines them, otherwise by the
    module's name. Workers find modules in the same folders as this process.
    Raises UnusableInput if it has no name, or the name of an existing implementation, or refers to an object that can't
    be pickled.
    """
    name = getattr(function, "__name__", "")
    if not callable(function) or not name.isidentifier() or name in FLOORS:
        raise UnusableInput(f"{function!r} is not a function with a name; define one with `def`")
    if name in everyone():
        raise UnusableInput(f"{name} is the name of an existing implementation; rename the function")
    implementation = Implementation(technique=technique, prepare=_prepare, gradient=partial(_gradient, function))
    pickled = _pickled(name, implementation, getattr(function, "__module__", ""))
    title = one_line(inspect.getdoc(function) or f"{name}, from a notebook.")
    folder = Path(tempfile.mkdtemp(prefix="gradrace-functions-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    file = folder / f"{name}.py"
    file.with_suffix(".pickle").write_bytes(pickled)
    folders = [str(Path(place).resolve()) for place in sys.path]
    file.write_text(FILE.format(title=title.replace("\\", "").replace('"', "'"), folders=folders), encoding="utf-8")
    return Source(name, file)


def _prepare(problem: Problem) -> Data:
    return Data(problem.features(), problem.Y[0])


def _gradient(function: Bare, data: Data, w: Any, b: Any) -> Any:
    return function(data.X, data.Y, w, b)


def _pickled(name: str, implementation: Implementation[Any, Any, Any], module: str) -> bytes:
    try:
        with _by_value(module):
            pickled: bytes = cloudpickle.dumps(implementation)
    except Exception as error:  # objects that can't be pickled raise various types
        raise UnusableInput(
            f"{name} refers to an object that can't be pickled ({one_line(str(error))}); make it inside"
        ) from error
    return pickled


@contextmanager
def _by_value(name: str) -> Iterator[None]:
    """Pickle the contents of a module by value.

    A worker may not find the module, and importing it may do more than define functions.
    """
    module = sys.modules.get(name)
    if module is None or name == "__main__" or name in cloudpickle.list_registry_pickle_by_value():
        yield
        return
    cloudpickle.register_pickle_by_value(module)
    try:
        yield
    finally:
        cloudpickle.unregister_pickle_by_value(module)
