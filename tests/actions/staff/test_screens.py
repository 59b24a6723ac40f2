from flask.testing import FlaskClient

from actions.staff.roles import StaffRole
from tests.factories.staff import make_staff, sign_in


def test_the_way_around_names_the_places_that_exist_and_marks_this_one(client: FlaskClient) -> None:
    sign_in(client, make_staff(StaffRole.ADMIN))
    answer = client.get("/desk/settings")
    assert 'href="/desk/settings" aria-current="page"' in answer.text
    assert 'href="/desk" aria-current' not in answer.text
    assert ">Today<" in answer.text


def test_a_screen_before_the_desk_has_no_way_around(client: FlaskClient) -> None:
    assert ">Today<" not in client.get("/desk/sign-in").text
