from concurrent.futures import ThreadPoolExecutor
from contextvars import copy_context

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text, update

from actions import clock
from actions.extensions import db
from actions.staff.roles import StaffRole
from actions.targets.models import Target, WaitsWhy
from actions.targets.queries import all_targets
from tests.factories.desk import Desk, at_the_desk
from tests.factories.house import until
from tests.factories.letters import make_letters
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.target_fields import FIELDS

WAITS = "SELECT 1 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.EDITOR)


def somebody_waits() -> bool:
    with db.engine.connect() as another:
        return another.execute(text(WAITS)).all() != []


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


def test_the_directory_is_searched_by_name_office_country_kind_and_state(desk: Desk) -> None:
    make_target("first", name="Oda Merrin", accredited_to=["MX"], waits_since=clock.now())
    make_target("second", name="Hem Heng", office="Minister 100%", kind="minister", verified_at=clock.now())

    def found(asked: str) -> set[str]:
        html = desk.get(f"/desk/targets?{asked}")
        return {name for name in ("Oda Merrin", "Hem Heng") if name in html}

    assert found("q=merrin") == found("q=mexico") == found("q=mx") == found("kind=ambassador") == {"Oda Merrin"}
    assert found("q=100%25") == found("kind=minister") == found("state=takes") == {"Hem Heng"}
    assert found("state=waits") == found("state=unverified") == {"Oda Merrin"}
    assert found("q=cambodia") == found("state=nonsense&kind=nonsense") == {"Oda Merrin", "Hem Heng"}
    assert found("q=_") == set()


def test_a_long_directory_comes_in_parts(desk: Desk) -> None:
    for number in range(51):
        make_target(f"target-{number}", name=f"Office {number:03}")
    first = desk.get("/desk/targets?q=office")
    assert "Office 049" in first
    assert "Office 050" not in first
    assert "q=office&amp;kind=&amp;state=&amp;page=2" in first
    assert "Office 050" in desk.get("/desk/targets?q=office&page=2")


def test_what_is_usual_fills_what_is_empty_and_saves_nothing(desk: Desk) -> None:
    typed = FIELDS | {"fr_close": "Respectueusement", "usual": "ambassador:fr:2"}
    answer = desk.post("/desk/targets/new", **typed)
    assert answer.status_code == 200
    html = answer.get_data(as_text=True)
    assert 'value="Madame l’Ambassadrice,"' in html
    assert 'value="Respectueusement"' in html
    assert all_targets() == []
    for nonsense in ("", "king:fr:0", "ambassador:fr:9", "ambassador:xx:0", "ambassador:fr:-1", "ambassador"):
        assert desk.post("/desk/targets/new", **(FIELDS | {"usual": nonsense})).status_code == 200


def test_a_language_that_no_mail_speaks_is_kept_with_the_others(desk: Desk) -> None:
    spoken = {"fr_salutation": "Excellence,", "fr_close": "Veuillez agréer", "languages": "fr, en"}
    assert desk.post("/desk/targets/new", **(FIELDS | spoken)).status_code == 303
    (target,) = all_targets()
    assert (target.languages, target.forms["fr"]["close"]) == (["fr", "en"], "Veuillez agréer")
    path = f"/desk/targets/{target.id}"
    desk.post(path, **desk.fields(path))
    assert reread(target).version == 1


@pytest.mark.requirement("L-11")
def test_who_verified_the_address_stands_there_until_it_changes(desk: Desk) -> None:
    target = make_target(demonstration=True)
    path = f"/desk/targets/{target.id}"
    seen = desk.fields(path, f"{path}/verify")
    assert desk.post(f"{path}/verify", **seen).status_code == 422
    assert desk.post(f"{path}/verify", **(seen | {"note": "Their own site"})).status_code == 303
    assert "Their own site" in desk.get(path)
    assert reread(target).verified_by == desk.staff_id
    desk.post(path, **(desk.fields(path) | {"email": "new@embassy.test"}))
    assert "Their own site" not in desk.get(path)
    # An older screen shows another address than the one that stands now.
    assert desk.post(f"{path}/verify", **(seen | {"note": "Their own site"})).status_code == 409


def test_letters_wait_with_a_reason_and_go_on(desk: Desk) -> None:
    make_list()
    target = make_target()
    page = make_page(targets=[target])
    make_letters(page, target, 2)
    path = f"/desk/targets/{target.id}"
    assert desk.post(f"{path}/wait", why="nonsense").status_code == 422
    assert desk.post(f"{path}/wait", why="asked", note="By fax").status_code == 303
    html = desk.get(path)
    assert reread(target).waits_why is WaitsWhy.ASKED
    assert "the office asked for another way" in html
    assert "By fax" in html
    assert "2 letters are ready and are held back by this." in html
    assert "Free her" in html
    assert desk.post(f"{path}/go-on").status_code == 303
    assert reread(target).waits_since is None
    assert "are held back" not in desk.get(path)


def test_who_may_only_look_is_offered_nothing_to_press(client: FlaskClient) -> None:
    make_organisation()
    html = at_the_desk(client, StaffRole.VIEWER).get(f"/desk/targets/{make_target().id}")
    assert "Save the target</button>" not in html.partition("hidden>")[2]
    assert "/verify" not in html


@pytest.mark.requirement("L-11")
def test_an_address_that_changes_while_it_is_verified_is_not(desk: Desk) -> None:
    target = make_target()
    path, version, changed = f"/desk/targets/{target.id}", target.version, update(Target).values(version=2)
    token = desk.token()
    with ThreadPoolExecutor(1) as browser, db.engine.connect() as other:
        other.execute(changed)
        form = {"csrf_token": token, "version": version, "note": "Their own site"}
        answer = browser.submit(copy_context().run, desk.client.post, f"{path}/verify", data=form)
        until(somebody_waits, "it waits for who changes it")
        other.commit()
        assert answer.result().status_code == 409
    assert reread(target).verified_at is None


@pytest.mark.requirement("L-09")
def test_what_a_pace_means_is_shown_before_it_is_saved(desk: Desk) -> None:
    make_list()
    target = make_target(demonstration=True)
    make_letters(make_page(targets=[target]), target, 3)
    path = f"/desk/targets/{target.id}"
    answer = desk.post(path, **(desk.fields(path) | {"max_per_day": "2", "preview": "1"}))
    assert answer.status_code == 200
    seen = answer.get_data(as_text=True)
    assert "3 wait. With these hours and limits 2 go at once and 2 today" in " ".join(seen.split())
    assert 'name="max_per_day" type="number" value="2"' in seen
    assert (reread(target).max_per_day, target.version) == (500, 1)
