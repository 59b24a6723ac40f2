from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.app import create_app
from actions.config import Settings
from tests.factories.caught import catch

MAIL = (
    b"From: now@open-door.test\r\nTo: ann@example.org\r\nSubject: Please confirm\r\nMIME-Version: 1.0\r\n"
    b"Content-Type: text/html; charset=utf-8\r\n\r\n"
    b"<html><head></head><body><script>steal()</script><a href='http://localhost/c/x'>Confirm</a></body></html>\r\n"
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "mail").mkdir()
    return tmp_path / "mail"


@pytest.fixture
def visitor(app: Flask, settings: Settings, folder: Path) -> Iterator[FlaskClient]:
    """Of an app whose mail ends in our own catcher."""
    made = create_app(settings.model_copy(update={"mailbox_dir": folder}))
    with made.app_context():
        yield made.test_client()


def test_the_newest_mails_are_listed_for_people_and_for_programs(visitor: FlaskClient, folder: Path) -> None:
    mail_id = catch(folder, MAIL)
    page = visitor.get("/mailbox")
    assert page.status_code == 200
    assert "Please confirm" in page.text
    listed = visitor.get("/mailbox.json").get_json()
    assert [mail["id"] for mail in listed] == [mail_id]
    assert listed[0]["links"] == ["http://localhost/c/x"]


def test_a_mail_is_shown_and_given_as_it_was_sent(visitor: FlaskClient, folder: Path) -> None:
    mail_id = catch(folder, MAIL)
    assert "Please confirm" in visitor.get(f"/mailbox/{mail_id}").text
    sent = visitor.get(f"/mailbox/{mail_id}.eml")
    assert (sent.data, sent.mimetype) == (MAIL, "message/rfc822")


@pytest.mark.requirement("W-02")
def test_a_mail_runs_no_script_and_frames_nothing(visitor: FlaskClient, folder: Path) -> None:
    mail_id = catch(folder, MAIL)
    policy = visitor.get(f"/mailbox/{mail_id}.html").headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src" not in policy
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    framing = visitor.get(f"/mailbox/{mail_id}").headers["Content-Security-Policy"]
    assert "frame-src 'self'" in framing


@pytest.mark.parametrize("path", ["/mailbox/1", "/mailbox/x", "/mailbox/1.eml", "/mailbox/..%2f..%2fx.eml"])
def test_what_is_not_there_is_not_found(visitor: FlaskClient, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_without_a_mail_the_page_says_so(visitor: FlaskClient) -> None:
    assert visitor.get("/mailbox").status_code == 200
    assert visitor.get("/mailbox.json").get_json() == []


@pytest.mark.requirement("W-17")
def test_nobody_reads_mail_where_it_really_leaves(app: Flask, settings: Settings, folder: Path) -> None:
    real = create_app(settings.model_copy(update={"mailbox_dir": folder, "smtp_url": "smtp://mail.open-door.test"}))
    with real.app_context():
        assert real.test_client().get("/mailbox").status_code == 404
