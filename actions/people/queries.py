"""What happened with one person, as a campaigner reads it: no names, no letters, no words of theirs."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from sqlalchemy import select

from actions.consents.queries import history
from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.letters.models import Letter
from actions.lists.models import MailingList
from actions.lists.queries import name_in
from actions.pages.models import Page
from actions.pages.queries import wordings_of
from actions.people.operations import TOO_MANY
from actions.signatures.models import Signature
from actions.staff.models import AuditEntry
from actions.supporters.models import Supporter
from actions.targets.models import Target
from email_templates.language import SOURCE_LANGUAGE

MOST_EVENTS = 200
PURPOSES = {
    "sign": "to be counted as a signer",
    "write": "to write a letter",
    "disclose": "to have it handed to the target",
    "show_name": "to have their name shown",
    "case_news": "to get news of the case",
    "list": "to be on the list",
    "measurement": "to have it measured what they read",
}
KINDS = {"newsletter": "a newsletter", "alert": "an alert", "update": "an update"}


class Event(NamedTuple):
    at: datetime
    what: str
    about: str
    state: str


def timeline(person: Supporter) -> list[Event]:
    """The newest MOST_EVENTS, the latest first."""
    names = _names()
    events = [*_consents(person, names), *_acts(person, names), *_mails(person)]
    return sorted(events, key=lambda event: event.at, reverse=True)[:MOST_EVENTS]


def alarms(since: datetime) -> int:
    """How often a member of staff was stopped at looking at people (P-11)."""
    wanted = select(AuditEntry.id).where(AuditEntry.at > since, AuditEntry.action == TOO_MANY)
    return len(db.session.scalars(wanted).all())


def _names() -> dict[tuple[str, int | None], str]:
    """(column, id) -> what a campaigner calls it."""
    pages = db.session.scalars(select(Page)).all()
    words = wordings_of(pages, SOURCE_LANGUAGE)
    lists = db.session.scalars(select(MailingList)).all()
    targets = db.session.execute(select(Target.id, Target.name))
    return {
        **{("page_id", page.id): words[page.id].title for page in pages},
        **{("list_id", joined.id): name_in(joined, SOURCE_LANGUAGE) for joined in lists},
        **{("target_id", target_id): name for target_id, name in targets},
    }


def _consents(person: Supporter, names: dict[tuple[str, int | None], str]) -> Iterator[Event]:
    for consent in history(person.id):
        columns = ("page_id", "list_id", "target_id")
        about = ", ".join(names.get((column, getattr(consent, column)), "") for column in columns).strip(", ")
        verb = "agreed" if consent.event.value == "given" else "took back"
        yield Event(consent.confirmed_at, f"{verb}: {PURPOSES[consent.purpose.value]}", about, consent.channel)


def _acts(person: Supporter, names: dict[tuple[str, int | None], str]) -> Iterator[Event]:
    for signature in db.session.scalars(select(Signature).where(Signature.supporter_id == person.id)):
        about = names.get(("page_id", signature.page_id), "")
        yield Event(signature.counted_at or signature.created_at, "signed", about, signature.state.value)
    for letter in db.session.scalars(select(Letter).where(Letter.supporter_id == person.id)):
        about = names.get(("target_id", letter.target_id), "")
        yield Event(letter.confirmed_at or letter.created_at, "wrote a letter", about, letter.state.value)


def _mails(person: Supporter) -> Iterator[Event]:
    newest = select(Delivery).where(Delivery.supporter_id == person.id).order_by(Delivery.id.desc()).limit(MOST_EVENTS)
    for mail in db.session.scalars(newest):
        about = f"mailing {mail.mailing_id}" if mail.mailing_id else ""
        kind = KINDS.get(mail.kind) or mail.kind.replace("_", " ")
        yield Event(mail.ended_at or mail.queued_at, f"was mailed: {kind}", about, mail.state.value)
