"""Finds loops whose order depends on a set, as far as syntax shows it."""

from __future__ import annotations

import ast
from collections.abc import Iterator

_ORDERED_CALLS = frozenset(["list", "tuple", "iter", "enumerate", "zip", "map", "filter", "reversed"])
_SET_OPERATORS = (ast.BitAnd, ast.BitOr, ast.Sub, ast.BitXor)
_Function = ast.FunctionDef | ast.AsyncFunctionDef


def set_iterations(tree: ast.Module) -> Iterator[int]:
    """Lines that walk a set: a literal, a call of set or frozenset, keys combined, or a name bound to one."""
    for scope in [tree, *(node for node in ast.walk(tree) if isinstance(node, _Function))]:
        names = _set_names(scope)
        for node in _own_nodes(scope):
            yield from (walked.lineno for walked in _walked(node) if _is_set(walked, names))


def _own_nodes(scope: ast.AST) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the functions inside it."""
    for node in ast.iter_child_nodes(scope):
        if not isinstance(node, _Function):
            yield node
            yield from _own_nodes(node)


def _walked(node: ast.AST) -> list[ast.expr]:
    """The expressions whose order `node` makes visible."""
    if isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
        return [node.iter]
    if isinstance(node, ast.Starred):
        return [node.value]
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in _ORDERED_CALLS:
        return list(node.args)
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "join":
        return list(node.args)
    return []


def _set_names(scope: ast.AST) -> frozenset[str]:
    names = [a.arg for a in _arguments(scope) if a.annotation is not None and _says_set(a.annotation)]
    for node in _own_nodes(scope):
        if isinstance(node, ast.Assign) and _is_set(node.value, frozenset()):
            names += [target.id for target in node.targets if isinstance(target, ast.Name)]
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and _says_set(node.annotation):
            names.append(node.target.id)
    return frozenset(names)


def _arguments(scope: ast.AST) -> list[ast.arg]:
    if not isinstance(scope, _Function):
        return []
    return [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]


def _says_set(annotation: ast.expr) -> bool:
    base = annotation.value if isinstance(annotation, ast.Subscript) else annotation
    return isinstance(base, ast.Name) and base.id in {"set", "frozenset", "Set", "AbstractSet"}


def _is_set(node: ast.expr, names: frozenset[str]) -> bool:
    if isinstance(node, ast.Set | ast.SetComp):
        return True
    if isinstance(node, ast.Name):
        return node.id in names
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        return node.func.id in {"set", "frozenset"}
    if isinstance(node, ast.BinOp) and isinstance(node.op, _SET_OPERATORS):
        return any(_is_set(side, names) or _is_keys(side) for side in (node.left, node.right))
    return False


def _is_keys(node: ast.expr) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in {"keys", "items"}
