"""What SMTP can say about one message; each says what to do next."""

from dataclasses import dataclass
from enum import StrEnum

# RFC 4954 §6: about who we are, not about the message.
ABOUT_US = frozenset({530, 534, 535, 538})
# RFC 3463 §3.4: the system takes no message this large.
TOO_LARGE = "5.3.4"


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

    @property
    def is_about_relay(self) -> bool:
        """A refusal of ourselves, or of any message this large: somebody must look at the relay, not the recipient."""
        return self.code in ABOUT_US or self.status == TOO_LARGE


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


class Trouble(StrEnum):
    """What is wrong with a relay that is away, for whoever says what to do about it."""

    UNREACHABLE = "unreachable"
    SILENT = "silent"
    NOT_SMTP = "not_smtp"
    REFUSED = "refused"
    BUSY = "busy"
    NO_TLS = "no_tls"
    CERTIFICATE = "certificate"
    TLS_FAILED = "tls_failed"
    LOGIN = "login"


class RelayAway(Exception):
    """No mail can be handed over now, through no fault of a message: try again when it is back (O-15).

    `reason` is for a person; what the relay said stands in it, and no secret and no address.
    """

    def __init__(self, phase: Phase, reason: str, trouble: Trouble = Trouble.UNREACHABLE) -> None:
        super().__init__(f"{phase.value}: {reason}")
        self.phase = phase
        self.reason = reason
        self.trouble = trouble
