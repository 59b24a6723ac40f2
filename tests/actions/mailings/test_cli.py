from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import func, select
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions.deliveries.models import Delivery
from actions.mailings.models import Mailing
from actions.supporters.models import Supporter, SupporterState
from tests.factories.mailings import put_together
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import add_wording, make_page
from tests.factories.supporters import make_subscriber, sign

Db = scoped_session[Session]
BODY = """She is a midwife, {{first_name|friend}}.

[Act now](act)
"""


@pytest.fixture
def body(app: Flask, session: Db, tmp_path: Path) -> Path:
    """Three people on the list, one of whom has signed; an alert in two languages."""
    make_organisation()
    updates, page = make_list(), make_page()
    add_wording(page, "ar", title="الحرية لها")
    make_subscriber(updates, "ada@example.org")
    make_subscriber(updates, "amal@example.org", language="ar")
    sign(page, make_subscriber(updates, "done@example.org"))
    file = tmp_path / "alert.en.md"
    file.write_text(BODY)
    (tmp_path / "alert.ar.md").write_text("قابلة محتجزة.\n")
    (tmp_path / "alert.yaml").write_text(
        "wordings:\n  en: {subject: From the file, preheader: Two minutes}\n  ar: {subject: عاجل}\n"
    )
    return file


def run(app: Flask, *args: str, typed: str = "") -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["mailings", *args], input=typed)
    return result.exit_code, result.output


def send(app: Flask, body: Path, *more: str, typed: str = "") -> tuple[int, str]:
    wanted = ["send", "--list", "updates", "--page", "free-her", "--body", str(body)]
    return run(app, *wanted, *more, typed=typed)


def number(session: Db) -> str:
    return str(session.scalars(select(func.min(Mailing.id))).one())


def rows(session: Db) -> list[Delivery]:
    return list(session.scalars(select(Delivery).order_by(Delivery.id)))


def test_it_says_who_and_until_when_and_then_asks_for_the_number(app: Flask, session: Db, body: Path) -> None:
    code, said = send(app, body, typed="2\n")
    assert code == 0, said
    assert "on the list “Updates” and have not acted on “Free her”" in said
    assert "That is 2, in English, Arabic." in said
    assert said.index("through by") < said.index("Type 2 to send it") < said.index("is on its way to 2")
    assert len(rows(session)) == 2


def test_another_number_sends_nothing(app: Flask, session: Db, body: Path) -> None:
    code, said = send(app, body, typed="3\n")
    assert (code, "nothing was sent" in said) == (1, True)
    assert rows(session) == []
    assert session.scalars(select(Mailing)).all() == []


def test_the_subject_may_stand_in_the_command_or_beside_the_body(app: Flask, session: Db, body: Path) -> None:
    code, said = send(app, body, "--subject", "From the command", "--yes")
    assert code == 0, said
    first, second = put_together(rows(session))
    assert (first.subject, second.subject) == ("From the command", "عاجل")
    assert "She is a midwife, friend." in first.text
    assert first.text.count("/t/") >= 1


@pytest.mark.requirement("O-17")
def test_the_same_command_twice_sends_once(app: Flask, session: Db, body: Path) -> None:
    send(app, body, "--yes")
    code, said = send(app, body, "--yes")
    assert (code, f"This was sent before, as mailing {number(session)};" in said) == (0, True)
    assert len(rows(session)) == 2
    send(app, body, "--yes", "--key", "once more")
    assert len(rows(session)) == 4


def test_who_has_acted_is_written_to_only_when_asked(app: Flask, session: Db, body: Path) -> None:
    code, said = send(app, body, "--include-acted", "--yes")
    assert (code, len(rows(session))) == (0, 3), said


def test_a_test_goes_to_one_address_alone_and_subscribes_nobody(app: Flask, session: Db, body: Path) -> None:
    code, said = send(app, body, "--test", "me@example.org")
    assert code == 0, said
    assert "A test is on its way to me@example.org, in English, Arabic" in said
    copies = put_together(rows(session))
    assert [copy.address for copy in copies] == ["me@example.org"] * 2
    assert session.scalars(select(func.count()).select_from(Mailing)).one() == 0
    tester = session.scalars(select(Supporter).order_by(Supporter.id.desc()).limit(1)).one()
    assert tester.state is SupporterState.UNCONFIRMED
    assert send(app, body, "--yes")[0] == 0
    assert send(app, body, "--test", "me@example.org")[0] == 0


@pytest.mark.requirement("W-11")
def test_an_unknown_placeholder_stops_it_with_file_and_line(app: Flask, session: Db, body: Path) -> None:
    body.write_text("Hello.\n\nYou owe us {{7*7}} letters.\n")
    code, said = send(app, body, "--yes")
    assert code == 1
    assert "alert.en.md, line 3 has {{7*7}}, which is no placeholder of ours." in said
    assert rows(session) == []


def test_a_missing_subject_and_translation_stop_it(app: Flask, session: Db, body: Path) -> None:
    (body.parent / "alert.km.md").write_text("ឆ្មប\n")
    code, said = send(app, body, "--yes")
    assert code == 1
    assert "In Khmer: the subject is missing." in said
    assert "The page “Free her” has no words in Khmer." in said


@pytest.mark.parametrize(
    ("args", "sentence"),
    [
        (["--list", "nothing", "--body", "x.md"], "There is no list “nothing”; there are: updates."),
        (["--list", "updates", "--page", "nothing", "--body", "x.md"], "There is no page “nothing”."),
        (["--list", "updates", "--body", "x.md", "--test", "no address"], "That is no email address."),
    ],
)
def test_errors_are_sentences(app: Flask, body: Path, tmp_path: Path, args: list[str], sentence: str) -> None:
    (tmp_path / "x.md").write_text("Hello.\n")
    args = [str(tmp_path / "x.md") if arg == "x.md" else arg for arg in args]
    code, said = run(app, "send", "--subject", "Hello", *args)
    assert (code, sentence in said) == (1, True), said
