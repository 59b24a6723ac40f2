import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient
from structlog.testing import capture_logs

from actions.app import create_app
from actions.tokens import Purpose, tokens
from tests.conftest import settings_for
from tests.factories.organisation import make_list, make_organisation


def test_each_fact_has_its_page_and_status(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    answers = {
        "/nowhere": 404,
        "/c/forged": 404,
        "/u/forged.token": 404,
        "/a/no-such-page": 404,
        "/media/none.webp": 404,
    }
    assert {path: client.get(path).status_code for path in answers} == answers


@pytest.mark.requirement("A-07")
def test_an_old_link_says_that_it_is_old_and_what_to_do(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    old = tokens.sign(Purpose.CONFIRM, 1, 1, at=datetime(2020, 1, 1, tzinfo=UTC))
    answer = client.get(f"/c/{old}")
    assert answer.status_code == 410
    assert '<a class="button' in answer.text or "<form" in answer.text or '<a href="/' in answer.text


def test_a_method_that_a_path_does_not_take_is_answered_with_those_it_takes(app: Flask, client: FlaskClient) -> None:
    answer = client.delete("/join")
    assert answer.status_code == 405
    assert "POST" in answer.headers["Allow"]


@pytest.mark.requirement("W-22")
def test_a_request_that_is_too_large_is_refused_with_a_page(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    assert client.post("/join", data={"first_name": "x" * 2_000_000}).status_code == 413
    many = {f"field{number}": "x" for number in range(500)}
    assert client.post("/join", data=many, content_type="multipart/form-data").status_code == 413


@pytest.mark.requirement("A-12")
@pytest.mark.parametrize("language", ["en", "ar", "km"])
def test_an_error_is_in_the_readers_language(app: Flask, client: FlaskClient, language: str) -> None:
    make_organisation()
    answer = client.get("/nowhere", headers={"Accept-Language": language})
    assert f'<html lang="{language}"' in answer.text


@pytest.mark.requirement("W-23", "C-06", "P-10")
def test_a_page_that_breaks_says_nothing_of_what_broke_it(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(token: str) -> str:
        raise ValueError(f"canary {token}")

    monkeypatch.setitem(app.view_functions, "unsubscribes.show", broken)
    with capture_logs() as logged:
        answer = app.test_client().get("/u/secret-token")
    assert answer.status_code == 500
    for canary in ("canary", "secret-token", "ValueError", "Traceback"):
        assert canary not in answer.text
    assert logged[-1]["error"] == "ValueError"
    assert re.fullmatch(r".*test_errors\.py:\d+", str(logged[-1]["where"]))
    assert "secret-token" not in str(logged)


def test_without_the_database_a_page_says_so_and_accepts_nothing(tmp_path: Path) -> None:
    app = create_app(settings_for("postgresql://nobody@127.0.0.1:1/nothing", "redis://127.0.0.1:1", tmp_path))
    client = app.test_client()
    for answer in (client.get("/"), client.get("/join"), client.post("/join", data={"email": "ann@example.org"})):
        assert answer.status_code == 503
        assert answer.headers["Retry-After"] == "60"
        assert "<h1" in answer.text


@pytest.mark.requirement("W-20")
def test_a_poisoned_host_is_refused_and_stands_in_no_page(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    answer = client.get("/", headers={"Host": "evil.test"})
    assert answer.status_code == 400
    assert "evil.test" not in answer.text
    forwarded = client.get("/", headers={"X-Forwarded-Host": "evil.test", "Forwarded": "host=evil.test"})
    assert forwarded.status_code == 200
    assert "evil.test" not in forwarded.text + str(forwarded.headers)


@pytest.mark.parametrize("path", ["/a/%00", "/a/free%00her/sign", "/media/%00.webp", "/archive/%00"])
def test_a_path_with_a_nul_is_not_found_and_breaks_nothing(app: Flask, client: FlaskClient, path: str) -> None:
    make_organisation()
    assert client.get(path).status_code == 404


def test_what_is_typed_has_no_nul(app: Flask) -> None:
    with app.test_request_context("/?q=a%00b", method="POST", data={"name": ["x\0y", "z"]}):
        assert request.args["q"] == "ab"
        assert request.form.getlist("name") == ["xy", "z"]
