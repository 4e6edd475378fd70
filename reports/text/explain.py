"""An implementation's lines beside the slide's formulas: the code that computes z, a, J, dz, dw and db, in any file.

The code uses the lecture's notation, so the name that a line assigns to identifies its formula: z0 and z1 are z, too.
"""

from __future__ import annotations

import ast
import re
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

from gradrace.bench.results import UnusableInput
from gradrace.bench.text import printable, said
from gradrace.impls.discovery import HERE, Source

OURS = "gradrace.impls."

FORMULAS = {
    "z": "z = wᵀx + b",
    "e": "e^−|z|, which can't overflow",
    "a": "a = σ(z) = 1 / (1 + e^−z)",
    "L": "L = −(y log a + (1−y) log(1−a))",
    "J": "J = 1/m Σ L",
    "dz": "dz = a − y",
    "dw": "dw = 1/m Σ x dz",
    "db": "db = 1/m Σ dz",
    "w": "w := w − α dw",
    "b": "b := b − α db",
}
"""Formulas of the lecture. L is computed as max(z, 0) − z y + log(1 + e^−|z|), which is equal and stays finite."""

SPELT = {"loss": "L", "dw_j": "dw"}
"""Other names for the lecture's."""

STEPPED = ("w", "b")

SPACES = {"zeros", "zeros_like", "empty", "empty_like", "full", "full_like"}
"""Functions that create an array without computing its numbers."""

LOADS = "load"
"""Beginning of the names of functions that only read numbers from memory."""

RETURNED = ("J", "dw", "db")

MOST_FUNCTIONS = 100

Definition: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True)
class Line:
    """A line of code, and the formula that it computes, or part of it; empty if it computes none."""

    code: str
    formula: str


@dataclass(frozen=True, slots=True)
class Function:
    """One function: its file, and its lines without the docstring."""

    file: str
    name: str
    lines: tuple[Line, ...]


def explain(source: Source) -> list[Function]:
    """Return the gradient and the functions it calls that compute any of the formulas, in the order of the calls.

    The code is read without running it. Calls of libraries aren't followed, and methods only of annotated parameters.
    """
    found: list[Function] = []
    first = source.gradient()
    todo, seen = [(source.path, first)], set[tuple[Path, str]]()
    returning = {first}  # names of functions that return J, dw and db, not three other values
    while todo and len(seen) < MOST_FUNCTIONS:
        place = todo.pop(0)
        if place in seen:
            continue
        seen.add(place)
        path, name = place
        text, tree = _parsed(path)
        definition = _definition(tree, name)
        if definition is None:
            elsewhere = _imported(tree, path).get(name)  # which the file imports from another
            todo[:0] = [elsewhere] if elsewhere else []
            returning |= {elsewhere[1]} if elsewhere and name in returning else set()
            continue
        returning |= _passed_on(definition) if name in returning else set()
        lines = tuple(_lines(definition, text, returns=name in returning))
        if name == first or any(line.formula for line in lines):
            found.append(Function(_shown(path), name, lines))
        todo[:0] = _called(definition, name, tree, path)
    return found


def overview(functions: Sequence[Function]) -> dict[str, list[Function]]:
    """Return {formula: the functions that compute it}, in the order of FORMULAS.

    A function that leaves a formula to another one of these isn't among them.
    """
    names = "|".join(re.escape(one.name.rpartition(".")[2]) for one in functions)
    leaves = re.compile(rf"\b({names})\(")

    def computes(one: Function, formula: str) -> bool:
        lines = [line.code.partition("=")[2] or line.code for line in one.lines if formula in line.formula.split("; ")]
        return any(not leaves.search(code) for code in lines)

    found = {formula: [one for one in functions if computes(one, formula)] for formula in FORMULAS.values()}
    return {formula: its for formula, its in found.items() if its}


def _parsed(path: Path) -> tuple[str, ast.Module]:
    """Return a file's text and tree. Raises UnusableInput if it can't be read as Python."""
    try:
        with tokenize.open(path) as file:  # in the encoding that it declares
            text = file.read()
        return text, ast.parse(text)
    except (OSError, SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise UnusableInput(f"{path}: can't be read as Python ({said(error)}); mend it") from error


def _definition(tree: ast.Module, name: str) -> Definition | None:
    """Return the function of that name, or the method CLASS.NAME; None if there is none."""
    body: list[ast.stmt] = tree.body
    *classes, own = name.split(".")
    for one in classes:
        body = next((node.body for node in body if isinstance(node, ast.ClassDef) and node.name == one), [])
    return next((node for node in body if isinstance(node, Definition) and node.name == own), None)


def _passed_on(definition: Definition) -> set[str]:
    """Return the names of the functions whose result the function returns."""
    values = [node.value for node in ast.walk(definition) if isinstance(node, ast.Return)]
    return {one.func.id for one in values if isinstance(one, ast.Call) and isinstance(one.func, ast.Name)}


def _lines(definition: Definition, text: str, *, returns: bool) -> Iterator[Line]:
    """Yield the lines of a function. returns: whether the three values that it returns are J, dw and db."""
    nodes = [node for node in ast.walk(definition) if returns or not isinstance(node, ast.Return)]
    formulas: dict[int, list[str]] = {}
    for node in nodes:
        for name in dict.fromkeys(_computed(node)):
            formulas.setdefault(node.lineno, []).append(FORMULAS[name])  # type: ignore[attr-defined]  # statements have one
    body = definition.body[1:] if ast.get_docstring(definition) is not None else definition.body
    source = re.split(r"\r\n|\r|\n", text)  # as the parser counts; not at a form feed
    numbers = [
        *range(definition.lineno, definition.body[0].lineno),
        *range(body[0].lineno if body else 0, (definition.end_lineno or 0) + 1),
    ]
    shown = [number for number in dict.fromkeys(numbers) if source[number - 1].strip() and body]
    for number in shown:
        yield Line(printable(source[number - 1].rstrip().expandtabs(4)), "; ".join(formulas.get(number, [])))


def _computed(node: ast.AST) -> list[str]:
    """Return the lecture's names of the variables that a statement computes, or returns."""
    match node:
        case ast.Assign(targets=targets, value=value):
            names = [name for target in targets for name, its in _pairs(target, value) if _computes(name, its)]
        case ast.AnnAssign(target=target, value=ast.expr() as value):
            names = [name for name in _names(target) if _computes(name, value)]
        case ast.AugAssign(target=target, op=op):
            names = [name for name in _names(target) if name not in STEPPED or isinstance(op, ast.Sub)]
        case ast.Return(value=ast.Tuple(elts=elts)) if len(elts) == len(RETURNED):
            names = [name for name, value in zip(RETURNED, elts, strict=True) if not isinstance(value, ast.Name)]
        case _:
            return []
    spelt = (SPELT.get(name, re.sub(r"\d+$", "", name)) for name in names)
    return [name for name in spelt if name in FORMULAS]


def _pairs(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, ast.expr]]:
    """Yield each name that is assigned to, with its value; of a value that isn't written as parts, the whole."""
    match target, value:
        case ast.Tuple(elts=targets), ast.Tuple(elts=values) if len(targets) == len(values):
            for one, its in zip(targets, values, strict=True):
                yield from _pairs(one, its)
        case _:
            yield from ((name, value) for name in _names(target))


def _computes(name: str, value: ast.expr) -> bool:
    """Return whether an assignment computes NAME. w and b are computed only by NAME minus something.

    Other assignments to w and b merely move them. Zeros and the like only create space, or begin a sum.
    """
    if name not in STEPPED:
        return not _begins(value)
    match value:
        case ast.BinOp(left=ast.Name(id=left), op=ast.Sub()):
            return left == name
    return False


def _begins(value: ast.expr) -> bool:
    """Return whether a value computes nothing: numbers, empty lists, zeros, something times 0, or what is loaded."""
    match value:
        case ast.Constant() | ast.UnaryOp(operand=ast.Constant()) | ast.Name(id="zero") | ast.Attribute(attr="zero"):
            return True
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            return all(map(_begins, elts))
        case ast.Call(func=ast.Attribute(attr=name) | ast.Name(id=name)) if name in SPACES or name.startswith(LOADS):
            return True
        case ast.Call(args=[ast.Constant(value=0)]):  # float(0), dtype.type(0)
            return True
        case ast.BinOp(left=left, op=ast.Mult(), right=right):
            return any(map(_is_nothing, (left, right)))
    return False


def _is_nothing(value: ast.expr) -> bool:
    """Return whether a factor is 0, or a list of numbers that is repeated."""
    return (isinstance(value, ast.Constant) and value.value == 0) or (isinstance(value, ast.List) and _begins(value))


def _names(target: ast.expr) -> Iterator[str]:
    match target:
        case ast.Name(id=name):
            yield name
        case ast.Subscript(value=value) | ast.Starred(value=value):
            yield from _names(value)
        case ast.Tuple(elts=elts) | ast.List(elts=elts):
            for element in elts:
                yield from _names(element)


def _called(definition: Definition, name: str, tree: ast.Module, path: Path) -> list[tuple[Path, str]]:
    """Return the places of the functions and methods that a function mentions.

    They are in its own file, or in one of `impls` beside it.
    """
    mentioned = [node.id for node in ast.walk(definition) if isinstance(node, ast.Name)]
    mentioned += [name for node in tree.body for name in _same(node, mentioned)]
    own = {node.name: (path, node.name) for node in tree.body if isinstance(node, Definition | ast.ClassDef)}
    places = _imported(tree, path) | own
    classes = _classes(definition, name)
    methods = [
        (places[classes[of]][0], f"{places[classes[of]][1]}.{attribute}")
        for of, attribute in _attributes(definition)
        if classes.get(of) in places
    ]
    functions = [places[name] for name in dict.fromkeys(mentioned) if name in places and name != definition.name]
    return [*methods, *functions]


def _classes(definition: Definition, name: str) -> dict[str, str]:
    """Return the classes of a function's parameters, by their annotations; a method's `self` is of its own class."""
    parameters = [*definition.args.args, *definition.args.kwonlyargs]
    found = {one.arg: one.annotation.id for one in parameters if isinstance(one.annotation, ast.Name)}
    return found | ({"self": name.rpartition(".")[0]} if "." in name else {})


def _attributes(definition: Definition) -> Iterator[tuple[str, str]]:
    """Yield all mentioned NAME.ATTRIBUTE, in the order of the code."""
    found = [node for node in ast.walk(definition) if isinstance(node, ast.Attribute)]
    for node in sorted(found, key=lambda node: (node.lineno, node.col_offset)):
        match node.value:
            case ast.Name(id=of):
                yield of, node.attr


def _imported(tree: ast.Module, path: Path) -> dict[str, tuple[Path, str]]:
    """Return a file's imports from `impls`, beside it or ours: {name here: (file, name there)}."""
    found = {
        alias.asname or alias.name: (_home(node.module.removeprefix(OURS).split("."), path), alias.name)
        for node in tree.body
        if isinstance(node, ast.ImportFrom) and node.module and node.module.startswith(OURS)
        for alias in node.names
    }
    return {name: place for name, place in found.items() if place[0].is_file()}


def _shown(path: Path) -> str:
    """Return the displayed name of a file: with its folder if it is below ours, without it elsewhere."""
    return path.relative_to(HERE).as_posix() if path.is_relative_to(HERE) else path.name


def _home(module: list[str], path: Path) -> Path:
    """Return the file of a module of `impls`: beside the file that imports it, or ours."""
    for folder in (path.parent, path.parent.parent):
        if (beside := folder.joinpath(*module).with_suffix(".py")).is_file():
            return beside
    return HERE.joinpath(*module).with_suffix(".py")


def _same(node: ast.stmt, mentioned: list[str]) -> Iterator[str]:
    """Yield the names from which a mentioned name was made, as in `compiled_loop = njit(cache=True)(accumulate)`."""
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=value) if name in mentioned:
            yield from (part.id for part in ast.walk(value) if isinstance(part, ast.Name))
