import pytest
from flask import Flask

from actions.extensions import db
from actions.letters.stopping import stopped_pages
from tests.factories.pages import make_page


def run(app: Flask, *args: str) -> tuple[int, str]:
    result = app.test_cli_runner().invoke(args=["letters", *args])
    db.session.rollback()
    return result.exit_code, result.output


@pytest.mark.requirement("L-12")
def test_letters_are_stopped_and_go_on_by_a_command(app: Flask) -> None:
    page = make_page()
    assert run(app, "stop", "--page", page.slug) == (0, "Letters of /a/free-her are stopped.\n")
    assert run(app, "stop") == (0, "All letters are stopped.\n")
    assert run(app, "stop") == (0, "All letters are stopped already.\n")
    assert stopped_pages() == {None, page.id}
    code, said = run(app, "go-on", "--page", page.slug)
    assert (code, said.splitlines()[0]) == (0, "Letters of /a/free-her go on.")
    assert "flask --app wsgi letters go-on" in said
    assert run(app, "go-on") == (0, "All letters go on.\n")
    assert run(app, "go-on") == (0, "All letters were not stopped.\n")
    assert stopped_pages() == set()


def test_a_page_that_is_not_there_stops_nothing(app: Flask) -> None:
    code, said = run(app, "stop", "--page", "nothing")
    assert (code, "there is no page 'nothing'" in said) == (1, True)
    assert stopped_pages() == set()
