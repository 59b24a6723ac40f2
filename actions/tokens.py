"""Links that only we can make: one purpose per kind of link, each with its own salt and lifetime.

A token is an opaque id and a MAC of 160 bits (itsdangerous); nothing personal stands in it, since what is signed is
not hidden. Keys rotate: the newest signs, every listed one verifies.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode, bytes_to_int, int_to_bytes

from actions import clock
from actions.encryption import derive

DAY = timedelta(days=1)


class InvalidToken(Exception):
    """Forged, cut short, or made for another purpose."""


class ExpiredToken(InvalidToken):
    """Ours, but too old."""


class Purpose(Enum):
    """A salt and a lifetime; None never ends."""

    CONFIRM = ("confirm", timedelta(days=7))
    CONTINUE = ("continue", timedelta(minutes=30))
    ACT = ("act", None)
    UNDO = ("undo", timedelta(days=30))
    UNSUBSCRIBE = ("unsubscribe", None)
    PREFERENCES = ("preferences", None)
    MY_DATA = ("my-data", DAY)
    POSTED = ("posted", timedelta(days=90))
    FORM = ("form", timedelta(days=2))

    def __init__(self, salt: str, lifetime: timedelta | None) -> None:
        self.salt = salt
        self.lifetime = lifetime


class Tokens:
    """Bound to the settings once, in `create_app`."""

    def __init__(self) -> None:
        self._secrets: Sequence[str] = ()
        self._unsubscribe: Sequence[str] = ()

    def bind(self, secrets: Sequence[str], unsubscribe: Sequence[str] = ()) -> None:
        """`unsubscribe` adds keys that verify unsubscribe links only, for ever."""
        self._secrets = secrets
        self._unsubscribe = unsubscribe

    def sign(self, purpose: Purpose, *parts: int | str, at: datetime | None = None) -> str:
        """`at` is when it was issued (now if not given); the same parts and moment make the same token."""
        seconds = int((at or clock.now()).timestamp())
        issued = [base64_encode(int_to_bytes(seconds)).decode()] if purpose.lifetime else []
        return self._signer(purpose).sign(".".join([*map(str, parts), *issued])).decode()

    def read(self, purpose: Purpose, token: str) -> list[str]:
        """The parts. Raises InvalidToken, or ExpiredToken for one of ours that is too old."""
        try:
            parts = self._signer(purpose).unsign(token).decode().split(".")
        except (BadSignature, UnicodeError) as error:
            raise InvalidToken from error
        if purpose.lifetime and clock.now().timestamp() > _seconds(parts.pop()) + purpose.lifetime.total_seconds():
            raise ExpiredToken
        return parts

    def read_ids(self, purpose: Purpose, token: str) -> list[int]:
        """The parts as numbers; for tokens that hold ids alone."""
        try:
            return [int(part) for part in self.read(purpose, token)]
        except ValueError as error:
            raise InvalidToken from error

    def _signer(self, purpose: Purpose) -> Signer:
        secrets = list(self._secrets)
        if purpose in {Purpose.UNSUBSCRIBE, Purpose.PREFERENCES}:
            secrets += self._unsubscribe
        # itsdangerous signs with the last key of its list and tries them all from the end.
        keys = [derive(secret, f"token/{purpose.salt}") for secret in reversed(secrets)]
        return Signer(keys, salt=purpose.salt, sep=".")


def _seconds(issued: str) -> int:
    return bytes_to_int(base64_decode(issued))


tokens = Tokens()
