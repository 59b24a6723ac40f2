from pathlib import Path

import pytest
import yaml
from click.testing import Result
from flask import Flask

from actions.extensions import db
from actions.pages.models import PageState
from actions.pages.queries import page_by_slug
from tests.factories.organisation import make_organisation
from tests.factories.page_words import WORDS, make_picture
from tests.factories.pages import make_page, make_target


def run(app: Flask, *words: str) -> Result:
    done = app.test_cli_runner().invoke(args=["pages", *words])
    db.session.expire_all()
    return done


@pytest.fixture
def file(app: Flask, tmp_path: Path) -> Path:
    make_organisation()
    make_picture("river.webp")
    make_target()
    db.session.commit()
    english = {
        "title": WORDS.title,
        "summary": WORDS.summary,
        "lead_alt": WORDS.lead["alt"],
        "lead_credit": WORDS.lead["credit"],
        "blocks": WORDS.blocks,
        "petition": WORDS.petition,
        "letter": WORDS.letter,
        "privacy": WORDS.privacy,
    }
    content = {
        "slug": "free-her",
        "country": "KH",
        "goal": 1000,
        "lead_picture": {"media": "river.webp"},
        "targets": ["ambassador"],
        "legal_basis": {"article6": "6(1)(a)", "article9": "9(2)(a)"},
        "retention_months": 6,
        "wordings": {"en": english},
        "updates": [{"date": "2014-07-22", "outcome": "partial", "wordings": {"en": {"headline": "On bail"}}}],
    }
    path = tmp_path / "page.yaml"
    path.write_text(yaml.safe_dump(content), encoding="utf-8")
    return path


def test_a_page_is_loaded_opened_and_loaded_again_with_its_news(app: Flask, file: Path) -> None:
    assert run(app, "load", str(file)).output == "free-her: draft, version 1 of its words\n"
    assert run(app, "open", "free-her").output == "/a/free-her is open\n"
    assert run(app, "load", str(file)).output == "free-her: open_with_update, version 1 of its words\n"


def test_what_is_missing_is_said_and_nothing_is_kept(app: Flask, file: Path) -> None:
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    file.write_text(yaml.safe_dump(content | {"legal_basis": {}}), encoding="utf-8")
    assert run(app, "load", str(file)).exit_code == 0
    opened = run(app, "open", "free-her")
    assert opened.exit_code == 1
    assert "its legal basis lacks Article 6" in opened.output
    page = page_by_slug("free-her")
    assert page is not None
    assert page.state is PageState.DRAFT
    file.write_text("slug: free-her\n", encoding="utf-8")
    assert "has another shape" in run(app, "load", str(file)).output
    file.write_text(yaml.safe_dump(content | {"targets": ["nobody"]}), encoding="utf-8")
    assert "there is no target 'nobody'" in run(app, "load", str(file)).output


def test_only_a_draft_can_be_opened(app: Flask) -> None:
    make_page()
    assert run(app, "open", "free-her").output == "Error: free-her is open\n"
    assert run(app, "open", "nothing").output == "Error: there is no page 'nothing'\n"
