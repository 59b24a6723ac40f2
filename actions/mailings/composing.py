"""A mailing's rows as copies: its frozen words, made once, and each reader's own values beside them.

The one part that runs for every reader, so it asks the database for a whole batch at a time.
"""

import hashlib
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from functools import cached_property, lru_cache

from sqlalchemy import select

from actions.config import settings
from actions.deliveries import composing as carried
from actions.deliveries.kinds import Copy, Kind, Outgoing, Row, Words
from actions.deliveries.models import Lane
from actions.extensions import db, is_one_of
from actions.lists.models import Subscription
from actions.mailings.addressing import bulk_headers, list_label
from actions.mailings.models import Mailing, MailingKind, MailingText
from actions.mailings.readers import Reader, readers_of
from actions.mailings.wording import list_of, page_of, page_url, shared_values
from actions.pages.models import Page
from actions.tokens import Purpose, tokens
from actions.unsubscribes.queries import CASE, LIST
from email_templates.catalogue import Alert, Update
from email_templates.language import country_name
from email_templates.merging import GREETING, fill, greeting, merge_fields_in, sentinel
from email_templates.rendering import render
from email_templates.texts import Rendered

UNSUBSCRIBE = "unsubscribe"


class NotLaunched(Exception):
    """A delivery names a mailing whose words were never frozen in its language."""


class Batch:
    """What the rows of one mailing share, read once."""

    def __init__(self, mailing: Mailing, readers: Mapping[int, Reader]) -> None:
        self.mailing = mailing
        self.readers = readers
        self.base_url = settings().base_url

    @cached_property
    def words(self) -> Mapping[str, tuple[Words, Sequence[str]]]:
        return words_of(self.mailing.id, self.mailing.launched_at, carried.sender_view(Lane.BULK))

    @cached_property
    def public_url(self) -> str:
        """Of its page, which it has."""
        page = page_of(self.mailing)
        return page_url(page) if page else ""

    @cached_property
    def subscriptions(self) -> dict[int, int]:
        """Supporter -> subscription."""
        wanted = select(Subscription.supporter_id, Subscription.id).where(
            Subscription.list_id == self.mailing.list_id, is_one_of(Subscription.supporter_id, self.readers)
        )
        return {key: subscription_id for key, subscription_id in db.session.execute(wanted)}  # noqa: C416  # dict() of rows has no types

    def copy(self, row: Row) -> Copy | None:
        """None for somebody who is gone."""
        reader = self.readers.get(row.supporter_id or 0)
        address = reader.email if reader else None
        if reader is None or address is None:
            return None
        words, asked = self.words[row.language]
        return Copy(row.id, address, words, {name: _VALUES[name](self, reader, row) for name in asked})

    def act_url(self, reader: Reader, row: Row) -> str:
        """A discreet mailing's is the public page, so that nothing says who opened it."""
        page_id = self.mailing.page_id
        if page_id is None:
            return ""
        if self.mailing.discreet:
            return self.public_url
        token = tokens.sign(Purpose.ACT, reader.id, page_id, self.mailing.id, key_id=row.key_id)
        return f"{self.base_url}/t/{token}"

    def unsubscribe_url(self, reader: Reader, row: Row) -> str:
        if self.mailing.list_id is not None:
            parts: tuple[int | str, ...] = (LIST, self.subscriptions[reader.id])
        else:
            parts = (CASE, reader.id, self.mailing.page_id or 0)
        return f"{self.base_url}/u/{tokens.sign(Purpose.UNSUBSCRIBE, *parts, key_id=row.key_id)}"

    def preferences_url(self, reader: Reader, row: Row) -> str:
        return f"{self.base_url}/p/{tokens.sign(Purpose.PREFERENCES, reader.id, key_id=row.key_id)}"


# Empty where we know nothing: the placeholder's fallback stands in.
_VALUES: Mapping[str, Callable[[Batch, Reader, Row], str]] = {
    GREETING: lambda _, reader, row: greeting(reader.first_name, row.language),
    "first_name": lambda _, reader, __: reader.first_name,
    "full_name": lambda _, reader, __: reader.full_name,
    "country": lambda _, reader, row: country_name(reader.country, row.language) if reader.country else "",
    "act": Batch.act_url,
    UNSUBSCRIBE: Batch.unsubscribe_url,
    "preferences": Batch.preferences_url,
}


@lru_cache(maxsize=8)
def words_of(
    mailing_id: int, _launched_at: datetime | None, sender: carried.SenderView
) -> Mapping[str, tuple[Words, Sequence[str]]]:
    """By language, with the names of the values that they ask for. Frozen at the launch, so remembered from then on."""
    mailing = db.session.get_one(Mailing, mailing_id)
    label = list_label(list_of(mailing), page_of(mailing))
    headers = bulk_headers(label, sentinel(UNSUBSCRIBE), mailing.kind, mailing.id)
    texts = db.session.scalars(select(MailingText).where(MailingText.mailing_id == mailing_id))
    return {text.language: _words(text, sender, headers) for text in texts}


def _words(
    text: MailingText, sender: carried.SenderView, headers: tuple[tuple[str, str], ...]
) -> tuple[Words, Sequence[str]]:
    frozen = _frozen(text)
    asked = {field.name for field in merge_fields_in(frozen)} | {UNSUBSCRIBE}
    return _with_key(text, frozen, sender, headers), sorted(asked & _VALUES.keys())


def compose(rows: Sequence[Row]) -> dict[int, Outgoing | Copy]:
    """Each reader's copy; whoever was erased meanwhile is left out. A row without a mailing is a test."""
    readers = readers_of(row.supporter_id for row in rows)
    of_rows = select(Mailing).where(Mailing.id.in_({row.mailing_id for row in rows if row.mailing_id}))
    batches = {mailing.id: Batch(mailing, readers) for mailing in db.session.scalars(of_rows)}
    tests = carried.addresses(row for row in rows if row.mailing_id is None)
    composed = (
        _test_copy(row, tests.get(row.id)) if row.mailing_id is None else batches[row.mailing_id].copy(row)
        for row in rows
    )
    return {copy.delivery_id: copy for copy in composed if copy is not None}


KINDS = tuple(Kind(name=kind.value, lane=Lane.BULK, compose=compose) for kind in MailingKind)


def _test_copy(row: Row, address: str | None) -> Outgoing | None:
    """The words that the delivery carries itself; links that would be personal lead to nobody's record."""
    if address is None:
        return None
    email = carried.read_values(row).email
    page = None if row.about_id is None else db.session.get(Page, row.about_id)
    base_url, sender = settings().base_url, carried.sender_view(Lane.BULK)
    values = {
        GREETING: greeting("", row.language),
        "act": email.page_url if isinstance(email, Alert | Update) else "",
        UNSUBSCRIBE: f"{base_url}/u/test",
        "preferences": f"{base_url}/p/test",
        "browser": f"{base_url}/archive",
    }
    filled = fill(render(email), values | (shared_values(page, row.language) if page else {}))
    return Outgoing(
        delivery_id=row.id,
        address=address,
        subject=filled.subject,
        text=filled.text,
        html=filled.html,
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        auto_submitted=False,
        headers=bulk_headers("test", values[UNSUBSCRIBE], MailingKind(row.kind), 0),
    )


def _with_key(
    text: MailingText, frozen: Rendered, sender: carried.SenderView, headers: tuple[tuple[str, str], ...]
) -> Words:
    """The key tells apart what was said under other circumstances, such as another sender's name."""
    digest = hashlib.sha256(repr((frozen, sender, headers)).encode(errors="replace")).hexdigest()
    return Words(
        key=(text.mailing_id, text.language, digest),
        subject=frozen.subject,
        text=frozen.text,
        html=frozen.html,
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        auto_submitted=False,
        headers=headers,
    )


def _frozen(text: MailingText) -> Rendered:
    if text.rendered_subject is None or text.rendered_text is None:
        raise NotLaunched(text.mailing_id)
    return Rendered(text.rendered_subject, text.rendered_text, text.rendered_html)
