from pathlib import Path

import pytest
from flask import Flask, request
from flask.testing import FlaskClient

from actions.app import LARGEST_REQUEST, create_app
from actions.config import Settings
from actions.encryption import derive
from tests.conftest import settings_for

NOWHERE = ("postgresql://nobody@127.0.0.1:1/nothing", "redis://127.0.0.1:1")


@pytest.mark.requirement("W-23")
def test_the_app_starts_without_debugging_and_signs_with_a_key_of_its_own(app: Flask, settings: Settings) -> None:
    assert not app.debug
    assert app.secret_key == derive(settings.secret_keys[0], "desk").hex()
    assert app.config["MAX_CONTENT_LENGTH"] == LARGEST_REQUEST


def test_the_app_starts_while_every_server_is_away(tmp_path: Path) -> None:
    assert create_app(settings_for(*NOWHERE, tmp_path)).test_client().get("/health").status_code == 503


@pytest.mark.requirement("W-20")
@pytest.mark.parametrize(("hops", "counted"), [(0, "192.0.2.1"), (1, "198.51.100.7")])
def test_proxies_are_believed_only_as_many_as_were_configured(tmp_path: Path, hops: int, counted: str) -> None:
    app = create_app(settings_for(*NOWHERE, tmp_path, trusted_proxies=hops))
    seen: list[str | None] = []
    app.before_request(lambda: seen.append(request.remote_addr))
    headers = {"X-Forwarded-For": "203.0.113.9, 198.51.100.7", "X-Forwarded-Host": "evil.test"}
    app.test_client().get("/health", headers=headers, environ_base={"REMOTE_ADDR": "192.0.2.1"})
    assert seen == [counted]


@pytest.mark.requirement("P-01")
def test_style_sheets_come_from_us_and_may_be_kept_for_ever_once_built(client: FlaskClient) -> None:
    page = client.get("/nowhere").text
    assert 'href="/assets/' in page
    assert "https://" not in page.replace("https://www.w3.org", "")


def test_only_what_was_built_is_served(client: FlaskClient) -> None:
    for path in ("/assets/../app.py", "/assets/%2e%2e/app.py", "/static/app.py", "/assets/"):
        assert client.get(path).status_code == 404
