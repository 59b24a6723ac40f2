"""The letter on an alert's act page: what it would say and disclose, and what it takes to send it in one press."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from actions.actors import supporter as owner
from actions.letters import operations as letters
from actions.letters.confirming import disclosures
from actions.letters.forms import EMAIL, LetterForm
from actions.letters.models import Letter
from actions.letters.prefilling import letter_form
from actions.letters.queries import standing
from actions.pages.models import Page
from actions.pages.queries import targets_of
from actions.rendering import gettext
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.targets.queries import name_in, state_in


@dataclass(frozen=True)
class Writing:
    """What is left to write from this page, or what was written."""

    target: Target
    target_name: str
    state: str
    letter: Letter | None
    form: LetterForm | None
    sentences: Sequence[str]
    discloses: Sequence[str]


def writing_on(
    page: Page, supporter: Supporter, known: Mapping[str, str], language: str, form: LetterForm | None = None
) -> Writing | None:
    """None where the page's letters go by post: those need no link."""
    target = _target_of(page)
    if target is None:
        return None
    written = standing(page.id, target.id, supporter.id)
    return Writing(
        target=target,
        target_name=name_in(target, language),
        state=state_in(target, language),
        letter=written,
        form=None if written else form or letter_form(page, language, known=known),
        sentences=disclosures(page, target, language),
        discloses=(
            gettext(language, "the name that you chose above, or none"),
            gettext(language, "your email address, so that they can answer, if you choose your full name"),
            gettext(language, "the words of your letter"),
        ),
    )


def typed_letter(page: Page, known: Mapping[str, str], language: str) -> LetterForm:
    """What the request holds; its button says nothing but "send", so it goes by email."""
    form = letter_form(page, language, known=known, typed=True)
    form.by.data = EMAIL
    return form


def undo_letter(letter: Letter) -> bool:
    """False if it has gone already."""
    return letter.supporter_id is not None and letters.undo(letter, by=owner(letter.supporter_id))


def _target_of(page: Page) -> Target | None:
    return next((target for target in targets_of(page) if letters.takes_letters(page, target)), None)
