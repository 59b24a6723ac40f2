"""Sign a petition: the form on its own page, and where every sign form goes."""

from collections.abc import Mapping
from types import MappingProxyType

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from actions import rate_limits
from actions.actors import VISITOR
from actions.confirmations.continuing import continued_by
from actions.confirmations.operations import open_link
from actions.confirmations.views import check_your_email
from actions.consents.models import ConsentPurpose
from actions.consents.queries import sentence, texts_for
from actions.lists.queries import name_in, the_list
from actions.pages.models import Page
from actions.pages.privacy import named_for
from actions.pages.queries import languages, page_to_sign, wording
from actions.rendering import render_page, request_language
from actions.signatures import operations
from actions.signatures.forms import ConsentTexts, SignForm
from actions.supporters import operations as supporters
from actions.supporters.models import Supporter
from actions.transaction import transaction

blueprint = Blueprint("signatures", __name__)
BOXES = (ConsentPurpose.SIGN, ConsentPurpose.SHOW_NAME, ConsentPurpose.CASE_NEWS, ConsentPurpose.LIST)


@blueprint.get("/a/<slug>/sign")
def show(slug: str) -> ResponseReturnValue:
    page = page_to_sign(slug)
    language = request_language(languages(page), page.default_language)
    proven = continued_by(request.args.get("next", ""), page.id)
    return _form_page(sign_form(page, language, proven=proven), page, language)


@blueprint.post("/a/<slug>/sign")
def sign(slug: str) -> ResponseReturnValue:
    page = page_to_sign(slug)
    language = request_language(languages(page), page.default_language)
    proven = continued_by(request.form.get("next", ""), page.id)
    form = sign_form(page, language, proven=proven, typed=True)
    if not form.validate():
        return _form_page(form, page, language, status=422)
    if proven is not None:
        return _sign_at_once(form, page, proven, language)
    delay = rate_limits.network_delay()
    with transaction():
        supporter = supporters.find_or_add(
            form.address, language=language, source=page.slug, acts=operations.ACTS, by=VISITOR
        )
        operations.sign(form.wish(), page, supporter, language=language, network_delay=delay, by=VISITOR)
    return check_your_email(form.address.original, language)


def sign_form(
    page: Page,
    language: str,
    *,
    proven: Supporter | None = None,
    known: Mapping[str, str] = MappingProxyType({}),
    typed: bool = False,
) -> SignForm:
    """The form for a page: stamped and prefilled; with what the request holds when `typed`.

    `proven` may change what we know of them; what is `known` is not even shown, because a link may be forwarded.
    """
    prefilled: dict[str, str] = {}
    if proven is not None:
        prefilled = {
            "first_name": proven.first_name or "",
            "last_name": proven.last_name or "",
            "country": proven.country or "",
            "next": request.values.get("next", ""),
        }
    joined = the_list()
    texts = texts_for(BOXES, language)
    form = SignForm(
        request.form if typed else None,
        language=language,
        slug=page.slug,
        page_id=page.id,
        list_id=joined.id,
        texts=ConsentTexts(
            sign=texts[ConsentPurpose.SIGN],
            show_name=texts[ConsentPurpose.SHOW_NAME],
            case_news=texts[ConsentPurpose.CASE_NEWS],
            list=texts[ConsentPurpose.LIST],
        ),
        named=named_for(page, language),
        proven=proven is not None or bool(known),
        known=known,
        **prefilled,
    )
    form.news.label.text = sentence(form.texts.case_news, page=wording(page, language).title)
    form.join.label.text = sentence(form.texts.list, list=name_in(joined, language))
    if not typed:
        form.fresh_stamp()
    return form


def _sign_at_once(form: SignForm, page: Page, proven: Supporter, language: str) -> ResponseReturnValue:
    """The mailbox was proven a moment ago: on to the confirm page, without a second mail."""
    with transaction():
        confirmation = operations.sign(form.wish(), page, proven, language=language, mail=False, by=VISITOR)
        link = open_link(confirmation, proven) if confirmation else None
    if link is None:
        return redirect(f"/a/{page.slug}/thanks?done={operations.KIND}&lang={language}", code=303)
    return redirect(f"/c/{link}", code=303)


def _form_page(form: SignForm, page: Page, language: str, status: int = 200) -> ResponseReturnValue:
    form.fresh_stamp()
    return render_page(
        "signatures/sign.html",
        language=language,
        status=status,
        page_languages=languages(page),
        sign_form=form,
        page=page,
        wording=wording(page, language),
    )
