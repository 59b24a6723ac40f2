"""What a page says that takes no more acts, and one that was never there: never an act in someone's name."""

from flask import Blueprint
from flask.typing import ResponseReturnValue

from actions.pages.queries import (
    NoSuchPage,
    PageClosed,
    languages,
    newest_update,
    open_pages,
    update_words,
    wording,
    wordings_of,
)
from actions.rendering import render_page, request_language

blueprint = Blueprint("closed", __name__)


@blueprint.app_errorhandler(PageClosed)
def show_closed(fact: PageClosed) -> ResponseReturnValue:
    """410, what came of it, and where else to act."""
    page = fact.page
    language = request_language(languages(page), page.default_language)
    update = newest_update(page)
    others = [other for other in open_pages() if other.id != page.id][:3]
    return render_page(
        "site/closed.html",
        language=language,
        status=410,
        page_languages=(),
        page=page,
        wording=wording(page, language),
        headline=update_words(update, language, page.default_language)["headline"] if update else "",
        update=update,
        others=[(other, wordings_of(others, language)[other.id]) for other in others],
    )


@blueprint.app_errorhandler(NoSuchPage)
def show_missing(_: NoSuchPage) -> ResponseReturnValue:
    return render_page("errors/not_found.html", language=request_language(), status=404, page_languages=())
