"""Every operation is told who acts, and says so the same way."""

import ast
from collections.abc import Iterator

from tests.structure.tree import Module, modules

# Called by the registry of confirmations, with everything in its place.
HANDLERS = {"already_done", "confirm", "expire", "mail_again", "mail_my_data", "refuse"}


def operations() -> Iterator[tuple[Module, ast.FunctionDef]]:
    for module in modules("actions"):
        if module.path.name == "operations.py":
            for node in module.tree.body:
                if isinstance(node, ast.FunctionDef) and not node.name.startswith("_") and writes(module, node):
                    yield module, node


def writes(module: Module, function: ast.FunctionDef) -> bool:
    """Whether the function, or a function of its module that it calls, adds, changes, queues or removes anything."""
    functions = {node.name: node for node in module.tree.body if isinstance(node, ast.FunctionDef)}
    wanted, seen = [function.name], set()
    while wanted:
        name = wanted.pop()
        if name in seen:
            continue
        seen.add(name)
        for node in ast.walk(functions[name]):
            if isinstance(node, ast.Attribute) and node.attr in {"add", "add_all", "flush", "delete", "execute"}:
                return True
            if isinstance(node, ast.Name) and node.id in functions:
                wanted.append(node.id)
    return False


def test_every_operation_is_told_who_acts() -> None:
    untold = [f"{module.name}:{node.lineno} {node.name}" for module, node in operations() if not is_told(node)]
    assert untold == []


def is_told(node: ast.FunctionDef) -> bool:
    """By the keyword `by: Actor`, but for handlers."""
    every = {one.arg: one for one in [*node.args.kwonlyargs, *node.args.args]}
    by = every.get("by")
    if by is None or by.annotation is None or ast.unparse(by.annotation) != "Actor":
        return False
    return by in node.args.kwonlyargs or node.name in HANDLERS
