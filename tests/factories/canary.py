"""A person whose every word can be recognised, what they do, and all that the stores hold afterwards."""

import re
from io import BytesIO

from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import LargeBinary, select, text

from actions import clock
from actions.actors import WORKER, Actor, Role
from actions.answers import operations as answers
from actions.answers.models import Question
from actions.encryption import CannotDecrypt, EncryptedText, place, ring
from actions.exports import making
from actions.exports import operations as exports
from actions.exports.models import ExportReason
from actions.extensions import Base, db, redis
from actions.lists.queries import the_list
from actions.pages.models import Page, PageTarget
from actions.signatures import invalidating
from actions.signatures.invalidating import Rule
from actions.staff.roles import StaffRole
from actions.supporters.models import Supporter
from actions.tags import operations as tags
from actions.targets.models import DeliveryMode
from actions.transfers import receiving
from tests.factories.bundles import bound, brought
from tests.factories.forms import send_form
from tests.factories.letters import make_letter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.staff import a_browser, make_staff, sign_in
from tests.factories.waiting import newest_link

EMAIL = "kanari.vogel@heron-canary.test"
WORDS = {"first_name": "Kanarina", "last_name": "Vogelsang", "comment": "Nightjar comment", "body": "Nightjar letter."}
CANARIES = ("kanari.vogel", "heron-canary", "Kanarina", "Vogelsang", "Nightjar")
PERSON = {"email": EMAIL, "first_name": WORDS["first_name"], "last_name": WORDS["last_name"], "country": "DE"}


def live_a_life(client: FlaskClient) -> Supporter:
    """Joins, signs and writes, each confirmed; then asks for more, which waits."""
    make_organisation()
    make_list()
    target = make_target()
    make_page(targets=[target])
    make_page("second", targets=[target])
    send_form(client, "/join", "/join", email=EMAIL, first_name=WORDS["first_name"], country="DE")
    client.post(newest_link())
    for slug in ("free-her", "second"):
        sign, write = f"/a/{slug}/sign", f"/a/{slug}/write"
        send_form(client, sign, sign, **PERSON, comment=WORDS["comment"], news="y", show_name="full")
        send_form(client, write, write, **PERSON, body=WORDS["body"], subject="Nightjar", name_shown="full", by="email")
        if slug == "free-her":
            press_everything(client)
    writer = db.session.scalars(select(Supporter).order_by(Supporter.id)).first() or Supporter()
    page = db.session.scalars(select(Page).order_by(Page.id)).first() or Page()
    asked = Question(page_id=page.id, supporter_id=writer.id, asked_at=clock.now())
    db.session.add(asked)
    db.session.flush()
    answers.tell(asked, WORDS["body"], by=WORKER)
    db.session.commit()
    return writer


def work_at_the_desk(app: Flask) -> None:
    """As a member of staff whose words are recognised too: signs in with a second factor, and brings a list."""
    member = make_staff(StaffRole.EDITOR, email=f"desk-{EMAIL}", name=WORDS["last_name"])
    sign_in(a_browser(app), member)
    member.tf_totp_secret = WORDS["body"]
    by = Actor(Role.STAFF, member.id)
    receiving.receive(BytesIO(f"email\n{EMAIL}\n".encode()), by=by)
    tags.give(db.session.scalars(select(Supporter)).first() or Supporter(), "Nightjar", by=by)
    export = exports.ask(the_list(), ExportReason.COPY, by=by)
    making.run(export.id, by=by)
    page = db.session.scalars(select(Page)).first() or Page()
    rule = Rule(until=clock.now(), words=WORDS["comment"], country="VA")
    invalidating.invalidate(page, rule, shown=0, by=by)
    hand_a_letter_over(page, by=by)
    db.session.commit()


def hand_a_letter_over(page: Page, *, by: Actor) -> None:
    """On paper, in a bundle."""
    office = make_target("on-paper", delivery=DeliveryMode.BUNDLE, email=None)
    db.session.add(PageTarget(page_id=page.id, target_id=office.id, position=2))
    writer = db.session.scalars(select(Supporter)).first() or Supporter()
    make_letter(page, office, writer, first_name=WORDS["first_name"], last_name=WORDS["last_name"])
    brought(bound(page, office, by=by), by=by, handed_by=WORDS["last_name"], receipt=WORDS["body"].encode())


def press_everything(client: FlaskClient) -> None:
    link = newest_link()
    for item in re.findall(r'name="item" value="(\d+)"', client.get(link).text):
        assert client.post(link, data={"item": item}).status_code == 303


def dump() -> dict[str, str]:
    """Table -> all that a copied database would show of it: text, and binary as it is and in hexadecimal."""
    db.session.rollback()
    dumped = {}
    for table in Base.metadata.sorted_tables:
        rows = " ".join(db.session.scalars(text(f'SELECT t::text FROM "{table.name}" t')))  # noqa: S608  # our own table's name
        binary = [column for column in table.columns if isinstance(column.type, LargeBinary)]
        values = [value for column in binary for value in db.session.scalars(select(column)) if value]
        dumped[table.name] = rows + b" ".join(values).decode("latin-1")
    return dumped


def redis_dump() -> str:
    found = []
    for key in redis.client.scan_iter("*"):
        found.append(key)
        kind = redis.client.type(key)
        if kind == b"string":
            found.append(redis.client.get(key))
        elif kind == b"list":
            found.extend(redis.client.lrange(key, 0, -1))
    return b" ".join(found).decode("utf-8", "replace")


def opened() -> dict[str, list[str]]:
    """Sealed column -> every value in it, opened with our keys."""
    db.session.rollback()
    found: dict[str, list[str]] = {}
    for mapper in Base.registry.mappers:
        table = mapper.class_.__tablename__
        for sealed in (value.column for value in vars(mapper.class_).values() if isinstance(value, EncryptedText)):
            rows = db.session.execute(text(f'SELECT id, {sealed} FROM "{table}" WHERE {sealed} IS NOT NULL'))  # noqa: S608  # our own column
            found[f"{table}.{sealed}"] = [_open(table, sealed, row_id, bytes(value)) for row_id, value in rows]
    return found


def _open(table: str, column: str, row_id: int, value: bytes) -> str:
    try:
        return ring.open(value, place(table, column, row_id))
    except CannotDecrypt:
        return "cannot be opened"
