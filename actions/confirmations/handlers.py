"""How the rooms above tell this one what their items are: one handler per kind, registered in create_foundation."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from actions.actors import Actor
from actions.confirmations.models import Confirmation
from actions.staff.models import Staff
from actions.supporters.models import Supporter
from email_templates.catalogue import WaitingItem


@dataclass(frozen=True)
class Preview:
    """The item exactly as it will be: a template partial, and what it needs."""

    template: str
    context: Mapping[str, Any]
    # For several that are confirmed together; without one each has its own button.
    together: str = ""


@dataclass(frozen=True)
class Handler:
    """`confirm` raises what the room raises when it can no longer be done; the page then says so."""

    kind: str
    # (item id, language)
    waiting_item: Callable[[int, str], WaitingItem]
    preview: Callable[[int, str], Preview]
    # Of the content as it stands in the row now, to compare with what was asked.
    content_hashes: Callable[[int], list[bytes]]
    confirm: Callable[[int, Confirmation, Actor], None]
    refuse: Callable[[int, Actor], None]
    expire: Callable[[int, Actor], None]
    # Those of one wish that the same person has done before; then they are told by mail, and the items go.
    already_done: Callable[[Sequence[int], Actor], set[int]]
    # Where to thank, without the continuation token.
    thanks_path: Callable[[int], str]
    # The page that the next act may follow on, if any.
    page_id: Callable[[int], int | None]


# What is asked for by an address alone: the supporter, not before when, and who asks.
ByAddress = Callable[[Supporter, datetime, Actor], None]
# The same of a member of staff.
ByStaffAddress = Callable[[Staff, datetime, Actor], None]
_by_address: dict[str, ByAddress] = {}
_by_staff_address: dict[str, ByStaffAddress] = {}
_handlers: dict[str, Handler] = {}


def register(handler: Handler) -> None:
    _handlers[handler.kind] = handler


def register_by_address(kind: str, answer: ByAddress) -> None:
    _by_address[kind] = answer


def register_by_staff_address(kind: str, answer: ByStaffAddress) -> None:
    _by_staff_address[kind] = answer


def by_staff_address(kind: str) -> ByStaffAddress | None:
    return _by_staff_address.get(kind)


def by_address(kind: str) -> ByAddress:
    return _by_address[kind]


def handler_of(kind: str) -> Handler:
    return _handlers[kind]
