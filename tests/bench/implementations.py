"""Implementations written to a file for a test: right but for the lines that a test puts in."""

from __future__ import annotations

import textwrap
from pathlib import Path

from gradrace.impls.discovery import Source

TEMPLATE = '''
"""An implementation for a test."""
import os, signal, time
import numpy as np
from gradrace.impls.interface import Implementation, Technique

{top}

calls = 0

def prepare(problem):
    {prepare}
    return problem

def gradient(problem, w, b):
    global calls
    calls += 1
    X, Y = problem.features(), problem.Y[0]
    m = Y.size
    z = w @ X + b
    e = np.exp(-np.abs(z))
    a = np.where(z >= 0, 1, e) / (1 + e)
    J = np.sum(np.maximum(z, 0) - z * Y + np.log1p(e)) / m
    dw, db = X @ (a - Y) / m, np.sum(a - Y) / m
    {gradient}
    return J, dw, db

IMPLEMENTATION = Implementation(technique=Technique.VECTORIZED, prepare=prepare, gradient=gradient)
'''


def write(folder: Path, name: str, *, top: str = "", prepare: str = "pass", gradient: str = "pass") -> Source:
    """Write an implementation with these lines put in at the top, in `prepare`, or before `gradient` returns."""
    indented = {
        "prepare": textwrap.indent(prepare, "    ").lstrip(),
        "gradient": textwrap.indent(gradient, "    ").lstrip(),
    }
    path = folder / f"{name}.py"
    path.write_text(TEMPLATE.format(top=top, **indented))
    return Source(name, path)
