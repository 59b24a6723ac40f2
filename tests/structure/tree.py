"""The files of the project as the structural tests read them: no test here needs a server."""

import ast
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

ROOT = Path(__file__).parent.parent.parent
PACKAGES = ("actions", "workers", "email_templates", "devserver")
_NOT_OURS = {".venv", "node_modules", "var", "__pycache__", "dist", ".git"}


@dataclass(frozen=True)
class Module:
    """One Python file."""

    path: Path

    @property
    def name(self) -> str:
        """`actions/signups/views.py`."""
        return self.path.relative_to(ROOT).as_posix()

    @property
    def dotted(self) -> str:
        """`actions.signups.views`."""
        return self.name.removesuffix(".py").replace("/", ".")

    @cached_property
    def text(self) -> str:
        return self.path.read_text(encoding="utf-8")

    @cached_property
    def lines(self) -> list[str]:
        return self.text.splitlines()

    @cached_property
    def tree(self) -> ast.Module:
        return ast.parse(self.text)

    def functions(self) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
        return (node for node in ast.walk(self.tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


@cache
def modules(*packages: str) -> tuple[Module, ...]:
    """Every module of our packages, without the migrations, which are written once and never changed."""
    found = [path for package in packages or PACKAGES for path in (ROOT / package).rglob("*.py")]
    return tuple(Module(path) for path in sorted(found) if not {*path.parts} & {"versions", "__pycache__"})


@cache
def tracked() -> tuple[Path, ...]:
    """Every file that belongs to the project."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [ROOT / name for name in listed.stdout.splitlines()]
    else:
        found = [path for path in ROOT.rglob("*") if not {*path.relative_to(ROOT).parts} & _NOT_OURS]
    return tuple(path for path in sorted(found) if path.is_file())


@cache
def tracked_texts() -> tuple[tuple[str, str], ...]:
    """(name, text) of every file that is text."""
    texts = []
    for path in tracked():
        try:
            texts.append((path.relative_to(ROOT).as_posix(), path.read_text(encoding="utf-8")))
        except UnicodeDecodeError:
            continue
    return tuple(texts)
