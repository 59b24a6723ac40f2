"""A letter on paper: what its writer typed, as a sheet to be set and as text to copy."""

from dataclasses import dataclass
from datetime import date

from actions.config import settings
from actions.letters.forms import PaperForm
from actions.letters.postal import envelope_lines, letter_date, paper_for, sender_lines
from actions.letters.typesetting import LetterSheet, paragraphs_of
from actions.organisation.queries import letterhead
from actions.pages.models import Page
from actions.rendering import gettext, words


@dataclass(frozen=True)
class OnPaper:
    sheet: LetterSheet
    body: str

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


def on_paper(form: PaperForm, page: Page, day: date) -> OnPaper:
    """Of a form that was found right."""
    target, said, country = form.to.target, form.words(), form.value("country")
    language = form.letter_language.code
    sheet = LetterSheet(
        paper=form.sheet(paper_for(country)),
        language=language,
        sender_lines=sender_lines(
            form.name, form.postal_address(), country, target_country=target.country, language=language
        ),
        recipient_lines=envelope_lines(target.lines, target.country, country, language),
        place_and_date=letter_date(day, language, country),
        subject=said.subject,
        salutation=said.salutation,
        body=paragraphs_of(said.body),
        close=said.close,
        writer_name=form.name,
        small_print=_small_print(language),
        demonstration=target.demonstration or page.demonstration,
    )
    return OnPaper(sheet, said.body)


def _small_print(language: str) -> str:
    return gettext(
        language,
        words("Written and posted by the person who signs it, with the help of %(organisation)s (%(address)s)."),
        organisation=letterhead(language).name,
        address=settings().base_url.partition("://")[2],
    )
