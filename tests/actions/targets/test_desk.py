import pytest
from flask.testing import FlaskClient

from actions.extensions import db
from actions.staff.roles import StaffRole
from actions.targets.models import Target
from actions.targets.queries import all_targets
from tests.factories.desk import Desk, at_the_desk
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_target
from tests.factories.target_fields import FIELDS


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.EDITOR)


def reread(target: Target) -> Target:
    db.session.expire_all()
    return db.session.get_one(Target, target.id)


def test_an_empty_list_teaches_what_a_target_is(desk: Desk) -> None:
    assert "Add the first one" in desk.get("/desk/targets")


def test_a_target_is_added_and_listed(desk: Desk) -> None:
    assert desk.post("/desk/targets/new", **FIELDS).status_code == 303
    assert [target.slug for target in all_targets()] == ["her-excellency-ms-oda-merrin"]
    assert FIELDS["name"] in desk.get("/desk/targets")


def test_a_target_is_changed_and_keeps_what_the_form_does_not_show(desk: Desk) -> None:
    target = make_target(max_per_day=7, demonstration=True)
    path = f"/desk/targets/{target.id}"
    assert desk.post(path, **(desk.fields(path) | {"office": "Minister"})).status_code == 303
    saved = reread(target)
    assert (saved.office, saved.max_per_day, saved.version, saved.slug) == ("Minister", 7, 2, "ambassador")
    assert desk.post(path, **desk.fields(path)).status_code == 303
    assert reread(target).version == 2


def test_two_who_change_one_at_once_are_told(desk: Desk) -> None:
    path = f"/desk/targets/{make_target(demonstration=True).id}"
    fields = desk.fields(path)
    desk.post(path, **(fields | {"office": "Minister"}))
    answer = desk.post(path, **(fields | {"office": "Consul"}))
    assert answer.status_code == 409
    assert 'value="Consul"' in answer.get_data(as_text=True)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"name": ""}, "Write the name"),
        ({"lines": "One line"}, "Its address needs 2 to 8 lines"),
        ({"email": "nobody"}, "This is not an email address."),
        ({"represents": ""}, "Choose the state"),
        ({"timezone": "Mars/Olympus"}, "Not a valid choice"),
        ({"km_salutation": "សូមគោរព"}, "There is no salutation and close in km"),
    ],
)
def test_a_target_that_no_letter_could_reach_is_refused(desk: Desk, change: dict[str, str], said: str) -> None:
    answer = desk.post("/desk/targets/new", **(FIELDS | change))
    assert answer.status_code == 422
    assert said in answer.get_data(as_text=True)
    assert all_targets() == []
