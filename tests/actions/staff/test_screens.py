import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.staff.roles import StaffRole
from actions.staff.screens import ASK_NO_MORE, render_live
from tests.factories.staff import make_staff, sign_in

TODAY = {"alarms": 0, "relays": [], "steps": [], "trends": [], "mailings": [], "letters": {}, "pages": []}


def test_the_way_around_names_the_places_that_exist_and_marks_this_one(client: FlaskClient) -> None:
    sign_in(client, make_staff(StaffRole.ADMIN))
    answer = client.get("/desk/settings")
    assert 'href="/desk/settings" aria-current="page"' in answer.text
    assert 'href="/desk" aria-current' not in answer.text
    assert ">Today<" in answer.text


def test_a_screen_before_the_desk_has_no_way_around(client: FlaskClient) -> None:
    assert ">Today<" not in client.get("/desk/sign-in").text


@pytest.mark.parametrize(
    ("asked", "says"),
    [
        ("/desk", {"going", "live", "whole"}),
        ("/desk?watch=1", {"going", "live", "watched", "whole"}),
        ("/desk?still=1", {"going", "whole"}),
        ("/desk?watch=1", {"whole"}),
        ("/desk", {"going", "live"}),
        ("/desk", set()),
    ],
)
def test_a_screen_follows_what_is_going_on(app: Flask, asked: str, says: set[str]) -> None:
    with app.test_request_context(asked, headers={} if "whole" in says else {"HX-Request": "true"}):
        answer = render_live("desk/today/show.html", going="going" in says, **TODAY)
    shown = answer.get_data(as_text=True)
    assert ("hx-get" in shown) is ("live" in says)
    assert ('http-equiv="refresh"' in shown) is ("watched" in says)
    assert ("<html" in shown) is ("whole" in says)
    assert answer.status_code == (200 if says else ASK_NO_MORE)
    assert "connect-src 'self'" in answer.headers["Content-Security-Policy"]
