"""A screen of the desk as its reader sees it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import Response, current_app, make_response, request
from flask_login import current_user

from actions.assets import asset_url
from actions.rendering import environment
from actions.security_headers import KEEPS
from actions.staff.access import csrf_token
from actions.staff.sessions import PATH, is_asked_again
from actions.staff.unsaved import SCREEN, unsaved
from actions.staff.zones import local_day, local_time, zone_words
from email_templates.language import SOURCE_LANGUAGE, language_of

PLACES = (
    ("Today", PATH),
    ("Pages", f"{PATH}/pages"),
    ("Mailings", f"{PATH}/mailings"),
    ("People", f"{PATH}/people"),
    ("Letters", f"{PATH}/letters"),
    ("Targets", f"{PATH}/targets"),
    ("Settings", f"{PATH}/settings"),
)


STILL, WATCHED = "still", "watch"
# htmx's own: take this, and ask no more.
ASK_NO_MORE = 286


class Place(NamedTuple):
    label: str
    url: str
    is_current: bool


def render_desk(template: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401  # what a template shows is of every type
    """`template` under templates/desk; the member, their language, the way around and the token of forms are given."""
    return make_response(desk_text(template, **context), status)


def render_live(template: str, *, going: bool, **context: Any) -> Response:  # noqa: ANN401  # as above
    """A screen of something that is going on. Its script asks for it again and gets <main> alone, until it is over or
    its reader wants it still; without scripts it comes again as a whole where the reader has asked for that.
    """
    live = going and STILL not in request.args
    answer = render_desk(template, going=going, live=live, watched=live and WATCHED in request.args, **context)
    answer.headers["Content-Security-Policy"] = KEEPS
    if is_asked_again() and not live:
        answer.status_code = ASK_NO_MORE
    return answer


def desk_text(template: str, **context: Any) -> str:  # noqa: ANN401  # as above
    member = current_user if current_user.is_authenticated else None
    # The desk speaks English until its own catalogue is there.
    given = {
        "language": language_of(SOURCE_LANGUAGE),
        "asset_url": asset_url,
        "csrf_token": csrf_token,
        "local_time": local_time,
        "local_day": local_day,
        "zone_words": zone_words,
        "me": member,
        "has_unsaved": member is not None and request.path != SCREEN and unsaved() is not None,
        "navigation": list(_navigation()) if member else [],
        "is_fragment": is_asked_again(),
        "here": request.path,
        **context,
    }
    return environment(SOURCE_LANGUAGE).get_template(template).render(given)


def _navigation() -> Iterator[Place]:
    """The places that exist."""
    known = {rule.rule for rule in current_app.url_map.iter_rules()}
    for label, url in PLACES:
        if url in known:
            is_current = request.path == url or (url != PATH and request.path.startswith(f"{url}/"))
            yield Place(label, url, is_current)
