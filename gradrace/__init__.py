"""Race the slide's gradient loop of logistic regression against every better way to compute the same numbers.

For notebooks and scripts:

    import gradrace

    raced = gradrace.race("numpy_vectorized,numba_fused", m=[100, 1000], nx=100, budget_s=10)
    raced                # the answer in words, and a table
    raced.table          # a DataFrame
    raced.figures()      # Matplotlib figures by title

    gradrace.verify("numba_fused").right.all()    # a DataFrame: error / bound on hard problems
    gradrace.load_results("runs/...")             # a saved run, as `race` returns it

An implementation may be a name, a file, or a function `(X, Y, w, b) -> (J, dw, db)`. A file of one begins with

    from gradrace import Implementation, Problem, Technique
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

__version__ = "0.1.0"

if not Path(__file__).with_name("impls").is_dir():
    raise ImportError(
        "gradrace/impls, gradrace/bench and gradrace/reports are symbolic links, and were unpacked as files: "
        "get the project with `git clone`, or unpack it with `unzip` or `tar`"
    )

if TYPE_CHECKING:
    from gradrace.functions import from_function
    from gradrace.impls.interface import Float, FloatArray, GaveUp, Gradient, Implementation, Problem, Technique
    from gradrace.notebook import Raced, load_results, race, verify

__all__ = [
    "Float",
    "FloatArray",
    "GaveUp",
    "Gradient",
    "Implementation",
    "Problem",
    "Raced",
    "Technique",
    "from_function",
    "load_results",
    "race",
    "verify",
]

_INTERFACE = ("Float", "FloatArray", "GaveUp", "Gradient", "Implementation", "Problem", "Technique")

_HOMES = {"from_function": "gradrace.functions", **dict.fromkeys(_INTERFACE, "gradrace.impls.interface")}


def __dir__() -> list[str]:
    """Return the public names, for completion."""
    return __all__


def __getattr__(name: str) -> Any:
    """Import a name when it is first used: the command line imports this package, and must answer in 0.3 s."""
    from importlib import import_module

    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES.get(name, "gradrace.notebook")), name)
