"""The letter on an alert's act page: what it would say and disclose, and what it takes to send it in one press."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from flask import request

from actions.actors import supporter as owner
from actions.letters import operations as letters
from actions.letters.confirming import disclosures
from actions.letters.forms import EMAIL, LetterForm
from actions.letters.models import Letter
from actions.letters.prefilling import letter_form
from actions.letters.queries import standing
from actions.pages.models import Page
from actions.pages.queries import chosen_of, targets_of
from actions.pages.reaching import reached
from actions.rendering import gettext
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.targets.queries import name_in, state_in


@dataclass(frozen=True)
class ToWhom:
    """One whom a letter goes to, and what it tells to which state; or the letter that was written to them."""

    target_name: str
    state: str
    sentences: Sequence[str] = ()
    letter: Letter | None = None


@dataclass(frozen=True)
class Writing:
    """What is left to write from this page, and what was written. Without a form nothing is left."""

    written: Sequence[ToWhom]
    form: LetterForm | None
    left: Sequence[ToWhom]
    discloses: Sequence[str]


def writing_on(
    page: Page, supporter: Supporter, known: Mapping[str, str], language: str, form: LetterForm | None = None
) -> Writing | None:
    """None where the letters go by post: those need no link."""
    by_email = [target for target in targets_of(page) if target.takes_letters]
    if not by_email:
        return None
    found = ((target, standing(page.id, target.id, supporter.id)) for target in by_email)
    written = {target.id: letter for target, letter in found if letter is not None}
    form = form or letter_form(
        page, language, known=known, among=lambda target: target.takes_letters and target.id not in written
    )
    left = [target for target in form.to.targets if target.id not in written]
    if not (left or written or form.is_typed) and reached(chosen_of(page), form.to.country):
        return None
    return Writing(
        written=[_to(target, language, written[target.id]) for target in by_email if target.id in written],
        form=form if left or not written else None,
        left=[_to(target, language, sentences=disclosures(page, target, language)) for target in left],
        discloses=(
            gettext(language, "the name that you chose above, or none"),
            gettext(language, "your email address, so that they can answer, if you choose your full name"),
            gettext(language, "the words of your letter"),
        ),
    )


def typed_letter(page: Page, known: Mapping[str, str], supporter: Supporter, language: str) -> LetterForm:
    """What the request holds; its button says nothing but "send", so it goes by email."""
    seen = request.form.get("seen", "").split()

    def is_offered(target: Target) -> bool:
        return target.takes_letters and (target.slug in seen or standing(page.id, target.id, supporter.id) is None)

    form = letter_form(page, language, known=known, typed=True, among=is_offered)
    form.by.data = EMAIL
    return form


def undo_letter(letter: Letter) -> bool:
    """False if it has gone already."""
    return letter.supporter_id is not None and letters.undo(letter, by=owner(letter.supporter_id))


def _to(target: Target, language: str, letter: Letter | None = None, sentences: Sequence[str] = ()) -> ToWhom:
    return ToWhom(name_in(target, language), state_in(target, language), sentences, letter)
