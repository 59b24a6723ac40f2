"""Who may open which screen: deny by default, one role named by each view (W-01, W-08)."""

import time
from collections.abc import Callable
from datetime import timedelta
from typing import Any, TypeVar, cast
from urllib.parse import urlsplit

import structlog
from flask import Blueprint, abort, current_app, redirect, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from flask_wtf.csrf import CSRFError, generate_csrf, validate_csrf
from wtforms import ValidationError

from actions.actors import Actor, Role
from actions.config import settings
from actions.staff import unsaved
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from actions.staff.sessions import PATH

View = TypeVar("View", bound=Callable[..., Any])
SAFE = frozenset({"GET", "HEAD", "OPTIONS"})
# What is sensitive asks for the password again after this time (W-06); a form that was open meanwhile has some more.
RECENT = timedelta(minutes=15)
WHILE_TYPING = timedelta(minutes=15)
CODE_FORM = "security.two_factor_token_validation"
ROLE, MUST_BE_RECENT = "_allowed_role", "_must_be_recent"
log = structlog.get_logger()


class NotAllowed(Exception):
    """The member lacks `role`."""

    def __init__(self, role: StaffRole) -> None:
        super().__init__(role)
        self.role = role


class FromElsewhere(Exception):
    """A form that another site sent, or whose page has become too old."""


def allowed(role: StaffRole) -> Callable[[View], View]:
    """Marks a view with the role it needs. One that is not marked is refused to everybody."""

    def mark(view: View) -> View:
        setattr(view, ROLE, role)
        return view

    return mark


def recently(view: View) -> View:
    """Marks a view that wants to be sure who sits there."""
    setattr(view, MUST_BE_RECENT, True)
    return view


def desk_blueprint(name: str, path: str) -> Blueprint:
    """Under /desk + `path`; all its views are for members alone."""
    blueprint = Blueprint(name, __name__, url_prefix=PATH + path)
    blueprint.before_request(_guard)
    blueprint.after_request(_keep_nothing)
    return blueprint


def me() -> Staff:
    """Who is signed in; only within a desk view."""
    return cast("Staff", current_user._get_current_object())  # noqa: SLF001  # the row, not werkzeug's proxy of it


def acting() -> Actor:
    return Actor(Role.STAFF, me().id)


def csrf_token() -> str:
    return str(generate_csrf())


def refuse_what_comes_from_elsewhere() -> None:
    """Raises FromElsewhere for an unsafe request without our token, or one that a browser says is another site's."""
    if request.method in SAFE:
        return
    if not _may_be_ours():
        raise FromElsewhere
    try:
        validate_csrf(request.form.get("csrf_token") or request.headers.get("X-CSRF-Token"))
    except (CSRFError, ValidationError) as error:
        raise FromElsewhere from error


def _may_be_ours() -> bool:
    """As far as the browser says; an old one says nothing."""
    ours, said = urlsplit(settings().base_url), urlsplit(request.headers.get("Origin", ""))
    is_foreign = request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}
    return not is_foreign and (not said.netloc or (said.scheme, said.netloc) == (ours.scheme, ours.netloc))


def stay_signed_in() -> ResponseReturnValue | None:
    """Flask-Security's form for a code ends the session of whoever opens it unasked, and nothing may change on GET."""
    if request.endpoint == CODE_FORM and request.method in SAFE and current_user.is_authenticated:
        return redirect(PATH, 303)
    return None


def _guard() -> ResponseReturnValue | None:
    view = current_app.view_functions[str(request.endpoint)]
    if not current_user.is_authenticated:
        way_back = unsaved.SCREEN if _words_are_kept(view) else _way_back()
        return redirect(url_for("security.login", next=way_back), 303)
    role: StaffRole | None = getattr(view, ROLE, None)
    if role is None:
        abort(404)
    if not me().may(role):
        log.warning("not allowed", staff=me().id, role=role.value, endpoint=request.endpoint)
        raise NotAllowed(role)
    # This reads the form, so it comes after what needs none of it.
    try:
        refuse_what_comes_from_elsewhere()
    except FromElsewhere:
        # Its writer has signed in anew in another window meanwhile.
        if me().may(StaffRole.EDITOR) and _words_are_kept(view):
            return redirect(unsaved.SCREEN, 303)
        raise
    if request.method not in SAFE and unsaved.is_kept(view):
        unsaved.let_go(request.path)
    if getattr(view, MUST_BE_RECENT, False) and not _is_recent():
        return redirect(url_for("security.verify", next=_way_back()), 303)
    return None


def _words_are_kept(view: Callable[..., Any]) -> bool:
    """Only of a form that the browser itself says is ours: whoever signs in next is asked to send it."""
    says_so = request.headers.get("Sec-Fetch-Site") == "same-origin" or bool(request.headers.get("Origin"))
    is_ours = request.method not in SAFE and says_so and _may_be_ours()
    return is_ours and unsaved.is_kept(view) and unsaved.keep()


def _is_recent() -> bool:
    limit = RECENT if request.method in SAFE else RECENT + WHILE_TYPING
    return time.time() - float(session.get("fs_paa", 0)) <= limit.total_seconds()


def _way_back() -> str:
    """A path of the desk, never another site."""
    return request.full_path.rstrip("?") if request.method in SAFE else PATH


def _keep_nothing(response: Any) -> Any:  # noqa: ANN401  # Flask's own
    response.headers["Cache-Control"] = "no-store"
    return response
