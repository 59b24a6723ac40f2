from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions.pages.models import Page, PageState
from actions.pages.queries import newest_update, wording
from tests.factories.organisation import make_organisation
from tests.factories.pages import add_wording, make_page, make_target
from tests.factories.pictures import make_picture
from tests.factories.supporters import make_supporter, say_about_news, sign

Db = scoped_session[Session]
NAMED = {"name": "Ambassador Example", "state": "the Kingdom of Cambodia"}
WORDS = """picture: {media: door.webp}
wordings:
  en:
    headline: Her medicine has reached her
    summary: She has her medicine.
    picture_alt: A door, open a little
    picture_credit: Us
  ar: {headline: وصلها دواؤها, picture_alt: باب, picture_credit: نحن}
"""


@pytest.fixture
def page(app: Flask, session: Db, tmp_path: Path) -> Page:
    make_organisation()
    made = make_page(targets=[make_target(wordings={"en": NAMED, "ar": NAMED})], lead_picture="door.webp")
    add_wording(made, "ar")
    make_picture("door.webp")
    (tmp_path / "update.en.md").write_text("This morning the gate took the medicine.\n\n**Thank you.**\n")
    (tmp_path / "update.ar.md").write_text("هذا الصباح قُبل الدواء.\n")
    (tmp_path / "words.yaml").write_text(WORDS)
    return made


def publish(app: Flask, folder: Path, *more: str) -> tuple[int, str]:
    wanted = ["pages", "update", "free-her", "--outcome", "partial", "--body", str(folder / "update.en.md")]
    result = app.test_cli_runner().invoke(args=[*wanted, *more])
    return result.exit_code, result.output


def test_banner_words_and_mail_go_with_one_command(app: Flask, session: Db, page: Page, tmp_path: Path) -> None:
    who = make_supporter()
    sign(page, who)
    say_about_news(page, who)
    code, said = publish(app, tmp_path, "--words", str(tmp_path / "words.yaml"), "--mail")
    assert code == 0, said
    assert "/a/free-her shows it: open_with_update, version 2 of its words." in said
    assert "The appeal's words in Arabic stay as they were." in said
    assert "tells 1 of it." in said
    session.expire_all()
    assert page.state is PageState.OPEN_WITH_UPDATE
    assert wording(page, "en").summary == "She has her medicine."
    update = newest_update(page)
    assert update is not None
    assert set(update.wordings) == {"en", "ar"}
    assert [block["type"] for block in update.wordings["en"]["blocks"]] == ["text", "picture", "text"]
    assert update.wordings["ar"]["blocks"][1]["alt"] == "باب"


def test_a_headline_may_stand_in_the_command(app: Flask, page: Page, tmp_path: Path) -> None:
    (tmp_path / "update.ar.md").unlink()
    code, said = publish(app, tmp_path, "--headline", "Good news", "--mail")
    assert code == 0, said
    assert "Nobody who signed or wrote asked for news of this case, so nothing was mailed." in said
    update = newest_update(page)
    assert update is not None
    assert update.wordings["en"]["headline"] == "Good news"


REFUSED = [
    ("Hello", "{}", "update.en.md has no headline: give --headline"),
    ("Hello {{first_name}}", "{en: {headline: A}}", "update.en.md has a placeholder"),
    ("Hello {{offer}}", "{en: {headline: A}}", "update.en.md, line 1 has {{offer}}"),
    ("Hello", "{en: {headline: A, picture: gone.webp}}", "There is no picture “gone.webp”."),
]


def test_errors_are_sentences(app: Flask, session: Db, page: Page, tmp_path: Path) -> None:
    (tmp_path / "update.ar.md").unlink()
    for body, words, sentence in REFUSED:
        (tmp_path / "update.en.md").write_text(body)
        (tmp_path / "words.yaml").write_text(f"wordings: {words}")
        code, said = publish(app, tmp_path, "--words", str(tmp_path / "words.yaml"))
        assert (code, sentence in said) == (1, True), said
    session.expire_all()
    assert (newest_update(page), page.version) == (None, 1)


def test_an_unknown_page_and_one_that_is_over_are_told(app: Flask, session: Db, page: Page, tmp_path: Path) -> None:
    (tmp_path / "update.ar.md").unlink()
    page.slug = "elsewhere"
    session.commit()
    assert "There is no page “free-her”." in publish(app, tmp_path, "--headline", "A")[1]
    page.slug, page.state = "free-her", PageState.WON
    session.commit()
    assert "The news cannot be published: free-her is won" in publish(app, tmp_path, "--headline", "A")[1]
