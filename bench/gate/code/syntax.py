"""The syntax tree of a Python file, without the parts that can't change its speed or its results."""

from __future__ import annotations

import ast
from typing import TypeVar

READS_SOURCE = ("getsource", "getsourcelines", "findsource")
"""Names in a file that may use all of its text at run time."""

READS_DOCSTRINGS = ("__doc__", "getdoc", "docopt", *READS_SOURCE)
"""Names in a file that may use docstrings at run time."""

READS_ANNOTATIONS = (
    *("__annotations__", "get_annotations", "get_type_hints", "signature", "constexpr", "singledispatch"),
    *READS_SOURCE,
)
"""Names in a file that may use annotations at run time. Triton compiles another kernel for `tl.constexpr`."""

TYPING = "TYPE_CHECKING"
"""Name that is true for type checkers and false at run time."""

Function = TypeVar("Function", ast.FunctionDef, ast.AsyncFunctionDef)
Block = TypeVar("Block", ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def essence(contents: bytes) -> str | bytes:
    """Return what a Python file does, so that files are equal which differ in comments, formatting or docstrings only.

    Annotations don't count either, except in classes, where they define fields, and in functions with a decorator,
    which may read them, and neither do imports for type checkers. The result is the contents if they aren't Python.
    """
    tree = parsed(contents)
    if tree is None:
        return contents
    names = names_in(tree)
    bare = Bare(docstrings=bool(names & {*READS_DOCSTRINGS}), annotations=bool(names & {*READS_ANNOTATIONS}))
    try:
        return ast.dump(bare.visit(tree))
    except RecursionError:  # a sum of a thousand terms
        return contents


def names_in(tree: ast.AST) -> set[str]:
    """Return the names and attributes that code uses."""
    names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
    return names | {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}


def parsed(contents: bytes) -> ast.Module | None:
    """Return the syntax tree of a Python file; None if it isn't one, or is nested too deeply."""
    try:
        return ast.parse(contents)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


class Bare(ast.NodeTransformer):
    """Transformer that removes docstrings and annotations, unless they are kept."""

    def __init__(self, *, docstrings: bool, annotations: bool) -> None:
        self.keeps_docstrings = docstrings
        self.keeps_annotations = annotations
        self.in_class = False

    def visit_Module(self, node: ast.Module) -> ast.Module:
        """Remove the docstring."""
        return self._inside(node, in_class=False)

    def visit_ClassDef(self, node: ast.ClassDef) -> ast.ClassDef:
        """Remove the docstring."""
        return self._inside(node, in_class=True)

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.FunctionDef:
        """Remove the docstring and the annotations of arguments and result."""
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AsyncFunctionDef:
        """Remove the docstring and the annotations of arguments and result."""
        return self._function(node)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.stmt:
        """Turn `x: int = 3` into `x = 3`, outside classes."""
        self.generic_visit(node)
        if self.in_class or self.keeps_annotations or node.value is None:
            return node
        return ast.Assign(targets=[node.target], value=node.value)

    def visit_If(self, node: ast.If) -> ast.If | list[ast.stmt]:
        """Turn `if TYPE_CHECKING` into its `else`, which is empty as a rule."""
        self.generic_visit(node)
        name = getattr(node.test, "id", getattr(node.test, "attr", None))
        return node.orelse if name == TYPING and not self.keeps_annotations else node

    def visit_ImportFrom(self, node: ast.ImportFrom) -> ast.ImportFrom | None:
        """Remove the import of TYPE_CHECKING."""
        names = [alias for alias in node.names if alias.name != TYPING]
        return ast.ImportFrom(node.module, names, node.level) if names else None

    def _function(self, node: Function) -> Function:
        if not node.decorator_list and not self.keeps_annotations:
            node.returns = None
            spec: ast.arguments = node.args
            for argument in (*spec.posonlyargs, *spec.args, *spec.kwonlyargs, spec.vararg, spec.kwarg):
                if argument is not None:
                    argument.annotation = None
        return self._inside(node, in_class=False)

    def _inside(self, node: Block, *, in_class: bool) -> Block:
        if not self.keeps_docstrings:
            node.body = [statement for statement in node.body if not _is_text(statement)] or [ast.Pass()]
        around, self.in_class = self.in_class, in_class
        self.generic_visit(node)
        self.in_class = around
        return node


def _is_text(statement: ast.stmt) -> bool:
    """Return whether a statement is nothing but a string: a docstring, or a comment in that form."""
    return (
        isinstance(statement, ast.Expr)
        and isinstance(statement.value, ast.Constant)
        and isinstance(statement.value.value, str)
    )
