"""What was taken out and is brought in elsewhere is the same: people, tags, languages, countries."""

from io import BytesIO
from typing import NamedTuple

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import select, text

from actions.actors import WORKER, Actor, Role
from actions.extensions import db
from actions.lists.models import MailingList, Subscription, SubscriptionState
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from actions.supporters.forms import LONGEST_NAME
from actions.supporters.models import Supporter
from actions.tags.queries import names_of
from actions.transfers import receiving, running
from actions.transfers.models import Transfer
from tests.factories.exports import make_export
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff, post, sign_in
from tests.factories.supporters import make_subscriber
from tests.factories.tags import make_tag

# Each as a form of ours takes it.
NAMES = [
    ("Ann", "O'Neill, Jr."),
    ("Zoë", "D’Arcy née Müller"),
    ("محمد", "الأمين"),
    ("សុខា", "មួរ"),
    ("'Abd", "al-Rahman"),
    ("Null", "None"),
    ("{{7*7}}", "${x}"),
    ("Robert') OR 1=1 --", "&amp"),
    ("a" * LONGEST_NAME, "𝒜𝓃𝓃"),
    ("", "only a last name"),
    ("１２３", "\\r\\n"),
    ("nan", "TRUE"),
]
ADDRESSES = ["+plus@example.org", "-minus@example.org", "=equals@example.org", "o'neill@example.org", "ünï@exämple.org"]
TAGS = ["volunteer", "صحفي", "press office", "2026"]
COUNTRIES = [None, "KH", "DE", "JO", "GB"]
LANGUAGES = ["en", "ar", "km"]


class Somebody(NamedTuple):
    email: str | None
    first_name: str
    last_name: str
    country: str | None
    language: str
    state: str
    tags: list[str]


def everybody() -> list[Somebody]:
    db.session.expire_all()
    people = db.session.scalars(select(Supporter)).all()
    tags = names_of([one.id for one in people])
    return sorted(
        Somebody(
            one.email,
            one.first_name or "",
            one.last_name or "",
            one.country,
            one.language,
            one.state.value,
            tags.get(one.id, []),
        )
        for one in people
    )


@pytest.fixture
def updates(app: Flask) -> MailingList:
    make_organisation()
    return make_list()


@pytest.mark.requirement("W-15", "C-42")
def test_a_list_of_hostile_names_comes_back_as_it_was(client: FlaskClient, updates: MailingList) -> None:
    member = make_staff(StaffRole.EDITOR, StaffRole.EXPORTER)
    sign_in(client, member)
    tags = [make_tag(name) for name in TAGS]
    for number in range(300):
        first, last = NAMES[number % len(NAMES)]
        person = make_subscriber(
            updates,
            ADDRESSES[number] if number < len(ADDRESSES) else f"p{number}@example.org",
            first_name=first,
            last_name=last,
            country=COUNTRIES[number % len(COUNTRIES)],
            language=LANGUAGES[number % len(LANGUAGES)],
        )
        for tag in tags[: number % (len(tags) + 1)]:
            make_tag(tag.name or "", person)
    before = everybody()
    table = exported(client, updates, member)
    forget_everybody()
    transfer = brought_in(table, updates, member)
    assert (transfer.joined, transfer.refused, transfer.waiting, transfer.merged) == (300, 0, 0, 0)
    assert everybody() == before
    on = select(Subscription).where(Subscription.state == SubscriptionState.ACTIVE)
    assert len(db.session.scalars(on).all()) == 300


@pytest.mark.requirement("C-42")
def test_the_tag_of_a_whole_import_goes_out_and_comes_back_with_each(client: FlaskClient, updates: MailingList) -> None:
    member = make_staff(StaffRole.EDITOR, StaffRole.EXPORTER)
    sign_in(client, member)
    table = b"email,tags,consent_date\nann@example.org,press,2026-01-01\nbea@example.org,,2026-01-01\n"
    brought_in(table, updates, member, tag="صحفي")
    before = everybody()
    assert [one.tags for one in before] == [["press", "صحفي"], ["صحفي"]]
    table = exported(client, updates, member)
    forget_everybody()
    brought_in(table, updates, member)
    assert everybody() == before


def forget_everybody() -> None:
    for name in ("export_parts", "exports", "consents", "taggings", "tags", "subscriptions", "supporters"):
        db.session.execute(text(f"DELETE FROM {name}"))  # noqa: S608  # our own tables
    db.session.commit()
    assert everybody() == []


def exported(client: FlaskClient, updates: MailingList, member: Staff) -> bytes:
    path = f"/desk/people/exports/{make_export(updates, member).id}"
    return post(client, path, f"{path}/file", kind="csv").data


def brought_in(table: bytes, updates: MailingList, member: Staff, tag: str = "") -> Transfer:
    """With its columns as they are guessed."""
    by = Actor(Role.STAFF, member.id)
    transfer = receiving.receive(BytesIO(table), by=by)
    columns = transfer.reading["columns"]
    running.begin(transfer, updates, columns=columns, evidence="the other service", consented_at=None, tag=tag, by=by)
    db.session.commit()
    assert running.run(transfer.id, 0, by=WORKER) is None
    return db.session.get_one(Transfer, transfer.id, populate_existing=True)
