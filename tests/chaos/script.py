"""What the scripted server says to whom: the same for the same seed, recipient and number of the try."""

from dataclasses import dataclass
from enum import StrEnum
from hashlib import blake2b
from typing import TypeVar

T = TypeVar("T")
HANG_UP = b""
OK = b"250 2.0.0 Ok"
GREYLISTED_SECONDS = 1.0


class Step(StrEnum):
    """Where in the conversation it is said."""

    CONNECT = "connect"
    EHLO = "ehlo"
    MAIL = "mail"
    RCPT = "rcpt"
    DATA = "data"
    TEXT = "text"
    DOT = "dot"


@dataclass(frozen=True, slots=True)
class Turn:
    """At `step` the server says `reply` instead of yes; HANG_UP is no word at all. `delay` before it, `drip` slowly."""

    step: Step = Step.DOT
    reply: bytes = OK
    delay: float = 0.0
    drip: bool = False
    greylists: bool = False


YES = Turn()
GREYLISTED = Turn(Step.RCPT, b"450 4.2.0 Greylisted, come back later", greylists=True)
# Out of each thousand recipients, for good.
REFUSED = ((5, Turn(Step.RCPT, b"550 5.1.1 No such mailbox")), (5, Turn(Step.DOT, b"554 5.6.0 We do not like it")))
# Out of each thousand tries.
TRIES = (
    (25, Turn(Step.RCPT, b"451 4.3.0 Try again")),
    (5, Turn(Step.RCPT, b"452 4.2.2 Mailbox full")),
    (8, Turn(Step.DATA, b"451 4.3.0 Try again")),
    (10, Turn(Step.DOT, b"451 4.3.0 Try again")),
    (0.4, Turn(Step.RCPT, b"421 4.3.2 Going down")),
    (0.3, Turn(Step.DOT, b"421 4.3.2 Going down")),
    (0.4, Turn(Step.RCPT, HANG_UP)),
    (0.3, Turn(Step.TEXT, HANG_UP)),
    (0.5, Turn(delay=0.7)),
    (0.5, Turn(drip=True)),
)
WELCOMES = ((3, b"451 4.3.0 Try again"), (0.3, b"421 4.3.2 Going down"))
DROPPED_AFTER_THE_DOT = 5
GREYLISTING = 30
GOODBYES = (b"221 2.0.0 Bye", b"221 2.0.0 Bye", b"421 4.4.2 Too late", b"250 2.0.0 Ok", b"500 5.5.1 What?", HANG_UP)


class Script:
    def __init__(self, seed: int) -> None:
        self._seed = seed

    def is_refused(self, recipient: str) -> bool:
        """For good; nobody else is."""
        return self._refusal(recipient) is not None

    def welcome(self, sender: str, number: int) -> bytes:
        """The answer to MAIL, the `number`th time."""
        return _chosen(WELCOMES, self._thousandth("welcome", sender, number)) or OK

    def turn(self, recipient: str, before: int) -> Turn:
        """The answer to a try after `before` others of the same sender to the same recipient."""
        refusal = self._refusal(recipient)
        if refusal is not None:
            return refusal
        if self._thousandth("greylist", recipient) < GREYLISTING and before == 0:
            return GREYLISTED
        if before <= 1 and self._thousandth("drop", recipient, before) < DROPPED_AFTER_THE_DOT:
            return Turn(Step.DOT, HANG_UP)
        return _chosen(TRIES, self._thousandth("try", recipient, before)) or YES

    def goodbye(self, connection: int) -> bytes:
        return GOODBYES[int(self._thousandth("goodbye", str(connection)) * len(GOODBYES) / 1000)]

    def _refusal(self, recipient: str) -> Turn | None:
        return _chosen(REFUSED, self._thousandth("refuse", recipient))

    def _thousandth(self, what: str, recipient: str, before: int = 0) -> float:
        digest = blake2b(f"{self._seed}/{what}/{recipient}/{before}".encode(), digest_size=8).digest()
        return int.from_bytes(digest) / 2**64 * 1000


class Kind(Script):
    """Takes everything, each message `delay` seconds after its last byte."""

    def __init__(self, delay: float = 0.0) -> None:
        super().__init__(0)
        self._turn = Turn(delay=delay)

    def is_refused(self, recipient: str) -> bool:
        del recipient
        return False

    def turn(self, recipient: str, before: int) -> Turn:
        del recipient, before
        return self._turn

    def welcome(self, sender: str, number: int) -> bytes:
        del sender, number
        return OK

    def goodbye(self, connection: int) -> bytes:
        del connection
        return b"221 2.0.0 Bye"


def _chosen(shares: tuple[tuple[float, T], ...], place: float) -> T | None:
    for share, chosen in shares:
        if place < share:
            return chosen
        place -= share
    return None
