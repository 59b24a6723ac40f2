"""What SMTP can say about one message; each says what to do next."""

from dataclasses import dataclass
from enum import StrEnum


class Phase(StrEnum):
    """How far a message got. Lost before `DOT`, it was not delivered; lost in it, nobody knows (O-07)."""

    CONNECT = "connect"
    EHLO = "ehlo"
    AUTH = "auth"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Sent:
    """The relay answers for it from here on."""

    code: int
    status: str | None


@dataclass(frozen=True, slots=True)
class Deferred:
    """Not now: try again later."""

    code: int
    status: str | None


@dataclass(frozen=True, slots=True)
class Failed:
    """Never, for this recipient. `code` is None where we ourselves refuse to send it."""

    code: int | None
    status: str | None


@dataclass(frozen=True, slots=True)
class NotDelivered:
    """The connection was lost before the final dot: surely not delivered."""

    phase: Phase


@dataclass(frozen=True, slots=True)
class Unknown:
    """The connection was lost after the final dot, before the answer."""


Outcome = Sent | Deferred | Failed | NotDelivered | Unknown


class RelayAway(Exception):
    """No mail can be handed over now, through no fault of a message: try again when it is back (O-15)."""

    def __init__(self, phase: Phase, reason: str) -> None:
        super().__init__(f"{phase.value}: {reason}")
        self.phase = phase
