"""The form of a letter on its way to paper."""

from collections.abc import Mapping
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField

from actions.letters.forms import LetterForm
from actions.letters.postal import Paper
from actions.rendering import gettext, words
from actions.targets.models import Target

PAPERS: Mapping[str, Paper] = {"a4": "a4", "us-letter": "us-letter"}


class PaperForm(LetterForm):
    """The same letter on its way to paper: what was typed comes along, the sheet is chosen."""

    paper = RadioField(words("Paper"), validate_choice=False)
    posting = HiddenField()

    def __init__(self, typed: MultiDict[str, str] | None, **values: Any) -> None:  # noqa: ANN401  # as LetterForm
        super().__init__(typed, **values)
        self.paper.choices = {
            "a4": gettext(self.language, words("A4")),
            "us-letter": gettext(self.language, words("US Letter")),
        }

    @property
    def by_email(self) -> bool:
        return False

    def carried(self, target: Target, posting: str) -> dict[str, str]:
        """Every hidden field of the form that asks for the PDF of one letter."""
        return self.carried_on() | {"target": target.slug, "posting": posting}

    def sheet(self, otherwise: Paper) -> Paper:
        return PAPERS.get(self.paper.data or "", otherwise)
