"""A form for a letter, as a page makes it: stamped, with the model letter, and with what we may fill in."""

from collections.abc import Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import TypeVar

from flask import request

from actions.consents.models import ConsentPurpose
from actions.consents.queries import sentence, texts_for
from actions.letters import queries
from actions.letters.content import words_of
from actions.letters.forms import LetterForm, LetterTo, Offers, PaperForm
from actions.letters.models import LetterState
from actions.letters.wording import Suggestion, suggested
from actions.lists.queries import name_in as list_name_in
from actions.lists.queries import the_list
from actions.pages.model_letters import model_letters
from actions.pages.models import Page
from actions.pages.queries import targets_of, wording
from actions.supporters.models import Supporter
from actions.targets.models import Target

LONGEST_NUMBER = 3
Form = TypeVar("Form", bound=LetterForm)


def letter_form(
    page: Page,
    language: str,
    *,
    proven: Supporter | None = None,
    known: Mapping[str, str] = MappingProxyType({}),
    typed: bool = False,
) -> LetterForm:
    """The form for a page: stamped, with the model letter; with what the request holds when `typed`.

    `proven` may change what we know of them; what is `known` is not even shown, because a link may be forwarded.
    """
    return _made(LetterForm, page, language, proven=proven, known=known, typed=typed)


def paper_form(page: Page, language: str) -> PaperForm:
    """What the request holds, on its way to paper."""
    return _made(PaperForm, page, language, typed=True)


def goes_on_writing(form: LetterForm) -> bool:
    """Whether a button was pressed that sends nothing: it adds a sentence, or comes back to the letter."""
    asked = request.form.get("add")
    if asked is not None and asked.isascii() and asked.isdigit():
        form.body.data = form.aids.with_sentence(int(asked[:LONGEST_NUMBER]))
    return asked is not None


def _made(  # noqa: PLR0913  # as letter_form
    kind: type[Form],
    page: Page,
    language: str,
    *,
    proven: Supporter | None = None,
    known: Mapping[str, str] = MappingProxyType({}),
    typed: bool = False,
) -> Form:
    joined = the_list()
    to = _letter_to(page, language, proven)
    texts = texts_for([ConsentPurpose.CASE_NEWS, ConsentPurpose.LIST], language)
    form = kind(
        request.form if typed else None,
        language=language,
        to=to,
        offers=Offers(
            list_id=joined.id,
            case_news=texts[ConsentPurpose.CASE_NEWS],
            list=texts[ConsentPurpose.LIST],
        ),
        proven=proven is not None or bool(known),
        known=known,
        **_prefilled(proven),
    )
    if typed:
        _follow_language(form, page)
    form.news.label.text = sentence(form.offers.case_news, page=to.title)
    form.join.label.text = sentence(form.offers.list, list=list_name_in(joined, language))
    if not typed:
        form.fresh_stamp()
    return form


def _follow_language(form: LetterForm, page: Page) -> None:
    """Whoever chose a target that is written to in another language, and left our words alone, means that letter."""
    mine = form.to.suggestion.words
    for model in model_letters(page).values():
        for field, ours, instead in (
            (form.subject, model.subject, mine.subject),
            (form.body, model.body, mine.body),
        ):
            if ours != instead and (field.data or "").split() == ours.split():
                field.data = instead


def _letter_to(page: Page, language: str, proven: Supporter | None) -> LetterTo:
    targets = targets_of(page)
    asked = request.values.get("target", "")
    target = next((one for one in targets if one.slug == asked), targets[0])
    return LetterTo(
        slug=page.slug,
        page_id=page.id,
        title=wording(page, language).title,
        flagged=page.flagged,
        targets=targets,
        target=target,
        suggestion=_held(page, target, proven, language)
        or suggested(page, target, language, request.values.get("letter", "")),
        least_own_share=page.least_own_share,
    )


def _held(page: Page, target: Target, proven: Supporter | None, language: str) -> Suggestion | None:
    """The letter that waits for its writer since the page's words changed: it can be changed and sent anew."""
    before = queries.standing(page.id, target.id, proven.id) if proven else None
    if before is None or before.state is not LetterState.HELD:
        return None
    words = words_of(before)
    if words is None:
        return None
    model = suggested(page, target, language, before.language)
    return replace(model, words=words, language=before.language, points=(), offered=())


def _prefilled(proven: Supporter | None) -> dict[str, str]:
    if proven is None:
        return {}
    return {
        "first_name": proven.first_name or "",
        "last_name": proven.last_name or "",
        "country": proven.country or "",
        "next": request.values.get("next", ""),
    }
