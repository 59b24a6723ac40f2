"""Home and the action page."""

from collections.abc import Mapping
from typing import Any

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue

from actions.consents.queries import NoConsentText
from actions.letters.prefilling import letter_form
from actions.lists.queries import NoList, description_in, name_in, the_list
from actions.pages.models import PageWording
from actions.pages.queries import ended_pages, open_pages, public_page, takes_letters, takes_signatures, wordings
from actions.rendering import gettext, render_page, request_language
from actions.signatures.views import sign_form
from actions.signups.views import join_form
from actions.site.shared import shared
from actions.site.showing import ShownPage, cards, show_page
from email_templates.language import LANGUAGES

blueprint = Blueprint("site", __name__)


@blueprint.get("/")
def home() -> ResponseReturnValue:
    return shared(_home)


def _home() -> Response:
    language = request_language()
    return render_page(
        "site/home.html",
        language=language,
        cards=cards(open_pages(), language),
        ended=cards(ended_pages(), language),
        **join_context(language),
    )


@blueprint.get("/a/<slug>")
def action_page(slug: str) -> ResponseReturnValue:
    # Whoever says where they live, or whom they write to, gets a page of their own.
    return _action_page(slug) if {"target", "country"} & set(request.args) else shared(lambda: _action_page(slug))


def _action_page(slug: str) -> Response:
    page = public_page(slug)
    words = wordings(page)
    language = request_language(tuple(words), page.default_language)
    shown = show_page(page, language, words)
    return render_page(
        "site/action.html",
        language=language,
        page_languages=[code for code in LANGUAGES if code in words],
        shown=shown,
        page=page,
        wording=shown.wording,
        missing=_missing_language(words, language),
        **join_context(language, page.slug),
        **(acts_context(shown, language) if shown.takes_acts else {}),
    )


def acts_context(shown: ShownPage, language: str) -> dict[str, Any]:
    """The forms of the acts that this page takes."""
    forms: dict[str, Any] = {}
    if takes_signatures(shown.page):
        forms["sign_form"] = sign_form(shown.page, language)
    if shown.targets and takes_letters(shown.page):
        forms["letter_form"] = letter_form(shown.page, language)
    return forms


def join_context(language: str, source: str = "join") -> dict[str, Any]:
    """The form to join the list; nothing before one is set up."""
    try:
        joined = the_list()
        form = join_form(language, source=source)
    except (NoList, NoConsentText):
        return {"join_form": None}
    return {
        "join_form": form,
        "joined_name": name_in(joined, language),
        "joined_description": description_in(joined, language),
    }


def _missing_language(words: Mapping[str, PageWording], language: str) -> dict[str, Any] | None:
    """What to say to a reader whose language the page is not there in, in that language."""
    wanted = request_language(tuple(LANGUAGES), fallback=language)
    asked = request.args.get("lang", "")
    if wanted in words or (asked and asked in words):
        return None
    return {
        "language": LANGUAGES[wanted],
        "words": gettext(
            wanted,
            "This page is not there in your language yet. You read it in %(shown)s.",
            shown=LANGUAGES[language].name_in_itself,
        ),
    }
