"""A page as its readers will see it, before they do: with what oneself is writing, and without effect."""

from typing import Any

from flask import Response, request
from flask.typing import ResponseReturnValue

from actions import clock
from actions.consents.queries import NoConsentText
from actions.extensions import db
from actions.lists.queries import NoList
from actions.pages.drafts import draft_of
from actions.pages.listing import title_of
from actions.pages.models import Page, PageState, PageWording
from actions.pages.queries import standing_words
from actions.pages.words import PageWords
from actions.rendering import render_page
from actions.security_headers import POLICY
from actions.site.showing import ShownPage, show_page
from actions.site.views import acts_context, join_context
from actions.staff.access import allowed, desk_blueprint, me
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from email_templates.language import LANGUAGES

blueprint = desk_blueprint("preview_desk", "/pages")
WIDTHS = {"phone": "Phone", "wide": "Wide"}
# Only our own desk may frame it, and in the frame no script runs and no form is sent.
FRAMED = POLICY.replace("frame-ancestors 'none'", "frame-ancestors 'self'") + "; sandbox allow-same-origin"
FRAMES = f"{POLICY}; frame-src 'self'"


@blueprint.get("/<int:page_id>/preview")
@allowed(StaffRole.VIEWER)
def preview(page_id: int) -> ResponseReturnValue:
    page = db.get_or_404(Page, page_id)
    words = _words(page)
    answer = render_desk(
        "desk/pages/preview.html",
        page=page,
        title=title_of(page),
        shown_language=_language(page, words),
        languages=[LANGUAGES[code] for code in words],
        width=request.args.get("width", "") if request.args.get("width") in WIDTHS else "phone",
        widths=WIDTHS,
    )
    answer.headers["Content-Security-Policy"] = FRAMES
    return answer


@blueprint.get("/<int:page_id>/preview/frame")
@allowed(StaffRole.VIEWER)
def frame(page_id: int) -> ResponseReturnValue:
    page = db.get_or_404(Page, page_id)
    words = _words(page)
    language = _language(page, words)
    shown = show_page(page, language, words, as_open=page.state is PageState.DRAFT)
    answer = render_page(
        "site/action.html",
        language=language,
        page_languages=[],
        shown=shown,
        page=page,
        wording=shown.wording,
        missing=None,
        **_forms(shown, language),
    )
    return _framed(answer)


def _words(page: Page) -> dict[str, PageWording]:
    """The words that stand, and over them what this member of staff has not saved yet."""
    written: dict[str, PageWords] = standing_words(page)
    for code in LANGUAGES:
        draft = draft_of(page, code, me().id)
        if draft is not None:
            written[code] = PageWords.from_json(draft.words).sanitised()
    return {code: _as_row(page, code, words) for code, words in written.items()}


def _as_row(page: Page, language: str, words: PageWords) -> PageWording:
    """Of no session, so it is never written."""
    return PageWording(
        page_id=page.id, version=page.version, language=language, created_at=clock.now(), **words.to_json()
    )


def _language(page: Page, words: dict[str, PageWording]) -> str:
    asked = request.args.get("lang", "")
    return asked if asked in words else page.default_language


def _forms(shown: ShownPage, language: str) -> dict[str, Any]:
    """Without a list or the sentences that one agrees to there are no forms yet; the rest can be looked at."""
    try:
        return {
            **join_context(language, shown.page.slug),
            **(acts_context(shown, language) if shown.takes_acts else {}),
        }
    except (NoList, NoConsentText):
        return {"join_form": None}


def _framed(answer: Response) -> Response:
    answer.headers["Content-Security-Policy"] = FRAMED
    answer.headers["X-Robots-Tag"] = "noindex"
    return answer
