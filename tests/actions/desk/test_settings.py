import html
import re

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select

from actions.deliveries.models import Delivery, DeliveryState
from actions.extensions import db
from actions.organisation.models import Organisation
from actions.organisation.queries import senders
from actions.staff.models import AuditEntry
from actions.staff.roles import StaffRole
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import a_browser, make_staff, post, sign_in

HOME = "/desk/settings"
SHOWN = re.compile(r'<(?:input|textarea)[^>]* name="([\w-]+)"(?:[^>]* value="([^"]*)"[^>]*>|[^>]*>([^<]*)</textarea>)')


@pytest.fixture(autouse=True)
def admin(app: Flask, client: FlaskClient) -> None:
    make_organisation()
    make_list()
    sign_in(client, make_staff(StaffRole.ADMIN))


def filled_in(client: FlaskClient, path: str) -> dict[str, str]:
    """The form as it stands."""
    page = client.get(path).text
    fields = {name: html.unescape(value or text) for name, value, text in SHOWN.findall(page)}
    chosen = re.findall(r'<select[^>]* name="([\w-]+)".*?</select>', page, re.DOTALL)
    for name in chosen:
        (select_,) = re.findall(rf'<select[^>]* name="{name}".*?</select>', page, re.DOTALL)
        found = re.search(r'value="([^"]*)"[^>]* selected', select_)
        fields[name] = found[1] if found else ""
    return fields


def the_organisation() -> Organisation:
    db.session.expire_all()
    return db.session.scalars(select(Organisation)).one()


def test_every_setting_has_its_screen(client: FlaskClient) -> None:
    links = re.findall(r'href="(/desk/(?:settings/|consent)[^"]*)"', client.get(HOME).text)
    assert len(links) == 8
    for link in links:
        assert client.get(link).status_code == 200, link


def test_saving_the_form_as_it_stands_changes_nothing(client: FlaskClient) -> None:
    before = {column.name: getattr(the_organisation(), column.name) for column in Organisation.__table__.columns}
    path = f"{HOME}/organisation"
    fields = filled_in(client, path)
    fields.pop("csrf_token")
    assert post(client, path, path, **fields).status_code == 303
    assert {name: getattr(the_organisation(), name) for name in before} == before


def test_the_organisation_is_changed_and_everybody_sees_it(client: FlaskClient) -> None:
    path = f"{HOME}/organisation"
    fields = filled_in(client, path) | {
        "name": "Open  House",
        "postal_lines": "1 Street\r\n\r\n Town ",
        "networks": "Our Mastodon https://social.example/@us",
        "colour": "#5B2C83",
        "ar-name": "بيت مفتوح",
        "km-about": "អ្វីដែលយើងធ្វើ",
    }
    fields.pop("csrf_token")
    assert post(client, path, path, **fields).status_code == 303
    now = the_organisation()
    assert (now.name, now.postal_lines, now.colour) == ("Open House", ["1 Street", "Town"], "#5b2c83")
    assert now.networks == [{"name": "Our Mastodon", "url": "https://social.example/@us"}]
    assert now.wordings == {"ar": {"name": "بيت مفتوح"}, "km": {"about": "អ្វីដែលយើងធ្វើ"}}
    assert "Open House" in client.get("/?lang=en").text
    assert "changed the organisation" in db.session.scalars(select(AuditEntry.action)).all()


def test_what_is_missing_is_said_and_what_was_typed_is_kept(client: FlaskClient) -> None:
    path = f"{HOME}/organisation"
    answer = post(
        client, path, path, name="", contact_email="nobody", colour="#ffff00", about="x", **{"en-about": "Kept"}
    )
    assert answer.status_code == 422
    for said in ("It needs a name", "Its contact address", "too light", 'value="Kept"'):
        assert said in answer.text
    assert the_organisation().name == "Open Door Fund"


def test_senders_are_changed_all_or_none(client: FlaskClient) -> None:
    path = f"{HOME}/senders"
    fields = filled_in(client, path)
    fields.pop("csrf_token")
    wrong = post(client, path, path, **(fields | {"now-name": "New", "bulk-address": "no address"}))
    assert wrong.status_code == 422
    assert "Newsletters, alerts and updates: give a name" in wrong.text
    db.session.expire_all()
    assert senders()["now"].name == "Open Door Fund"
    right = fields | {"now-name": "New", "bulk-reply_to": "answers@open-door.test"}
    assert post(client, path, path, **right).status_code == 303
    db.session.expire_all()
    assert (senders()["now"].name, senders()["bulk"].reply_to) == ("New", "answers@open-door.test")


def test_the_mail_server_is_tried_with_a_mail_to_oneself(client: FlaskClient) -> None:
    path = f"{HOME}/relay"
    assert post(client, path, f"{path}/test").status_code == 303
    assert "It is on its way" in client.get(path).text
    delivery = db.session.scalars(select(Delivery).where(Delivery.kind == "relay_test")).one()
    assert delivery.staff_id is not None
    delivery.state = DeliveryState.SENT
    db.session.commit()
    shown = client.get(path).text
    assert "The mail server took it" in shown
    assert "smtp" not in shown.split("<main")[1].lower().replace("smtp_url", "")


def test_only_an_admin_changes_settings(app: Flask, client: FlaskClient) -> None:
    editor = a_browser(app)
    sign_in(editor, make_staff(StaffRole.EDITOR, StaffRole.SENDER, email="ed@open-door.test"))
    for screen in ("", "/organisation", "/senders", "/relay", "/lists", "/countries", "/staff"):
        assert editor.get(HOME + screen).status_code == 403
