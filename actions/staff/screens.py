"""A screen of the desk as its reader sees it."""

from collections.abc import Iterator
from typing import Any, NamedTuple

from flask import Response, current_app, make_response, request
from flask_login import current_user

from actions.assets import asset_url
from actions.rendering import environment
from actions.staff.access import csrf_token
from actions.staff.sessions import PATH
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


class Place(NamedTuple):
    label: str
    url: str
    is_current: bool


def render_desk(template: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401  # what a template shows is of every type
    """`template` under templates/desk; the member, their language, the way around and the token of forms are given."""
    return make_response(desk_text(template, **context), status)


def desk_text(template: str, **context: Any) -> str:  # noqa: ANN401  # as above
    member = current_user if current_user.is_authenticated else None
    # The desk speaks English until its own catalogue is there.
    given = {
        "language": language_of(SOURCE_LANGUAGE),
        "asset_url": asset_url,
        "csrf_token": csrf_token,
        "me": member,
        "navigation": list(_navigation()) if member else [],
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
