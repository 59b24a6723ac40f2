"""Links that only we can make: one purpose per kind of link, each with its own salt and lifetime.

A token is an opaque id and a MAC of 160 bits (itsdangerous); nothing personal stands in it, since what is signed is
not hidden. Keys rotate: the newest signs, every listed one verifies.
"""

import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import Enum

from itsdangerous import BadSignature, Signer
from itsdangerous.encoding import base64_decode, base64_encode, bytes_to_int, int_to_bytes

from actions import clock
from actions.encryption import derive, secret_id

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
    SELF_SENT = ("self-sent", timedelta(days=2))
    ANSWER = ("answer", timedelta(days=60))
    FORM = ("form", timedelta(days=2))
    STAFF_INVITE = ("staff-invite", timedelta(days=3))
    STAFF_PASSWORD = ("staff-password", timedelta(hours=1))
    DESK = ("desk", timedelta(hours=1))

    def __init__(self, salt: str, lifetime: timedelta | None) -> None:
        self.salt = salt
        self.lifetime = lifetime


class Tokens:
    """Bound to the settings once, in `create_foundation`."""

    def __init__(self) -> None:
        self._secrets: Sequence[str] = ()
        self._unsubscribe: Sequence[str] = ()
        self._by_id: dict[bytes, str] = {}
        # Deriving a key takes ten times as long as signing with it, and a mailing signs millions.
        self._signing: dict[tuple[Purpose, bytes | None], bytes] = {}
        self._verifying: dict[Purpose, Signer] = {}

    def bind(self, secrets: Sequence[str], unsubscribe: Sequence[str] = ()) -> None:
        """`unsubscribe` adds keys that verify unsubscribe links only, for ever."""
        self._secrets = secrets
        self._unsubscribe = unsubscribe
        self._by_id = {secret_id(secret): secret for secret in secrets}
        self._signing, self._verifying = {}, {}

    def sign(self, purpose: Purpose, *parts: int | str, at: datetime | None = None, key_id: bytes | None = None) -> str:
        """`at` is when it was issued (now if not given); the same parts, moment and key make the same token.

        `key_id` names the key of an email's first try, so that the next has the same bytes (B-19); the newest key
        serves where that one has left the ring.
        """
        issued = [_issued(at or clock.now())] if purpose.lifetime else []
        said = ".".join([*map(str, parts), *issued])
        # What Signer.sign writes, at a fifth of its time.
        return f"{said}.{base64_encode(hmac.digest(self._key(purpose, key_id), said.encode(), 'sha1')).decode()}"

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

    def _key(self, purpose: Purpose, key_id: bytes | None) -> bytes:
        key = self._signing.get((purpose, key_id))
        if key is None:
            signing = self._by_id.get(key_id or b"", self._secrets[0])
            key = self._signing[purpose, key_id] = _signer_of(purpose, [signing]).derive_key()
        return key

    def _signer(self, purpose: Purpose) -> Signer:
        signer = self._verifying.get(purpose)
        if signer is None:
            leaving = self._unsubscribe if purpose in {Purpose.UNSUBSCRIBE, Purpose.PREFERENCES} else ()
            signer = self._verifying[purpose] = _signer_of(purpose, [*self._secrets, *leaving])
        return signer


def _signer_of(purpose: Purpose, secrets: Sequence[str]) -> Signer:
    return Signer([derive(secret, f"token/{purpose.salt}") for secret in secrets], salt=purpose.salt, sep=".")


def _issued(moment: datetime) -> str:
    return base64_encode(int_to_bytes(int(moment.timestamp()))).decode()


def _seconds(issued: str) -> int:
    return bytes_to_int(base64_decode(issued))


tokens = Tokens()
