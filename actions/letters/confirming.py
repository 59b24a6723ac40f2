"""What the confirm page shows of a letter: exactly how it goes, and all that it discloses to whom (L-14)."""

from collections.abc import Sequence
from typing import Any

from flask import request

from actions.actors import Actor
from actions.confirmations.handlers import Handler, Preview
from actions.confirmations.models import Confirmation
from actions.consents.models import ConsentPurpose
from actions.consents.queries import sentence, text_for
from actions.extensions import db
from actions.letters import holding, operations, queries
from actions.letters.composing import shown_to_writer
from actions.letters.models import Letter, LetterState
from actions.letters.own_words import measure
from actions.pages.models import Page
from actions.pages.queries import takes_acts, wording
from actions.supporters.models import Supporter, SupporterState
from actions.targets.models import Target
from actions.targets.queries import name_in, state_in
from actions.tokens import Purpose, tokens
from email_templates.catalogue import WaitingItem
from email_templates.language import letter_language_of

TEMPLATE = "letters/_preview.html"
TOGETHER = "letters/_previews.html"


def disclosures(page: Page, target: Target, language: str) -> list[str]:
    """The sentences that one agrees to by sending: that it goes out, and whom it tells."""
    names = {
        "page": wording(page, language).title,
        "target": name_in(target, language),
        "state": state_in(target, language),
    }
    return [sentence(text_for(kind, language), **names) for kind in (ConsentPurpose.WRITE, ConsentPurpose.DISCLOSE)]


def _waiting_item(letter: Letter, language: str) -> WaitingItem:
    page, target = _page_of(letter), _target_of(letter)
    return WaitingItem(kind="letter", title=wording(page, language).title, target=name_in(target, language))


def _preview(letter: Letter, language: str, *, waits_in: LetterState) -> Preview:
    page, target = _page_of(letter), _target_of(letter)
    waits = letter.state is waits_in
    context: dict[str, Any] = {
        "letter": letter,
        "letter_language": letter_language_of(letter.language),
        "page": page,
        "wording": wording(page, language),
        "target": target,
        "target_name": name_in(target, language),
        "state": state_in(target, language),
        "sentences": disclosures(page, target, language),
        "measure": "" if letter.own_share is None else measure(letter.own_share, language),
        "goes": shown_to_writer(letter) if waits else None,
        "open": takes_acts(page) and operations.takes_letters(page, target),
        "news": holding.headline_of(page, language) if letter.page_version < page.version else "",
        "anew": _anew(letter, page),
    }
    return Preview(TEMPLATE, context, TOGETHER)


def _anew(letter: Letter, page: Page) -> str:
    """Where its writer, who came by a mailed link, changes it: without a second mail where that is allowed."""
    supporter = db.session.get_one(Supporter, letter.supporter_id)
    path = f"/a/{page.slug}/write?country={letter.country or ''}"
    if supporter.state is not SupporterState.ACTIVE:
        return path
    return f"{path}&next={tokens.sign(Purpose.CONTINUE, supporter.id, page.id, supporter.generation)}"


def _seen_version() -> int | None:
    """Of the page's words, as they stood beside the button."""
    typed = request.form.get("version", "")
    return int(typed) if typed.isascii() and typed.isdigit() else None


def _confirm(letter_id: int, confirmation: Confirmation, by: Actor) -> None:
    operations.confirm(letter_id, confirmation, by, seen_version=_seen_version())


def _confirm_held(event_id: int, confirmation: Confirmation, by: Actor) -> None:
    holding.confirm(event_id, confirmation, by, seen_version=_seen_version())


def _letter(letter_id: int) -> Letter:
    return db.session.get_one(Letter, letter_id)


def _page_of(letter: Letter) -> Page:
    return db.session.get_one(Page, letter.page_id)


def _target_of(letter: Letter) -> Target:
    return db.session.get_one(Target, letter.target_id)


def _thanks_path(letter: Letter) -> str:
    return f"/a/{_page_of(letter).slug}/thanks"


def _none_is_done(_event_ids: Sequence[int], _by: Actor) -> set[int]:
    """A held letter waits for its writer; nobody asks for it by a form."""
    return set()


HANDLER = Handler(
    kind=operations.KIND,
    waiting_item=lambda letter_id, language: _waiting_item(_letter(letter_id), language),
    preview=lambda letter_id, language: _preview(_letter(letter_id), language, waits_in=LetterState.UNCONFIRMED),
    content_hashes=operations.content_hashes,
    confirm=_confirm,
    refuse=operations.refuse,
    expire=operations.expire,
    already_done=operations.already_done,
    thanks_path=lambda letter_id: _thanks_path(_letter(letter_id)),
    page_id=lambda letter_id: _letter(letter_id).page_id,
)
HELD_HANDLER = Handler(
    kind=holding.HELD,
    waiting_item=lambda event_id, language: _waiting_item(queries.letter_of_event(event_id), language),
    preview=lambda event_id, language: _preview(queries.letter_of_event(event_id), language, waits_in=LetterState.HELD),
    content_hashes=holding.content_hashes,
    confirm=_confirm_held,
    refuse=holding.refuse,
    expire=holding.expire,
    already_done=_none_is_done,
    thanks_path=lambda event_id: _thanks_path(queries.letter_of_event(event_id)),
    page_id=lambda event_id: queries.letter_of_event(event_id).page_id,
)
