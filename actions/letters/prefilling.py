"""A form for a letter, as a page makes it: stamped, with the model letter, and with what we may fill in."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, TypeVar

from flask import request
from werkzeug.datastructures import MultiDict

from actions.consents.models import ConsentPurpose
from actions.consents.queries import sentence, texts_for
from actions.letters import queries
from actions.letters.addressing import LetterTo, Offers
from actions.letters.content import words_of
from actions.letters.fields import with_words
from actions.letters.forms import LetterForm
from actions.letters.keeping import TEXTS, Text, addressed, kept
from actions.letters.models import LetterState
from actions.letters.paper_form import PaperForm
from actions.letters.wording import Suggestion, suggested
from actions.lists.queries import name_in as list_name_in
from actions.lists.queries import the_list
from actions.pages.model_letters import model_letters
from actions.pages.models import Page
from actions.pages.privacy import named_for
from actions.pages.queries import chosen_of, wording
from actions.pages.reaching import asks_country, reached
from actions.supporters.models import Supporter
from actions.targets.models import Target
from email_templates.language import countries

LONGEST_NUMBER = 3
Form = TypeVar("Form", bound=LetterForm)


def letter_form(  # noqa: PLR0913  # what the page around it decides
    page: Page,
    language: str,
    *,
    proven: Supporter | None = None,
    known: Mapping[str, str] = MappingProxyType({}),
    typed: bool = False,
    among: Callable[[Target], bool] = bool,
) -> LetterForm:
    """The form for a page: stamped, with the model letter; with what the request holds when `typed`.

    `proven` may change what we know of them; what is `known` is not even shown, because a link may be forwarded.
    `among`: only such targets are written to.
    """
    return _made(LetterForm, page, language, proven=proven, known=known, typed=typed, among=among)


def paper_form(page: Page, language: str) -> PaperForm:
    """What the request holds, on its way to paper."""
    return _made(PaperForm, page, language, typed=True)


def goes_on_writing(form: LetterForm) -> bool:
    """Whether a button was pressed that sends nothing.

    It adds a sentence, comes back to the letter, or asks whom it reaches from another country.
    """
    asked = request.form.get("add")
    number, _, code = (asked or "").partition("_")
    part = next((part for part in form.parts if part.end.strip("_") == code), None)
    if part is not None and number.isascii() and number.isdigit():
        part.body.data = part.aids.with_sentence(int(number[:LONGEST_NUMBER]))
    return asked is not None


def _made(  # noqa: PLR0913  # as letter_form
    kind: type[Form],
    page: Page,
    language: str,
    *,
    proven: Supporter | None = None,
    known: Mapping[str, str] = MappingProxyType({}),
    typed: bool = False,
    among: Callable[[Target], bool] = bool,
) -> Form:
    joined = the_list()
    to = _letter_to(page, language, proven, _country(language, proven, known, typed=typed), among)
    texts = texts_for([ConsentPurpose.CASE_NEWS, ConsentPurpose.LIST], language)
    codes = list(dict.fromkeys([to.suggestion.language, *(said.language for said in to.each.values())]))
    slugs = [target.slug for target in to.targets]
    told: MultiDict[str, str] | None = None
    homeless, aside = dict[str, Text](), dict[str, str]()
    if typed:
        told, homeless = kept(request.form, codes, _models(page))
        told, aside = addressed(told, slugs, {target.slug for target in to.every_target})
    form = with_words(kind, codes[1:], slugs)(
        told,
        language=language,
        to=to,
        offers=Offers(
            list_id=joined.id,
            case_news=texts[ConsentPurpose.CASE_NEWS],
            list=texts[ConsentPurpose.LIST],
        ),
        proven=proven is not None or bool(known),
        known=known,
        **_prefilled(proven, to),
    )
    form.homeless, form.aside = homeless, aside
    form.news.label.text = sentence(form.offers.case_news, page=to.title)
    form.join.label.text = sentence(form.offers.list, list=list_name_in(joined, language))
    if not typed:
        form.fresh_stamp()
    return form


def _letter_to(
    page: Page, language: str, proven: Supporter | None, country: str, among: Callable[[Target], bool]
) -> LetterTo:
    chosen = chosen_of(page)
    targets = [target for target in reached(chosen, country) if among(target)]
    wanted = request.values.get("letter", "")
    each = {one.id: _held(page, one, proven, language) or suggested(page, one, language, wanted) for one in targets}
    target = next(iter(targets), chosen[0].target)
    return LetterTo(
        slug=page.slug,
        page_id=page.id,
        title=wording(page, language).title,
        flagged=page.flagged,
        targets=targets,
        target=target,
        suggestion=each.get(target.id) or suggested(page, target, language, wanted),
        each=each,
        by_country=asks_country(chosen),
        country=country,
        every_target=[one.target for one in chosen],
        named=named_for(page, language, country),
        least_own_share=page.least_own_share,
    )


def _country(language: str, proven: Supporter | None, known: Mapping[str, str], *, typed: bool) -> str:
    """Where the writer lives, as far as we know or they say; empty for what is no country."""
    said = request.form if typed else request.args
    otherwise = (proven.country if proven else "") or ""
    country = known.get("country") or said.get("country", otherwise)
    return country if country in dict(countries(language)) else ""


def _models(page: Page) -> dict[str, Text]:
    """Language -> our subject and body."""
    return {code: {name: getattr(model, name) for name in TEXTS} for code, model in model_letters(page).items()}


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


def _prefilled(proven: Supporter | None, to: LetterTo) -> dict[str, Any]:
    asked = request.args.getlist("target")
    ticked = [target.slug for target in to.targets if target.slug in asked]
    values: dict[str, Any] = {"country": to.country, "letter": request.args.get("letter", "")}
    if ticked:
        values["target"] = ticked
    if proven is None:
        return values
    return values | {
        "first_name": proven.first_name or "",
        "last_name": proven.last_name or "",
        "next": request.values.get("next", ""),
    }
