"""A mailing in one language as the email of email_templates/catalogue.py; what differs by reader stays a sentinel."""

from html import escape
from typing import Any

from actions.config import settings
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import name_in
from actions.mailings.models import Mailing, MailingKind, MailingState, MailingText
from actions.media.queries import pictures_in_mail
from actions.organisation.queries import letterhead
from actions.pages.models import Page, PageUpdate
from actions.pages.queries import takes_acts, update_words, wording
from actions.rendering import gettext, ngettext
from email_templates import catalogue
from email_templates.language import format_number
from email_templates.merging import fill_shared
from email_templates.rendering import render
from email_templates.texts import Rendered

PUBLIC = (MailingState.SENDING, MailingState.PAUSED, MailingState.SENT)


def rendered(mailing: Mailing, text: MailingText) -> Rendered:
    """As it is frozen: whatever is the same for every reader stands in it, the rest are sentinels (P-03).

    Raises PictureMissing, ActMissing, UnknownBlock or UnknownLanguage.
    """
    page = page_of(mailing)
    browser = {"browser": public_copy_url(mailing, text.language)} if has_public_copy(mailing) else {}
    return fill_shared(
        render(email_of(mailing, text)), browser | (shared_values(page, text.language) if page is not None else {})
    )


def email_of(mailing: Mailing, text: MailingText) -> catalogue.Mailing:
    """A newsletter where it has no page, or an update without its news: preflight refuses those."""
    words = _words_of_every_mailing(mailing, text)
    page, update = page_of(mailing), update_of(mailing)
    if page is not None and mailing.kind is MailingKind.ALERT:
        return catalogue.Alert(
            **words,
            **_words_of_page(page, text.language),
            button_text=gettext(text.language, "Act now"),
            count_sentence=_count_sentence(page, text.language),
        )
    if page is not None and update is not None:
        over = gettext(text.language, "See what came of it")
        return catalogue.Update(
            **words,
            **_words_of_page(page, text.language),
            headline=str(update_words(update, text.language, page.default_language)["headline"]),
            updated_on=update.dated.date(),
            button_text=gettext(text.language, "See what is asked now") if takes_acts(page) else over,
        )
    return catalogue.Newsletter(**words)


def as_test(text: MailingText) -> MailingText:
    """The same words, saying first that they are a test; it is not for the database."""
    sentence = gettext(text.language, "This is a test. Its personal links lead nowhere, and nobody else got it.")
    note = {"type": "text", "html": f"<p><strong>{escape(sentence)}</strong></p>"}
    return MailingText(
        language=text.language,
        subject=gettext(text.language, "Test: %(subject)s", subject=text.subject),
        preheader=text.preheader,
        blocks=[note, *text.blocks],
    )


def shared_values(page: Page, language: str) -> dict[str, str]:
    """Merge values that are the same for everyone; frozen at launch, so that a retry has the same bytes (B-19)."""
    acts = page.signature_count + page.all_letters
    return {"page_title": wording(page, language).title, "count": format_number(acts, language)}


def has_public_copy(mailing: Mailing) -> bool:
    """What goes to a list may be read by anyone, unless its readers want nobody to know of it (P-14)."""
    return mailing.list_id is not None and not mailing.discreet


def is_public(mailing: Mailing) -> bool:
    """Its copy is on the web: its words are frozen and on their way. What was cancelled is not shown."""
    return has_public_copy(mailing) and mailing.state in PUBLIC


def public_copy_url(mailing: Mailing, language: str) -> str:
    return f"{settings().base_url}/archive/{mailing.id}?lang={language}"


def page_of(mailing: Mailing) -> Page | None:
    return None if mailing.page_id is None else db.session.get(Page, mailing.page_id)


def list_of(mailing: Mailing) -> MailingList | None:
    return None if mailing.list_id is None else db.session.get(MailingList, mailing.list_id)


def update_of(mailing: Mailing) -> PageUpdate | None:
    return None if mailing.update_id is None else db.session.get(PageUpdate, mailing.update_id)


def page_url(page: Page) -> str:
    """The public page: the same for every reader, and safe to pass on."""
    return f"{settings().base_url}/a/{page.slug}"


def _words_of_every_mailing(mailing: Mailing, text: MailingText) -> dict[str, Any]:
    return {
        "letterhead": letterhead(text.language),
        "language": text.language,
        "subject": text.subject,
        "preheader": text.preheader,
        "blocks": tuple(text.blocks),
        "pictures": pictures_in_mail(text.blocks),
        "why_you_get_this": _why(mailing, text.language),
        "browser_url": public_copy_url(mailing, text.language) if has_public_copy(mailing) else None,
    }


def _words_of_page(page: Page, language: str) -> dict[str, Any]:
    return {"page_title": wording(page, language).title, "page_url": page_url(page)}


def _why(mailing: Mailing, language: str) -> str:
    mailing_list, page = list_of(mailing), page_of(mailing)
    if mailing_list is not None:
        name = name_in(mailing_list, language)
        return gettext(language, "You get this because you joined our list “%(list)s”.", list=name)
    title = wording(page, language).title if page else ""
    return gettext(language, "You get this because you asked for news about “%(page)s”.", page=title)


def _count_sentence(page: Page, language: str) -> str | None:
    """Left out while it would say that nobody has signed."""
    number = page.signature_count
    singular, plural = "%(number)s person has signed", "%(number)s people have signed"
    return ngettext(language, singular, plural, number) if number else None
