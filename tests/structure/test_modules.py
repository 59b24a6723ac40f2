"""What style.md asks of every module, and no reviewer should have to."""

import ast
import re
from collections.abc import Iterator

import pytest

from tests.structure.tree import ROOT, Module, modules, tracked

LONGEST_MODULE = 350
SAYS_NOTHING = {"util", "utils", "helper", "helpers", "common", "core", "base", "manager", "managers"} | {
    "service",
    "services",
    "misc",
    "tools",
}
READS_THE_ENVIRONMENT = {"actions/config.py"}
SUPPRESSION = re.compile(r"#\s*(noqa|type:\s*ignore|pragma|ruff:|mypy:)")
WITH_REASON = re.compile(
    r"#\s*(noqa:\s*[A-Z]+[0-9]+(,\s*[A-Z]+[0-9]+)*|type:\s*ignore\[[\w,\s-]+\]|pragma:[^#]*|ruff:[^#]*|mypy:[^#]*)"
    r"(\s*#\s*(noqa:\s*[A-Z0-9,\s]+|type:\s*ignore\[[\w,\s-]+\]))?\s+#\s*\w.+"
)


def all_python() -> tuple[Module, ...]:
    return tuple(
        Module(path) for path in tracked() if path.suffix == ".py" and "versions" not in path.parts and path.exists()
    )


def test_no_module_is_longer_than_350_lines() -> None:
    long = {module.name: len(module.lines) for module in all_python() if len(module.lines) > LONGEST_MODULE}
    assert long == {}


def test_no_file_is_named_for_what_it_is_not() -> None:
    vague = [
        path.relative_to(ROOT).as_posix() for path in tracked() if SAYS_NOTHING & set(re.split(r"[-_.]", path.stem))
    ]
    assert vague == []


@pytest.mark.requirement("W-17")
def test_only_the_settings_read_the_environment() -> None:
    readers = [
        module.name
        for module in modules("actions", "workers", "email_templates")
        if module.name not in READS_THE_ENVIRONMENT and reads_environment(module.tree)
    ]
    assert readers == []


def reads_environment(tree: ast.Module) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"})
        or (isinstance(node, ast.ImportFrom) and node.module == "os" and {n.name for n in node.names} & {"environ"})
        for node in ast.walk(tree)
    )


def test_no_import_is_deferred_into_a_function() -> None:
    deferred = [f"{module.name}:{line}" for module in all_python() for line in deferred_imports(module)]
    assert deferred == []


def deferred_imports(module: Module) -> Iterator[int]:
    for function in module.functions():
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield node.lineno


def test_every_suppression_says_why() -> None:
    silent = [
        f"{module.name}:{number}: {line.strip()}"
        for module in all_python()
        for number, line in enumerate(module.lines, 1)
        if SUPPRESSION.search(line) and "re.compile" not in line and not WITH_REASON.search(line)
        if not module.name.startswith("tests/structure/")
    ]
    assert silent == []


def test_every_rule_that_is_switched_off_says_why() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lint = text.split("[tool.ruff.lint]")[1].split("[tool.ruff.lint.pydocstyle]")[0]
    silent = [line for line in lint.splitlines() if re.search(r'"[A-Z]+[0-9]+"', line) and "# " not in line]
    assert silent == []


def test_every_function_is_typed() -> None:
    """Strict mypy says it of the packages; this says it of the programs beside them and of the tests."""
    untyped = [
        f"{module.name}:{function.lineno} {function.name}"
        for module in all_python()
        for function in module.functions()
        if function.returns is None or any(untyped_arguments(function.args))
    ]
    assert untyped == []


def untyped_arguments(arguments: ast.arguments) -> Iterator[bool]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs]
    return (one.annotation is None and one.arg not in {"self", "cls"} for one in every)


def test_no_mark_says_that_something_is_left_to_do() -> None:
    marks = [
        f"{module.name}:{number}"
        for module in all_python()
        for number, line in enumerate(module.lines, 1)
        if re.search(r"#\s*(TO" + "DO|FIX" + "ME|XX" + r"X|HA" + r"CK)\b", line)
    ]
    assert marks == []


def test_every_package_says_in_one_paragraph_what_it_is() -> None:
    for module in modules():
        if module.path.name == "__init__.py":
            said = ast.get_docstring(module.tree)
            assert said, module.name
            assert "\n\n" not in said, module.name
            assert len(module.tree.body) == 1, f"{module.name} holds code"
