"""After an act: it counts, and what one may do next, prefilled and without a second mail."""

from datetime import timedelta
from typing import Any

from flask import Blueprint, request
from flask.typing import ResponseReturnValue

from actions import clock
from actions.config import settings
from actions.confirmations.continuing import continued_by
from actions.extensions import db
from actions.letters.prefilling import letter_form
from actions.letters.queries import written_since
from actions.pages.models import Page
from actions.pages.queries import (
    languages,
    open_pages,
    public_page,
    takes_acts,
    takes_letters,
    takes_signatures,
    targets_of,
    wording,
)
from actions.rendering import render_page, request_language
from actions.signatures.queries import standing
from actions.signatures.views import sign_form
from actions.site.showing import cards
from actions.supporters.models import Supporter
from actions.targets.models import Target
from actions.targets.queries import name_in

blueprint = Blueprint("thanks", __name__)
MOST_NEXT_PAGES = 3
# As long as the link lasts by which one goes on.
JUST_NOW = timedelta(minutes=30)


@blueprint.get("/a/<slug>/thanks")
def show(slug: str) -> ResponseReturnValue:
    page = public_page(slug)
    language = request_language(languages(page), page.default_language)
    proven = continued_by(request.args.get("next", ""), page.id)
    written = _written(page, proven)
    others = [other for other in open_pages() if other.id != page.id]
    return render_page(
        "site/thanks.html",
        language=language,
        page_languages=(),
        page=page,
        wording=wording(page, language),
        done=request.args.get("done", ""),
        written_to=[name_in(target, language) for target in written],
        in_bundles=all(target.takes_bundles for target in written or targets_of(page)),
        signed=_signed(page, proven),
        count=_count(page, proven),
        page_url=f"{settings().base_url}/a/{page.slug}",
        cards=cards(others[:MOST_NEXT_PAGES], language),
        **_next_step(page, proven, language),
    )


def _written(page: Page, proven: Supporter | None) -> list[Target]:
    """Whom they wrote to just now, as far as the link that they came with says who they are."""
    if proven is None:
        return []
    letters = written_since(page.id, proven.id, clock.now() - JUST_NOW)
    return [db.session.get_one(Target, letter.target_id) for letter in letters]


def _next_step(page: Page, proven: Supporter | None, language: str) -> dict[str, Any]:
    """The act that is left to do on this page: to write for who signed, to sign for who wrote."""
    if not takes_acts(page):
        return {}
    if request.args.get("done") == "signature" or _signed(page, proven):
        return {"letter_form": letter_form(page, language, proven=proven)} if takes_letters(page) else {}
    return {"sign_form": sign_form(page, language, proven=proven)} if takes_signatures(page) else {}


def _signed(page: Page, proven: Supporter | None) -> bool:
    return proven is not None and standing(page.id, proven.id) is not None


def _count(page: Page, proven: Supporter | None) -> int:
    """The page's number, with the reader's own signature where the next count has yet to add it."""
    own = standing(page.id, proven.id) if proven is not None else None
    return page.signature_count + int(own is not None and not own.tallied)
