"""What a browser sent after its session had ended: it waits, sealed, in the next one until it is sent again."""

from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

from flask import request, session

from actions import rate_limits
from actions.staff.sessions import PATH

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
    session[_NAME] = [request.path, fields]
    return True


def unsaved() -> Unsaved | None:
    found = session.get(_NAME)
    return Unsaved(found[0], [(name, value) for name, value in found[1]]) if found else None


def let_go() -> None:
    session.pop(_NAME, None)
