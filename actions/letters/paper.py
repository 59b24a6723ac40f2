"""A letter on paper: what its writer typed, as a sheet to be set and as text to copy."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from actions.config import settings
from actions.letters.paper_form import PaperForm
from actions.letters.postal import envelope_lines, paper_for, place_and_date, sender_lines, with_form
from actions.letters.slip import slip
from actions.letters.typesetting import LetterSheet, paragraphs_of
from actions.organisation.queries import letterhead
from actions.pages.models import Page
from actions.rendering import gettext, words
from actions.targets.models import Target
from email_templates.language import Language, letter_language_of


@dataclass(frozen=True)
class OnPaper:
    sheet: LetterSheet
    body: str

    @property
    def language(self) -> Language:
        return letter_language_of(self.sheet.language)

    @property
    def text(self) -> str:
        """The same words, to copy."""
        sheet = self.sheet
        parts = (
            "\n".join(sheet.sender_lines),
            "\n".join(sheet.recipient_lines),
            sheet.place_and_date,
            sheet.subject or "",
            sheet.salutation,
            self.body,
            sheet.close,
            sheet.writer_name,
        )
        return "\n\n".join(part for part in parts if part)


def on_paper(form: PaperForm, target: Target, page: Page, day: date, posting: str = "") -> OnPaper:
    """To one of those whom it goes to; of a form that was found right. `posting` says "I posted it"."""
    said, country = form.words_for(target), form.value("country")
    language = form.to.suggestion_for(target).language
    sheet = LetterSheet(
        paper=form.sheet(paper_for(country)),
        language=language,
        sender_lines=sender_lines(
            form.name, form.postal_address(), country, target_country=target.country, language=language
        ),
        recipient_lines=envelope_lines(_address(target, language), target.country, country, language),
        place_and_date=place_and_date(form.postal_address().city, day, language, country),
        subject=said.subject,
        salutation=said.salutation,
        body=paragraphs_of(said.body),
        close=said.close,
        writer_name=form.name,
        small_print=_small_print(language),
        demonstration=target.demonstration or page.demonstration,
        slip=slip(form, target, page, posting) if posting else None,
    )
    return OnPaper(sheet, said.body)


def _address(target: Target, language: str) -> list[str]:
    form: Mapping[str, str] = target.forms.get(language, {})
    return with_form(target.lines, form.get("envelope", ""), (target.name, target.office))


def _small_print(language: str) -> str:
    return gettext(
        language,
        words("Written and posted by the person who signs it, with the help of %(organisation)s (%(address)s)."),
        organisation=letterhead(language).name,
        address=settings().base_url.partition("://")[2],
    )
