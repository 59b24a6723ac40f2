"""The links of a mailing: which of ours lead nowhere, and which lead away."""

from collections.abc import Iterable

from actions.extensions import db
from actions.links import addresses
from actions.mailings.models import Mailing, MailingText
from actions.mailings.preflight import MailingNotReady, Problem
from actions.mailings.wording import is_public


def foreign_in(texts: Iterable[MailingText]) -> list[str]:
    return addresses.foreign_in(text.blocks for text in texts)


def own(mailing: Mailing) -> tuple[str, int]:
    """Its public copy is there once it has gone."""
    return "mailing_id", mailing.id


def has_public_copy(mailing_id: int) -> bool:
    mailing = db.session.get(Mailing, mailing_id)
    return mailing is not None and is_public(mailing)


def must_lead_somewhere(mailing: Mailing, texts: Iterable[MailingText]) -> None:
    """Raises MailingNotReady for links of ours that no reader could open."""
    dead = [
        Problem(addresses.said_of_ours(address), addresses.CORRECT_IT).within(text.language)
        for text in texts
        for address in addresses.dead_in(text.blocks, own(mailing))
    ]
    if dead:
        raise MailingNotReady(dead)
