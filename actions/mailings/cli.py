import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import click
from flask.cli import AppGroup

from actions.actors import OPERATOR
from actions.addresses import parse_address
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import by_slug, the_lists
from actions.mailings import audience, control_cli, operations, preflight, progress, queries
from actions.mailings.control_cli import says_why
from actions.mailings.manuscripts import read_words
from actions.mailings.models import Mailing, MailingKind, MailingState
from actions.mailings.operations import Words
from actions.mailings.preflight import MailingNotReady, language_name
from actions.organisation.queries import the_organisation
from actions.pages.models import Page
from actions.pages.queries import page_by_slug
from actions.segments.describing import in_words
from actions.segments.rules import Rule
from actions.supporters.operations import find_or_add
from actions.transaction import transaction
from email_templates.language import LANGUAGES

FILE = click.Path(exists=True, dir_okay=False, path_type=Path)

mailings = AppGroup("mailings", help="Newsletters, alerts and updates: send, watch, stop.")
for command in control_cli.COMMANDS:
    mailings.add_command(command)


@dataclass(frozen=True, kw_only=True)
class Asked:
    """The options of `mailings send`."""

    list_slug: str
    subject: str | None
    preheader: str
    body: Path
    words_file: Path | None
    page_slug: str | None
    language: str | None
    include_acted: bool
    test_address: str | None
    key: str | None
    yes: bool


@dataclass(frozen=True, kw_only=True)
class Order:
    """What is to be sent, to whom."""

    mailing_list: MailingList
    page: Page | None
    words: tuple[Words, ...]
    include_acted: bool
    key: str

    @property
    def rule(self) -> Rule:
        left_out = self.page.id if self.page is not None and not self.include_acted else None
        return audience.on_list(self.mailing_list.id, not_yet_acted_on=left_out)

    def draft(self, *, aside: str = "") -> Mailing:
        """`aside`: a draft beside the mailing, which will be forgotten."""
        return operations.draft_mailing(
            MailingKind.NEWSLETTER if self.page is None else MailingKind.ALERT,
            key=self.key + aside,
            words=self.words,
            rule=self.rule,
            mailing_list=self.mailing_list,
            page=self.page,
            by=OPERATOR,
        )


@mailings.command("send")
@click.option("--list", "list_slug", required=True, help="To everyone on this list.")
@click.option("--subject", help="In the language of FILE; the others' stand in the YAML beside it.")
@click.option("--preheader", default="", help="The line that mail programs show after the subject.")
@click.option("--body", required=True, type=FILE, help="Markdown; FILE.<language>.md beside it go along.")
@click.option("--words", "words_file", type=FILE, help="YAML with subject and preheader of each language.")
@click.option("--page", "page_slug", help="An alert: its readers act on this page.")
@click.option("--lang", "language", type=click.Choice(list(LANGUAGES)), help="Of FILE; else the organisation's.")
@click.option("--include-acted", is_flag=True, help="Also to those who have acted on the page.")
@click.option("--test", "test_address", help="Send one to this address and nothing to the list.")
@click.option("--key", help="Two sends with one key are one mailing; else the words themselves are the key.")
@click.option("--yes", is_flag=True, help="Do not ask for the number.")
@says_why
def send(**options: Any) -> None:  # noqa: ANN401  # click hands over one for each option
    """Send the words in FILE to a list: first who gets it and until when, then the question, then the mailing."""
    asked = Asked(**options)
    order = _order(asked)
    if asked.test_address is not None:
        _send_test(order, asked.test_address)
        return
    known = queries.by_key(order.key)
    if known is not None and known.state is not MailingState.DRAFT:
        click.echo(f"This was sent before, as mailing {known.id}; another --key sends it once more.")
        click.echo(progress.status(known).sentence)
        return
    number = _announce(order)
    if not asked.yes and click.prompt(f"Type {number} to send it", type=str).strip() != str(number):
        raise click.ClickException("That is another number; nothing was sent.")
    with transaction():
        mailing = order.draft()
        operations.launch(mailing, by=OPERATOR)
    click.echo(f"Mailing {mailing.id} is on its way to {mailing.audience}. How far it is: mailings status {mailing.id}")


def _order(asked: Asked) -> Order:
    words = read_words(
        asked.body,
        asked.words_file,
        asked.language or the_organisation().default_language,
        {"subject": asked.subject or "", "preheader": asked.preheader},
    )
    mailing_list, page = _list(asked.list_slug), None if asked.page_slug is None else _page(asked.page_slug)
    return Order(
        mailing_list=mailing_list,
        page=page,
        words=words,
        include_acted=asked.include_acted,
        key=asked.key or _key(mailing_list.slug, asked.page_slug or "", words),
    )


def _send_test(order: Order, to: str) -> None:
    """The draft is forgotten at once: the test carries its own words."""
    with transaction():
        mailing = order.draft(aside="/test")
        reader = find_or_add(parse_address(to), language=order.words[0].language, source="mailing test", by=OPERATOR)
        operations.queue_test(mailing, reader, by=OPERATOR)
        operations.discard(mailing, by=OPERATOR)
    click.echo(f"A test is on its way to {to}, in {_languages(order.words)}. Nobody else gets it.")


def _announce(order: Order) -> int:
    """Say who gets it, how many they are and until when; the draft that this takes is not kept."""
    mailing = order.draft()
    warnings = preflight.warnings(preflight.check(mailing, queries.texts_of(mailing)))
    number = audience.size_of(mailing)
    db.session.rollback()
    if not number:
        raise MailingNotReady(["Nobody is in the audience.", in_words(order.rule)])
    click.echo(in_words(order.rule))
    end = progress.expected_end(number)
    click.echo(
        f"That is {number}, in {_languages(order.words)}. It should be through by {end:%H:%M} UTC on {end:%d %B}."
    )
    for warning in warnings:
        click.echo(warning)
    return number


def _key(list_slug: str, page_slug: str, words: Iterable[Words]) -> str:
    """The same words to the same list about the same page are the same mailing."""
    parts = [list_slug, page_slug, *(f"{one.language}{one.subject}{one.preheader}{one.blocks}" for one in words)]
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()


def _languages(words: Iterable[Words]) -> str:
    return ", ".join(language_name(one.language) for one in words)


def _list(slug: str) -> MailingList:
    found = by_slug(slug)
    if found is None:
        raise click.ClickException(
            f"There is no list “{slug}”; there are: {', '.join(one.slug for one in the_lists())}."
        )
    return found


def _page(slug: str) -> Page:
    found = page_by_slug(slug)
    if found is None:
        raise click.ClickException(f"There is no page “{slug}”.")
    return found
