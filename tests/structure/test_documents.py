"""What the documents say is so: every path, target and command that they name exists."""

import re
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from flask import Flask

from actions.app import create_app
from tests.conftest import settings_for
from tests.structure.tree import PACKAGES, ROOT, tracked

TOP = {path.relative_to(ROOT).parts[0] for path in tracked()}
# Made at run time, or the reader's own.
NOT_IN_THE_TREE = ("var/", "my-page.yaml", "people.csv", ".venv/")
SPAN = re.compile(r"`([^`\n]+)`")
FENCE = re.compile(r"^```.*?^```|^(?: {4}|\t).+$", re.MULTILINE | re.DOTALL)
PATH = re.compile(
    r"(?<![\w/:.<{-])((?:[\w.-]+/)+[\w.-]*|[\w-]+\.(?:py|md|toml|yaml|css|js|json|lock|ini|typ))(?![\w<{*…/])"
)


def documents() -> list[Path]:
    return [path for path in tracked() if path.suffix == ".md" and not path.is_relative_to(ROOT / "actions")]


def code_of(document: Path) -> list[str]:
    text = document.read_text(encoding="utf-8")
    blocks = [match.group() for match in re.finditer(r"^```.*?^```", text, re.MULTILINE | re.DOTALL)]
    blocks += re.findall(r"^(?: {4,})\S.*$", text, re.MULTILINE)
    return blocks + SPAN.findall(text)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("documents")
    return create_app(settings_for("postgresql://nobody@127.0.0.1:1/nothing", "redis://127.0.0.1:1", folder))


def test_there_is_a_readme() -> None:
    assert "README.md" in [path.name for path in documents()]


def test_every_path_in_the_documents_exists() -> None:
    missing = [
        f"{document.relative_to(ROOT)}: {name}"
        for document in documents()
        for code in code_of(document)
        for name in paths_in(code)
        if not is_there(name)
    ]
    assert sorted(set(missing)) == []


def paths_in(code: str) -> Iterator[str]:
    for name in PATH.findall(code):
        is_ours = name.split("/")[0] in TOP or name.endswith((".py", ".md", ".toml", ".yaml", ".css"))
        if is_ours and not name.startswith(NOT_IN_THE_TREE):
            yield name


def is_there(name: str) -> bool:
    """From the root, or inside a package that the text is speaking of; a module may be named without its ending."""
    places = [ROOT, *(ROOT / package for package in PACKAGES), *(path for path in (ROOT / "actions").iterdir())]
    return any((place / name).exists() or (place / f"{name}.py").exists() for place in places)


def test_every_picture_in_the_documents_exists() -> None:
    for document in documents():
        for linked in re.findall(r"\]\((?!https?:|#|mailto:)([^)#]+)", document.read_text(encoding="utf-8")):
            assert (document.parent / linked).exists() or (ROOT / linked).exists(), f"{document.name}: {linked}"


def targets() -> set[str]:
    return set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE))


def test_every_make_target_in_the_documents_exists() -> None:
    named = {name for document in documents() for code in code_of(document) for name in made(code)}
    assert {"run", "test"} <= named
    assert named - targets() == set()


def made(code: str) -> list[str]:
    return re.findall(r"(?:^|\s|`)make ((?!its\b)[a-z]+)", code, re.MULTILINE)


def test_every_make_target_is_listed_by_help() -> None:
    text = (ROOT / "Makefile").read_text(encoding="utf-8")
    listed = set(re.findall(r"^([a-z]+):.*  ## ", text, re.MULTILINE))
    assert listed == targets()
    assert listed <= set(re.search(r"^\.PHONY: (.+)$", text, re.MULTILINE).group(1).split())  # type: ignore[union-attr]  # it is there


def commands() -> list[str]:
    """What follows `flask --app wsgi` wherever a document, a program or a test names it."""
    texts = [code for document in documents() for code in code_of(document)]
    return [found for text in texts for found in re.findall(r"flask (?:--env-file \S+ )?--app wsgi ([^`\n]+)", text)]


def test_every_command_in_the_documents_exists_with_its_options(app: Flask) -> None:
    assert commands()
    wrong = [words for words in commands() if not is_command(app, words)]
    assert wrong == []


def is_command(app: Flask, words: str) -> bool:
    names = [word.split("|")[0] for word in words.split() if not word.startswith(("-", "…", "<"))]
    group = app.cli
    found: click.Command | None = None
    for name in names:
        found = group.get_command(click.Context(group), name)
        if not isinstance(found, click.Group):
            break
        group = found
    if found is None:
        return words.startswith(("--", "…"))
    known = {option for parameter in found.params for option in parameter.opts}
    return set(re.findall(r"(?<=\s)--[a-z-]+", words)) <= known | {"--help"}
