"""Facts become answers in one place: the status, and a page in the reader's language that says what to do."""

from collections.abc import Iterable
from typing import Any

import structlog
from flask import Flask, Request, request
from flask.typing import ResponseReturnValue
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionFree
from werkzeug.datastructures import ImmutableMultiDict, MultiDict
from werkzeug.exceptions import HTTPException, InternalServerError, NotFound, RequestEntityTooLarge

from actions import rate_limits
from actions.extensions import db
from actions.rendering import render_page, request_language
from actions.tokens import ExpiredToken, InvalidToken

log = structlog.get_logger()


class Typed(ImmutableMultiDict[str, Any]):
    """A form, or what stands after a question mark: without NUL, which nobody types and PostgreSQL's texts lack."""

    def __init__(self, typed: Iterable[tuple[str, Any]] | MultiDict[str, Any] = ()) -> None:
        pairs = typed.items(multi=True) if isinstance(typed, MultiDict) else typed
        super().__init__([(name, one.replace("\0", "") if isinstance(one, str) else one) for name, one in pairs])


class WithoutNul(Request):
    parameter_storage_class = Typed


def install(app: Flask) -> None:
    app.request_class = WithoutNul
    app.before_request(_refuse_nul)
    app.register_error_handler(ExpiredToken, _expired)
    app.register_error_handler(InvalidToken, _invalid)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _broken)
    for away in (OperationalError, InterfaceError, NoConnectionFree):
        app.register_error_handler(away, _away)


def _refuse_nul() -> None:
    """Nothing of ours lies under such a path, and PostgreSQL cannot even be asked: its texts hold no NUL."""
    if "\0" in request.path:
        raise NotFound


def error_page(fact: str, status: int) -> ResponseReturnValue:
    """`templates/errors/<fact>.html`."""
    return render_page(f"errors/{fact}.html", language=request_language(), status=status, page_languages=())


def _expired(_: ExpiredToken) -> ResponseReturnValue:
    return error_page("expired_link", 410)


def _invalid(_: InvalidToken) -> ResponseReturnValue:
    if rate_limits.guesses_links():
        return error_page("too_many", 429)
    return error_page("invalid_link", 404)


def _http(error: HTTPException) -> ResponseReturnValue:
    status = error.code or InternalServerError.code
    if status < 400:  # noqa: PLR2004  # a redirect is no error
        return error.get_response()
    # A form that is too large cannot be read, and the page that says so must not try.
    language = request_language(read_form=status != RequestEntityTooLarge.code)
    known = {404: "not_found", 405: "not_found", 413: "too_large", 429: "too_many", 400: "not_understood"}
    response = render_page(
        f"errors/{known.get(status, 'broken')}.html", language=language, status=status, page_languages=()
    )
    if status == 405:  # noqa: PLR2004  # RFC 9110 §15.5.6 wants Allow
        response.headers["Allow"] = error.get_response().headers.get("Allow", "")
    return response


def _away(error: Exception) -> ResponseReturnValue:
    """The database does not answer: nothing was accepted, and we say so."""
    log.error("the database is away", error=type(error).__name__)
    _let_go()
    answer = render_page("errors/away.html", language=request_language(), status=503, page_languages=())
    answer.headers["Retry-After"] = "60"
    return answer


def _broken(error: Exception) -> ResponseReturnValue:
    # The traceback's own words may quote what was typed, so only its type and place are kept.
    place = error.__traceback__
    while place and place.tb_next:
        place = place.tb_next
    where = f"{place.tb_frame.f_code.co_filename}:{place.tb_lineno}" if place else ""
    log.error("a page broke", error=type(error).__name__, where=where)
    _let_go()
    return error_page("broken", 500)


def _let_go() -> None:
    try:
        db.session.rollback()
    except Exception as error:  # noqa: BLE001  # the connection is gone already; the page must still be shown
        log.warning("the session could not be rolled back", error=type(error).__name__)
        db.session.remove()
