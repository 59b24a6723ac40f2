import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.assets import asset_url
from actions.security_headers import HEADERS, POLICY
from tests.factories.organisation import make_list, make_organisation


@pytest.mark.requirement("W-02", "P-01")
def test_nothing_comes_from_elsewhere_is_framed_or_told_where_a_link_leads(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    for path in ("/", "/nowhere", "/c/forged", "/assets/none.css", "/health", asset_url("site.css")):
        headers = client.get(path, buffered=True).headers
        assert {name: headers[name] for name in HEADERS} == HEADERS
    rules = dict(rule.split(" ", 1) for rule in POLICY.split("; "))
    assert rules["default-src"] == rules["object-src"] == rules["base-uri"] == rules["frame-ancestors"] == "'none'"
    assert set(rules.values()) == {"'none'", "'self'"}


@pytest.mark.requirement("C-06")
def test_a_page_with_a_link_of_its_own_is_kept_nowhere(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    for path in ("/c/x", "/u/x", "/p/x", "/t/x", "/undo/x", "/a/free-her/thanks?next=x", "/a/free-her/sign?next=x"):
        headers = client.get(path).headers
        assert (headers["Cache-Control"], headers["X-Robots-Tag"]) == ("no-store", "noindex"), path
        assert headers["Referrer-Policy"] == "no-referrer"
    assert client.post("/join").headers["Cache-Control"] == "no-store"
    assert "X-Robots-Tag" not in client.get("/").headers


@pytest.mark.requirement("W-02")
def test_nobody_else_may_read_our_answers(client: FlaskClient) -> None:
    answer = client.get("/health", headers={"Origin": "https://evil.test"})
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert "Access-Control-Allow-Origin" not in client.get(asset_url("site.css"), buffered=True).headers
    assert "Access-Control-Allow-Origin" not in client.options("/join", headers={"Origin": "https://evil.test"}).headers
