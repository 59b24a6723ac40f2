"""A mailing's rows as emails: its frozen words, with each reader's own values put in.

The one part that is made per reader, so it asks the database for a whole batch at a time.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy import select

from actions.config import settings
from actions.deliveries import composing as carried
from actions.deliveries.kinds import Kind, Outgoing
from actions.deliveries.models import Delivery, Lane
from actions.extensions import db
from actions.lists.models import Subscription
from actions.mailings.addressing import bulk_headers, list_label
from actions.mailings.models import Mailing, MailingKind, MailingText
from actions.mailings.wording import list_of, page_of, page_url, shared_values
from actions.pages.models import Page
from actions.supporters.models import Supporter
from actions.tokens import Purpose, tokens
from actions.unsubscribes.queries import CASE, LIST
from email_templates.catalogue import Alert, Update
from email_templates.language import country_name
from email_templates.merging import fill, greeting
from email_templates.rendering import render
from email_templates.texts import Rendered


class NotLaunched(Exception):
    """A delivery names a mailing whose words were never frozen in its language."""


@dataclass(frozen=True)
class Batch:
    """What the rows of one mailing share, read once."""

    mailing: Mailing
    readers: dict[int, Supporter]

    @cached_property
    def words(self) -> dict[str, Rendered]:
        texts = db.session.scalars(select(MailingText).where(MailingText.mailing_id == self.mailing.id))
        return {text.language: _frozen(text) for text in texts}

    @cached_property
    def page(self) -> Page | None:
        return page_of(self.mailing)

    @cached_property
    def list_label(self) -> str:
        return list_label(list_of(self.mailing), self.page)

    @cached_property
    def subscriptions(self) -> dict[int, int]:
        """Supporter -> subscription."""
        wanted = select(Subscription.supporter_id, Subscription.id).where(
            Subscription.list_id == self.mailing.list_id, Subscription.supporter_id.in_(self.readers)
        )
        return {row.supporter_id: row.id for row in db.session.execute(wanted)}

    @cached_property
    def sender(self) -> carried.SenderView:
        return carried.sender_view(Lane.BULK)

    def outgoing(self, delivery: Delivery) -> Outgoing | None:
        """None for somebody who is gone."""
        reader = self.readers.get(delivery.supporter_id or 0)
        if reader is None or reader.email is None:
            return None
        unsubscribe = self.unsubscribe_url(reader)
        values = _personal(reader, delivery.language) | {
            "act": self.act_url(reader),
            "unsubscribe": unsubscribe,
            "preferences": f"{settings().base_url}/p/{tokens.sign(Purpose.PREFERENCES, reader.id)}",
        }
        filled = fill(self.words[delivery.language], values)
        headers = bulk_headers(self.list_label, unsubscribe, self.mailing.kind, self.mailing.id)
        return _outgoing(delivery, reader.email, filled, self.sender, headers)

    def act_url(self, reader: Supporter) -> str:
        """A discreet mailing's is the public page, so that nothing says who opened it."""
        if self.page is None:
            return ""
        if self.mailing.discreet:
            return page_url(self.page)
        token = tokens.sign(Purpose.ACT, reader.id, self.page.id, self.mailing.id)
        return f"{settings().base_url}/t/{token}"

    def unsubscribe_url(self, reader: Supporter) -> str:
        if self.mailing.list_id is not None:
            parts: tuple[int | str, ...] = (LIST, self.subscriptions[reader.id])
        else:
            parts = (CASE, reader.id, self.mailing.page_id or 0)
        return f"{settings().base_url}/u/{tokens.sign(Purpose.UNSUBSCRIBE, *parts)}"


def compose(deliveries: Sequence[Delivery]) -> dict[int, Outgoing]:
    """Each reader's copy; whoever was erased meanwhile is left out. A row without a mailing is a test."""
    readers = _readers(deliveries)
    batches = {
        mailing.id: Batch(mailing, readers)
        for mailing in db.session.scalars(
            select(Mailing).where(Mailing.id.in_({row.mailing_id for row in deliveries if row.mailing_id}))
        )
    }
    composed = (
        _test_copy(row, readers) if row.mailing_id is None else batches[row.mailing_id].outgoing(row)
        for row in deliveries
    )
    return {outgoing.delivery_id: outgoing for outgoing in composed if outgoing is not None}


KINDS = tuple(Kind(name=kind.value, lane=Lane.BULK, compose=compose) for kind in MailingKind)


def _test_copy(delivery: Delivery, readers: dict[int, Supporter]) -> Outgoing | None:
    """The words that the delivery carries itself; links that would be personal lead to nobody's record."""
    reader = readers.get(delivery.supporter_id or 0)
    if reader is None or reader.email is None:
        return None
    email = carried.read_values(delivery).email
    page = None if delivery.about_id is None else db.session.get(Page, delivery.about_id)
    inert = f"{settings().base_url}/u/test"
    values = {
        "greeting": greeting("", delivery.language),
        "act": email.page_url if isinstance(email, Alert | Update) else "",
        "unsubscribe": inert,
        "preferences": f"{settings().base_url}/p/test",
    }
    filled = fill(render(email), values | (shared_values(page, delivery.language) if page else {}))
    headers = bulk_headers("test", inert, MailingKind(delivery.kind), 0)
    return _outgoing(delivery, reader.email, filled, carried.sender_view(Lane.BULK), headers)


def _outgoing(
    delivery: Delivery,
    address: str,
    words: Rendered,
    sender: carried.SenderView,
    headers: tuple[tuple[str, str], ...],
) -> Outgoing:
    return Outgoing(
        delivery_id=delivery.id,
        address=address,
        subject=words.subject,
        text=words.text,
        html=words.html,
        from_name=sender.name,
        from_address=sender.address,
        reply_to=sender.reply_to,
        auto_submitted=False,
        headers=headers,
    )


def _personal(reader: Supporter, language: str) -> dict[str, str]:
    """Empty where we know nothing: the placeholder's fallback stands in."""
    return {
        "greeting": greeting(reader.first_name or "", language),
        "first_name": reader.first_name or "",
        "full_name": reader.full_name,
        "country": country_name(reader.country, language) if reader.country else "",
    }


def _readers(deliveries: Iterable[Delivery]) -> dict[int, Supporter]:
    ids = {row.supporter_id for row in deliveries if row.supporter_id is not None}
    return {reader.id: reader for reader in db.session.scalars(select(Supporter).where(Supporter.id.in_(ids)))}


def _frozen(text: MailingText) -> Rendered:
    if text.rendered_subject is None or text.rendered_text is None:
        raise NotLaunched(text.mailing_id)
    return Rendered(text.rendered_subject, text.rendered_text, text.rendered_html)
