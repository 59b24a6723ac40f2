"""What rooms above this one can say of a page on its screen at the desk; registered in create_foundation."""

from collections.abc import Callable

from actions.pages.models import Page

Teller = Callable[[Page], tuple[str, str] | None]
"""Answers one sentence and the screen that says more, or None where there is nothing to say."""

_tellers: dict[str, Teller] = {}


def register(name: str, teller: Teller) -> None:
    """Again with the same name replaces it."""
    _tellers[name] = teller


def told_of(page: Page) -> list[tuple[str, str]]:
    return [said for teller in _tellers.values() if (said := teller(page)) is not None]


def forget(name: str) -> None:
    _tellers.pop(name, None)
