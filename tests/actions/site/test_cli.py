from flask import Flask

from actions.config import Settings
from actions.extensions import db
from actions.organisation.queries import the_organisation
from actions.pages.queries import open_pages


def test_the_demonstration_is_loaded_and_says_where_to_look(app: Flask) -> None:
    runner = app.test_cli_runner()
    for _ in range(2):
        done = runner.invoke(args=["demo", "load"])
        assert done.exit_code == 0, done.output
    assert "http://localhost:8000/a/mu-sochua" in done.output
    db.session.expire_all()
    assert {page.slug for page in open_pages()} == {"mu-sochua", "ilen-varo", "radio-lark"}


def test_it_refuses_where_mail_leaves_the_machine(app: Flask, settings: Settings) -> None:
    app.config["SETTINGS"] = settings.model_copy(update={"smtp_url": "smtp://relay.example.org:587?tls=starttls"})
    done = app.test_cli_runner().invoke(args=["demo", "load"])
    assert done.exit_code == 1
    assert "SMTP_URL names a server on another machine" in done.output
    assert open_pages() == []


def test_an_organisation_of_ones_own_is_loaded_from_a_folder(app: Flask) -> None:
    loaded = app.test_cli_runner().invoke(args=["organisation", "load", "actions/demo"])
    assert loaded.exit_code == 0, loaded.output
    assert the_organisation().name.startswith("Open Door Fund")
