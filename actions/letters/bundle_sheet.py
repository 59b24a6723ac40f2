"""What stands in a bundle: its letters as their writers confirmed them, the list of its writers, its cover."""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from actions import clock
from actions.config import settings
from actions.extensions import db
from actions.letters.content import words_of
from actions.letters.models import Bundle, Letter, NameShown
from actions.letters.postal import letter_date, paper_for
from actions.letters.wording import written_name
from actions.organisation.queries import letterhead, the_organisation
from actions.pages.models import Page
from actions.pages.queries import wording
from actions.rendering import gettext, ngettext, words
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.targets.queries import name_in
from email_templates.language import country_name, format_date, format_number, language_of

MOST_COUNTRIES = 24
Values = dict[str, Any]


def letters(bundle: Bundle, given: Sequence[Letter]) -> Values:
    """The next ones of the bundle."""
    writers = {one.supporter_id for one in given}
    people = {one.id: one for one in db.session.scalars(db.select(Supporter).where(Supporter.id.in_(writers)))}
    small = {language: small_print(language) for language in {one.language for one in given}}
    return {
        **_frame(bundle),
        "kind": "letters",
        "first": bundle.pages + 1,
        "letters": [
            _letter(one, writer, people.get(one.supporter_id or 0), number) | {"small_print": small[one.language]}
            for number, (one, writer) in enumerate(zip(given, writers_of(given), strict=True), start=bundle.done + 1)
        ],
    }


def contents(bundle: Bundle, entries: Sequence[Values], first: int) -> Values:
    """`entries`: number, writer, page. `first`: the number of its first page, after the cover's."""
    language, begins = language_of_bundle(bundle)[0], entries[0]["number"] == 1
    return {
        **_frame(bundle),
        "kind": "contents",
        "first": first,
        "heading": gettext(language, words("Contents")) if begins else "",
        "legend": gettext(language, words("Number of the letter, its writer, its page")) if begins else "",
        "entries": list(entries),
    }


def cover(bundle: Bundle, numbers: tuple[Counter[str], Counter[str]]) -> Values:
    language, (shown, countries) = language_of_bundle(bundle)[0], numbers
    target = db.session.get_one(Target, bundle.target_id)
    page = db.session.get_one(Page, bundle.page_id)

    def said(text: str, **values: object) -> str:
        return gettext(language, text, **values)

    named = (
        (NameShown.FULL, words("%(number)s under the full name")),
        (NameShown.INITIALS, words("%(number)s under initials")),
        (NameShown.ORGANISATION, words("%(number)s without a name")),
    )
    most = [(code, number) for code, number in countries.most_common(MOST_COUNTRIES) if code]
    other = countries.total() - sum(number for _, number in most)
    listed = [f"{country_name(code, language)}: {format_number(number, language)}" for code, number in most]
    return {
        **_frame(bundle),
        "kind": "cover",
        "first": 1,
        "organisation": letterhead(language).name,
        "heading": said(words("Letters to %(name)s"), name=name_in(target, language)),
        "about": wording(page, language).title,
        "recipient": list(target.lines),
        "total": format_number(bundle.done, language),
        "letters_word": ngettext(language, "letter", "letters", bundle.done),
        "numbers": [
            said(text, number=format_number(shown[one.value], language)) for one, text in named if shown[one.value]
        ],
        "countries_heading": said(words("Where they come from")),
        "countries": [*listed, *([said(words("Elsewhere")) + f": {format_number(other, language)}"] if other else [])],
        "foot": [
            said(words("Each writer confirmed their letter from their own mailbox before it was printed.")),
            said(
                words("Printed on %(day)s by %(organisation)s (%(address)s)."),
                day=format_date(clock.now(), language),
                organisation=letterhead(language).name,
                address=_our_address(),
            ),
        ],
    }


def writers_of(given: Sequence[Letter]) -> list[str]:
    """As they chose to be named."""
    # What a letter without a name says is the same for all of a language, and asks for our own name.
    nameless = {
        language: written_name(None, None, NameShown.ORGANISATION, language)
        for language in {one.language for one in given if one.name_shown is NameShown.ORGANISATION}
    }
    return [
        nameless[one.language]
        if one.name_shown is NameShown.ORGANISATION
        else written_name(one.first_name, one.last_name, one.name_shown, one.language)
        for one in given
    ]


def answers_to(letter_shown: NameShown, address: str | None, language: str) -> str:
    """Under the full name alone: an address tells who wrote."""
    if letter_shown is not NameShown.FULL or not address:
        return ""
    return gettext(language, words("Answers to: %(address)s"), address=address)


def small_print(language: str) -> str:
    said = words(
        "Its writer confirmed this letter from their own mailbox. Printed, and handed over together with others, by"
        " %(organisation)s (%(address)s)."
    )
    return gettext(language, said, organisation=letterhead(language).name, address=_our_address())


def language_of_bundle(bundle: Bundle) -> tuple[str, bool]:
    """The page's own, and whether it is written from the right."""
    language = db.session.get_one(Page, bundle.page_id).default_language
    return language, language_of(language).direction == "rtl"


def _frame(bundle: Bundle) -> Values:
    page, target = db.session.get_one(Page, bundle.page_id), db.session.get_one(Target, bundle.target_id)
    language = language_of_bundle(bundle)[0]
    demonstration = gettext(language, words("Demonstration: made-up people"))
    return {
        "paper": paper_for(the_organisation().country),
        "language": language,
        "title": gettext(language, words("Letters to %(name)s"), name=name_in(target, language)),
        "recipient": list(target.lines),
        "demonstration": demonstration if page.demonstration or target.demonstration else "",
    }


def _letter(letter: Letter, name: str, writer: Supporter | None, number: int) -> Values:
    said = words_of(letter)
    if said is None:
        raise ValueError(letter.id)
    day = (letter.confirmed_at or letter.created_at).date()
    return {
        "number": number,
        "language": letter.language,
        "day": letter_date(day, letter.language, letter.country or ""),
        "subject": said.subject,
        "salutation": said.salutation,
        "body": said.body,
        "close": said.close,
        "writer": name,
        "answers": answers_to(letter.name_shown, writer.email if writer else None, letter.language),
    }


def _our_address() -> str:
    return settings().base_url.partition("://")[2]
