"""A letter as its target gets it: the same for the preview and for the wire (L-01, L-06, L-14)."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

import structlog
from sqlalchemy import select

from actions.deliveries.composing import SenderView, addresses, outgoing, read_values, sender_view
from actions.deliveries.kinds import Outgoing, Row
from actions.deliveries.models import Lane
from actions.encryption import CannotDecrypt
from actions.extensions import db
from actions.letters.bundle_sheet import answers_to, small_print
from actions.letters.content import is_as_confirmed, words_of
from actions.letters.models import Letter, LetterState, NameShown
from actions.letters.wording import LetterWords, from_name, written_name
from actions.organisation.queries import letterhead
from actions.supporters.models import Supporter
from actions.targets.models import Target
from email_templates.catalogue import LetterToTarget
from email_templates.rendering import render

log = structlog.get_logger()
Found = TypeVar("Found", Letter, Supporter, Target)


class WordsGone(Exception):
    """The letter has ended and its words were erased."""


@dataclass(frozen=True)
class Writer:
    """Of whom a letter comes; `address` is None where it is not known or not shown yet."""

    first_name: str
    last_name: str
    shown: NameShown
    address: str | None


@dataclass(frozen=True)
class AsItGoes:
    from_name: str
    from_address: str
    reply_to: str
    to: str
    subject: str
    text: str
    # On paper, in a bundle: `to` is the office, and nothing goes by email.
    printed: bool = False


def email_of(letter: Letter) -> LetterToTarget:
    """Raises WordsGone."""
    words = words_of(letter)
    if words is None:
        raise WordsGone(letter.id)
    return email_with(words, _name_of(letter), letter.language)


def email_with(words: LetterWords, name: str, language: str) -> LetterToTarget:
    ours = letterhead(language)
    return LetterToTarget(
        letterhead=ours,
        language=language,
        subject=words.subject,
        salutation=words.salutation,
        body=words.body,
        close=words.close,
        writer_name=name,
        abuse_address=ours.contact_address,
    )


def as_it_goes(words: LetterWords, writer: Writer, target: Target, language: str) -> AsItGoes:
    """Before it is stored, too: the act link's page shows it so."""
    name = written_name(writer.first_name, writer.last_name, writer.shown, language)
    if target.takes_bundles:
        return _as_printed(words, name, writer, target, language)
    sender = sender_view(Lane.LETTERS)
    rendered = render(email_with(words, name, language))
    return AsItGoes(
        from_name=from_name(name, writer.shown, target, language),
        from_address=sender.address,
        reply_to=_reply_to(writer.shown, writer.address, sender),
        to=target.email or "",
        subject=rendered.subject,
        text=rendered.text,
    )


def _as_printed(words: LetterWords, name: str, writer: Writer, target: Target, language: str) -> AsItGoes:
    answers = answers_to(writer.shown, writer.address, language)
    return AsItGoes(
        from_name=name,
        from_address="",
        reply_to=_reply_to(writer.shown, writer.address, sender_view(Lane.LETTERS)),
        to=", ".join(target.lines),
        subject=words.subject,
        text="\n\n".join(part for part in (words.text(name), answers, small_print(language)) if part),
        printed=True,
    )


def shown_to_writer(letter: Letter) -> AsItGoes:
    """Raises WordsGone."""
    words = words_of(letter)
    if words is None:
        raise WordsGone(letter.id)
    supporter = db.session.get(Supporter, letter.supporter_id)
    address = supporter.email if supporter else None
    writer = Writer(letter.first_name or "", letter.last_name or "", letter.name_shown, address)
    return as_it_goes(words, writer, db.session.get_one(Target, letter.target_id), letter.language)


def compose(deliveries: Sequence[Row]) -> Mapping[int, Outgoing]:
    """Each letter that is still to go and is what its writer confirmed; any other is left out, and so cancelled."""
    known, ours = addresses(deliveries), sender_view(Lane.LETTERS)
    letters = _by_id(Letter, {delivery.about_id for delivery in deliveries})
    writers = _by_id(Supporter, {letter.supporter_id for letter in letters.values()})
    targets = _by_id(Target, {letter.target_id for letter in letters.values()})
    composed = {}
    for delivery in deliveries:
        letter, address = letters.get(delivery.about_id), known.get(delivery.id)
        writer = writers.get(letter.supporter_id) if letter else None
        if letter is None or letter.state is not LetterState.RELEASED or not address or not writer or not writer.email:
            continue
        email = _confirmed_email(delivery, letter)
        if email is None:
            log.error("a letter is not what its writer confirmed; it was not sent", letter=letter.id)
            continue
        signed = SenderView(
            from_name(email.writer_name, letter.name_shown, targets[letter.target_id], letter.language),
            ours.address,
            _reply_to(letter.name_shown, writer.email, ours),
        )
        composed[delivery.id] = outgoing(delivery, email, address=address, sender=signed)
    return composed


def _by_id(kind: type[Found], ids: Collection[int | None]) -> dict[int | None, Found]:
    """As they stand now."""
    wanted = select(kind).where(kind.id.in_(ids)).execution_options(populate_existing=True)
    return {row.id: row for row in db.session.scalars(wanted)}


def _confirmed_email(delivery: Row, letter: Letter) -> LetterToTarget | None:
    """The words of the delivery, if they are the letter's and the letter is what was confirmed."""
    try:
        email = read_values(delivery).email
    except CannotDecrypt:
        return None
    same_target = delivery.target_id == letter.target_id
    if not isinstance(email, LetterToTarget) or not same_target or not is_as_confirmed(letter):
        return None
    said = LetterWords(email.subject, email.salutation, email.body, email.close)
    return email if said == words_of(letter) and email.writer_name == _name_of(letter) else None


def _name_of(letter: Letter) -> str:
    return written_name(letter.first_name, letter.last_name, letter.name_shown, letter.language)


def _reply_to(shown: NameShown, address: str | None, ours: SenderView) -> str:
    """The writer's own address only under the full name: any other way it would tell who wrote."""
    return address if shown is NameShown.FULL and address else (ours.reply_to or ours.address)
