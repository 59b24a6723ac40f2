import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.staff.roles import StaffRole
from actions.tags.desk import HOME
from actions.tags.models import Tag
from actions.tags.queries import vocabulary
from tests.factories.staff import make_staff, post, sign_in
from tests.factories.supporters import make_supporter
from tests.factories.tags import make_tag


@pytest.fixture
def tags(app: Flask, client: FlaskClient) -> tuple[Tag, Tag]:
    sign_in(client, make_staff(StaffRole.EDITOR))
    return make_tag("helper", make_supporter()), make_tag("volunteer")


def names() -> list[str | None]:
    return [tag.name for tag in vocabulary().here()]


def test_an_empty_screen_says_how_a_tag_is_given(client: FlaskClient) -> None:
    sign_in(client, make_staff(StaffRole.EDITOR))
    assert "None yet" in client.get(HOME).text


def test_a_tag_is_renamed_and_a_wrong_name_is_said(client: FlaskClient, tags: tuple[Tag, Tag]) -> None:
    answer = post(client, HOME, f"{HOME}/{tags[0].id}/rename", name="a, b")
    assert answer.status_code == 422
    assert 'value="a, b"' in answer.text
    assert post(client, HOME, f"{HOME}/{tags[0].id}/rename", name="<b>aide</b>").status_code == 422
    assert post(client, HOME, f"{HOME}/{tags[0].id}/rename", name="aide").status_code == 303
    assert names() == ["aide", "volunteer"]


def test_two_are_put_together_when_that_is_said_and_taken_apart(client: FlaskClient, tags: tuple[Tag, Tag]) -> None:
    asked = post(client, HOME, f"{HOME}/{tags[0].id}/rename", name="Volunteer")
    assert asked.status_code == 409
    assert "Put them together" in asked.text
    assert names() == ["helper", "volunteer"]
    assert post(client, HOME, f"{HOME}/{tags[0].id}/rename", name="Volunteer", together="y").status_code == 303
    assert names() == ["volunteer"]
    assert "Take helper apart again" in client.get(HOME).text
    assert post(client, HOME, f"{HOME}/{tags[0].id}/take-apart").status_code == 303
    assert names() == ["helper", "volunteer"]


def test_a_tag_is_removed_and_put_back(client: FlaskClient, tags: tuple[Tag, Tag]) -> None:
    assert post(client, HOME, f"{HOME}/{tags[0].id}/remove").status_code == 303
    assert names() == ["volunteer"]
    assert "Put back helper" in client.get(f"{HOME}?done=removed").text
    make_tag("Helper")
    assert post(client, HOME, f"{HOME}/{tags[0].id}/put-back").status_code == 409
    renamed = vocabulary().named("helper")
    assert renamed
    post(client, HOME, f"{HOME}/{renamed.id}/rename", name="other")
    assert post(client, HOME, f"{HOME}/{tags[0].id}/put-back").status_code == 303
    assert names() == ["helper", "other", "volunteer"]
    assert post(client, HOME, f"{HOME}/999/remove").status_code == 404
