"""Every page template compiles in every language, is used, and says nothing that no translator saw."""

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest
from flask import Flask
from jinja2 import nodes

from actions.app import create_app
from actions.rendering import environment
from email_templates.language import LANGUAGES
from tests.conftest import settings_for
from tests.structure.tree import ROOT, modules

TEMPLATES = ROOT / "actions" / "templates"
NAMES = sorted(path.relative_to(TEMPLATES).as_posix() for path in TEMPLATES.rglob("*.html"))
# Attributes whose value a person reads or hears.
READ = {"alt", "title", "placeholder", "aria-label", "aria-description", "summary", "label"}
# The demonstration's own notice and what no language changes.
SAME_IN_EVERY_LANGUAGE = {"Clarion", "JSON", "CSV", "PDF"}
MAILBOX = "mailbox/"
# It speaks English until it has a catalogue of its own.
DESK = "desk/"


@pytest.fixture(scope="module")
def unserved(tmp_path_factory: pytest.TempPathFactory) -> Flask:
    folder: Path = tmp_path_factory.mktemp("templates")
    return create_app(settings_for("postgresql://nobody@127.0.0.1:1/nothing", "redis://127.0.0.1:1", folder))


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_page_template_compiles_in_every_language(unserved: Flask, language: str) -> None:
    assert NAMES
    with unserved.app_context():
        for name in NAMES:
            environment(language).get_template(name)


def test_every_template_that_a_view_names_is_there() -> None:
    named = {
        (module.name, name)
        for module in modules("actions")
        for name in re.findall(r'"([\w/]+\.html)"', module.text)
        if module.path.name != "security_headers.py"
    }
    assert [(module, name) for module, name in named if name not in NAMES] == []


def test_every_template_is_used() -> None:
    everything = "".join(module.text for module in modules("actions")) + "".join(
        (TEMPLATES / name).read_text(encoding="utf-8") for name in NAMES
    )
    by_fact = {f"errors/{fact}.html" for fact in re.findall(r'"(\w+)"', everything)}
    unused = [name for name in NAMES if f'"{name}"' not in everything and name not in by_fact]
    assert unused == []


class Readable(HTMLParser):
    """What a person would read of a template whose expressions were taken out."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.silent = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.silent = tag in {"script", "style"}
        self.found.extend(value for name, value in attrs if name in READ and value)

    def handle_endtag(self, _: str) -> None:
        self.silent = False

    def handle_data(self, data: str) -> None:
        if not self.silent:
            # A macro may give a piece of a tag: ` dir="…"`.
            self.found.append(re.sub(r'[\w-]+="[^"]*"?', "", data))


@pytest.mark.requirement("A-12")
@pytest.mark.parametrize("name", [name for name in NAMES if not name.startswith((MAILBOX, DESK))])
def test_a_template_says_nothing_that_is_not_translated(unserved: Flask, name: str) -> None:
    with unserved.app_context():
        parsed = environment("en").parse((TEMPLATES / name).read_text(encoding="utf-8"))
    reader = Readable()
    for block in parsed.find_all(nodes.Block):
        if block.name.endswith("_class"):
            block.body = []
    reader.feed("".join(data.data for data in parsed.find_all(nodes.TemplateData)))
    said = {word for text in reader.found for word in re.findall(r"[^\W\d_]{2,}", text)}
    assert said - SAME_IN_EVERY_LANGUAGE == set()
