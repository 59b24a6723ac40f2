"""What a room tells the engine about the emails it sends: how to put one together, and who wants to know its end."""

import traceback
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from actions.deliveries.models import Delivery, DeliveryState, Lane


class Row(Protocol):
    """What an email is put together from: a Delivery, or the columns that the engine has read of one."""

    @property
    def id(self) -> int: ...
    @property
    def kind(self) -> str: ...
    @property
    def lane(self) -> Lane: ...
    @property
    def language(self) -> str: ...
    @property
    def supporter_id(self) -> int | None: ...
    @property
    def target_id(self) -> int | None: ...
    @property
    def staff_id(self) -> int | None: ...
    @property
    def mailing_id(self) -> int | None: ...
    @property
    def about_id(self) -> int | None: ...
    @property
    def key_id(self) -> bytes | None: ...
    @property
    def queued_at(self) -> datetime: ...
    @property
    def values(self) -> str | None: ...


@dataclass(frozen=True, kw_only=True)
class Outgoing:
    """One email put together, before it is bytes.

    `headers` are written as they stand, neither folded nor encoded (List-Unsubscribe, List-Id, Feedback-ID; B-13).
    Without `html` it is plain text alone.
    """

    delivery_id: int
    address: str
    subject: str
    text: str
    html: str | None
    from_name: str
    from_address: str
    reply_to: str | None = None
    auto_submitted: bool
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, kw_only=True)
class Words:
    """What many readers get alike, with a sentinel of email_templates/merging.py wherever they differ.

    Sentinels may stand in `subject`, `text`, `html` and the values of `headers`. `key` is that of these very words:
    whatever differs in one letter has another.
    """

    key: tuple[int | str, ...]
    subject: str
    text: str
    html: str | None
    from_name: str
    from_address: str
    reply_to: str | None = None
    auto_submitted: bool
    headers: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class Copy:
    """One reader's copy of words that many get, before it is bytes."""

    delivery_id: int
    address: str
    words: Words
    values: Mapping[str, str]


Compose = Callable[[Sequence[Row]], Mapping[int, Outgoing | Copy]]
OnOutcome = Callable[[Delivery, DeliveryState], None]


@dataclass(frozen=True, kw_only=True)
class Kind:
    """`name` is the folder of an email in email_templates/catalogue.py. It comes from the sender of its `lane`, also
    where many go at once and travel in another.

    `compose` turns deliveries into emails, many at a time; one that it leaves out has nobody to go to any more and is
    cancelled. `on_outcome` runs in the transaction that records the end: sent, failed, suppressed, cancelled by the
    engine, or unknown for good. `repeats_unknown`: a second copy hurts less than none (never so for a letter).
    """

    name: str
    lane: Lane
    compose: Compose
    on_outcome: OnOutcome | None = None
    repeats_unknown: bool = True


_KINDS: dict[str, Kind] = {}


class UnknownKind(LookupError):
    """A delivery names a kind that `create_foundation` did not register."""


def register(kind: Kind) -> None:
    _KINDS[kind.name] = kind


def kind_of(name: str) -> Kind:
    """Raises UnknownKind."""
    try:
        return _KINDS[name]
    except KeyError as missing:
        raise UnknownKind(name) from missing


def repeated_kinds() -> list[str]:
    """The names of the kinds that are sent again when nobody knows whether they arrived."""
    return [kind.name for kind in _KINDS.values() if kind.repeats_unknown]


def is_repeated(name: str) -> bool:
    return name in _KINDS and _KINDS[name].repeats_unknown


def is_followed(name: str) -> bool:
    """Whether somebody wants to know the end of such an email."""
    return name in _KINDS and _KINDS[name].on_outcome is not None


def where_raised(error: Exception) -> str:
    """For the log: what it was and the line it came from. Its message and the values around it may name people."""
    frames = traceback.extract_tb(error.__traceback__)
    return f"{type(error).__name__} at {frames[-1].filename}:{frames[-1].lineno}" if frames else type(error).__name__
