"""What must hold before a mailing may start; every reason is a sentence for whoever sends it."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from babel import Locale

from actions.mailings.models import Mailing, MailingKind, MailingText
from actions.mailings.wording import page_of, rendered, update_of
from actions.media.queries import names_in, pictures_in_mail
from actions.organisation.queries import the_organisation
from actions.pages.listing import title_of
from actions.pages.models import Page
from actions.pages.queries import languages, takes_acts
from actions.segments.rules import from_json, tags_in
from actions.tags.queries import is_here
from email_templates.block_checking import check_blocks
from email_templates.block_rendering import ActMissing
from email_templates.language import LANGUAGES
from email_templates.merging import MergeField, merge_fields_in, unknown_placeholders
from email_templates.rendering import HTML_LIMIT, HTML_REFUSED, html_size
from email_templates.texts import Rendered

# What a campaigner does not write: what a thing is called, and where it leads.
NOT_WORDS = frozenset({"type", "media", "url"})
LONGEST_SUBJECT = 200
SAY_PLACEHOLDERS = "Take it out, or use first_name, full_name, country, page_title or count."


@dataclass(frozen=True)
class Problem:
    """What is wrong, and what to do about it; `todo` is empty where the first says it all."""

    what: str
    todo: str = ""

    def within(self, language: str) -> "Problem":
        return Problem(f"In {language_name(language)}: {self.what}", self.todo)


class MailingNotReady(Exception):
    """It must not start; `problems` are all the reasons, each a sentence."""

    def __init__(self, problems: Sequence[str | Problem]) -> None:
        self.found = tuple(one if isinstance(one, Problem) else Problem(one) for one in problems)
        self.problems = tuple(one.what for one in self.found)
        super().__init__(" ".join(self.problems))


def check(mailing: Mailing, texts: Mapping[str, MailingText]) -> dict[str, Rendered]:
    """The words as they will be frozen, by language. Raises MailingNotReady with all that is wrong."""
    problems = [*_of_mailing(mailing, texts)]
    for text in texts.values():
        problems += [problem.within(text.language) for problem in _of_text(mailing, text)]
    if problems:
        raise MailingNotReady(problems)
    frozen = {}
    for language, text in texts.items():
        frozen[language] = _rendered(mailing, text)
        problems += [problem.within(language) for problem in _of_rendered(mailing, frozen[language])]
    if problems:
        raise MailingNotReady(problems)
    return frozen


def warnings(frozen: Mapping[str, Rendered]) -> list[str]:
    """What does not stop a mailing and should be known before it goes."""
    return [
        f"In {language_name(language)} the mail has {html_size(words) // 1000} kB; at 102 kB Gmail cuts it off."
        for language, words in frozen.items()
        if html_size(words) >= HTML_LIMIT
    ]


def placeholder_problems(text: str) -> list[str]:
    """Each placeholder that means nothing to us, with its line (W-11)."""
    return [
        f"line {unknown.line} has {{{{{unknown.name}}}}}, which is no placeholder of ours."
        for unknown in unknown_placeholders(text)
    ]


def language_name(code: str) -> str:
    return Locale.parse(code).get_display_name("en") or code


def _of_mailing(mailing: Mailing, texts: Mapping[str, MailingText]) -> Iterator[Problem]:
    page = page_of(mailing)
    if not texts:
        yield Problem("It has no words.", "Write it in at least one language.")
    if not the_organisation().postal_lines:
        yield Problem(
            "The organisation has no postal address, and every mailing must carry one.",
            "Ask an admin to add it in the settings.",
        )
    if mailing.kind is MailingKind.ALERT and page is None:
        yield Problem("An alert needs a page to act on.", "Start it from the page.")
    if mailing.kind is MailingKind.UPDATE and (page is None or update_of(mailing) is None):
        yield Problem("An update needs a page and the news that it tells of.", "Start it from the page's update.")
    if mailing.list_id is None and page is None:
        yield Problem("It goes to no list and is about no page, so nobody has agreed to it.", "Choose a list.")
    if not all(map(is_here, tags_in(from_json(mailing.rule)))):
        yield Problem(
            "Its audience asks about a tag that was removed.",
            "Put the tag back, or choose the audience without it.",
        )
    if page is not None:
        yield from _of_page(page, mailing, texts)


def _of_page(page: Page, mailing: Mailing, texts: Iterable[str]) -> Iterator[Problem]:
    if mailing.kind is MailingKind.ALERT and not takes_acts(page):
        yield Problem(
            f"The page “{title_of(page)}” takes no acts now ({page.state.value}).",
            "Open it, or give it a later last day.",
        )
    spoken = languages(page)
    for language in texts:
        if language not in spoken:
            yield Problem(
                f"The page “{title_of(page)}” has no words in {language_name(language)}.",
                "Translate the page first, or leave this language out of the mailing.",
            )


def _of_text(mailing: Mailing, text: MailingText) -> Iterator[Problem]:
    if text.language not in LANGUAGES:
        yield Problem("this is no language that our mails speak.", "Leave it out.")
    if not text.subject.strip():
        yield Problem("the subject is missing.", "Write one line that says what it is about.")
    if len(text.subject) > LONGEST_SUBJECT or "\n" in text.subject:
        yield Problem(f"the subject must be one line of at most {LONGEST_SUBJECT} characters.", "Shorten it.")
    if not text.blocks:
        yield Problem("the body is missing.", "Add a text.")
    for where, written in _writings(text):
        yield from (Problem(f"{where}, {problem}", SAY_PLACEHOLDERS) for problem in placeholder_problems(written))
    yield from (Problem(f"{problem}.", "Fill it in, or take the block out.") for problem in check_blocks(text.blocks))
    known = pictures_in_mail(text.blocks)
    yield from (
        Problem(f"there is no picture “{name}”.", "Upload it, or choose another.")
        for name in names_in(text.blocks)
        if name not in known
    )
    update = update_of(mailing)
    if update is not None and text.language not in update.wordings:
        yield Problem("the update has no words.", "Write the update in this language too, or leave it out.")


def _rendered(mailing: Mailing, text: MailingText) -> Rendered:
    try:
        return rendered(mailing, text)
    except ActMissing as missing:
        raise MailingNotReady(
            [
                Problem("a button leads to an act, and there is none.", "Give the button another link.").within(
                    text.language
                )
            ]
        ) from missing


def _of_rendered(mailing: Mailing, words: Rendered) -> Iterator[Problem]:
    fields = merge_fields_in(words)
    if mailing.kind is MailingKind.ALERT and MergeField("act") not in fields:
        yield Problem("there is no button to act.", "Add a button whose link is the word act.")
    if any(field.name == "browser" for field in fields):
        yield Problem("{{browser}} leads nowhere: this mailing has no public copy.", "Take it out.")
    if mailing.page_id is None:
        yield from (
            Problem(f"{{{{{field.name}}}}} needs a page.", "Take it out.")
            for field in fields
            if field.name in {"act", "page_title", "count"}
        )
    size = html_size(words)
    if size > HTML_REFUSED:
        yield Problem(
            f"the mail has {size // 1000} kB; Gmail cuts off at 102 kB, and the way to leave stands at the end.",
            "Shorten it, and let the page say the rest.",
        )


def _writings(text: MailingText) -> Iterator[tuple[str, str]]:
    yield "the subject", text.subject
    yield "the preview line", text.preheader
    for number, block in enumerate(text.blocks, 1):
        for written in _strings(value for name, value in block.items() if name not in NOT_WORDS):
            yield f"block {number}", written


def _strings(values: Iterable[object]) -> Iterator[str]:
    for value in values:
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from _strings(value)
