"""What a browser sent after its session had ended: it waits, sealed, in the next one until it is sent again."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from flask import request, session
from flask_login import current_user

from actions import rate_limits
from actions.staff.sessions import PATH, whose_session_this_was

View = TypeVar("View", bound=Callable[..., Any])
SCREEN = f"{PATH}/unsaved"
LARGEST = 500_000
# Shorter values are choices and numbers rather than words.
WORDS = 30
_MARK, _NAME = "_keeps_words", "unsaved"


class Unsaved(NamedTuple):
    path: str
    fields: list[tuple[str, str]]

    @property
    def words(self) -> list[str]:
        """To be read again; what a form holds as HTML is what it began with."""
        return [value for _, value in self.fields if len(value) >= WORDS and not value.startswith("<")]


def keeps_words(view: View) -> View:
    """Marks a view whose form one writes in for long: what is sent to it outlives the session."""
    setattr(view, _MARK, True)
    return view


def is_kept(view: Callable[..., Any]) -> bool:
    return bool(getattr(view, _MARK, False))


def keep() -> bool:
    """Of a form that surely came from a page of ours. False where it is too much to keep."""
    fields = [(name, value) for name, value in request.form.items(multi=True) if name != "csrf_token"]
    if sum(len(value) for _, value in fields) > LARGEST or rate_limits.keeps_too_much():
        return False
    session[_NAME] = [request.path, fields, _writer()]
    return True


def unsaved() -> Unsaved | None:
    """Of the member who is signed in now: on a shared machine it may be another one than who wrote."""
    path, fields, writer = session.get(_NAME) or (None, (), None)
    is_theirs = writer is None or writer == getattr(current_user, "id", None)
    return Unsaved(path, [(name, value) for name, value in fields]) if path and is_theirs else None


def let_go(path: str | None = None) -> None:
    """Of that form, or whatever there is."""
    found = session.get(_NAME)
    if found and path in {None, found[0]}:
        session.pop(_NAME)


def _writer() -> int | None:
    """None where the session's row is gone already, and nobody can tell."""
    if current_user.is_authenticated:
        return int(current_user.id)
    known: int | None = session[_NAME][2] if _NAME in session else None
    return known if known is not None else whose_session_this_was()
