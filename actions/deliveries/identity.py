"""What a delivery is known by outside: Message-ID, return path and boundary.

All derive from the row's id by keyed hash, so a retry has the same ones and nothing is stored (B-18, B-19, B-50).
The row names the key, so that they stay the same while keys rotate.
"""

import hmac
import re
from dataclasses import dataclass
from functools import cache

from actions.config import settings
from actions.encryption import derive, secret_id

# One hash in hexadecimal for all three: 160 bits of it are the Message-ID's, 80 the return path's (B-50), 120 the
# boundary's.
RETURN = slice(40, 60)
# A bigint has at most sixteen digits.
_LOCAL = re.compile(r"b-([0-9a-f]{1,16})-([0-9a-f]{20})").fullmatch


@dataclass(frozen=True)
class Identity:
    message_id: str
    return_path: str
    boundary: str


@dataclass(frozen=True)
class _Key:
    secret: bytes

    def mac(self, delivery_id: int) -> str:
        return hmac.digest(self.secret, str(delivery_id).encode(), "sha512").hex()


def newest_key_id() -> bytes:
    return next(iter(_keys(settings().secret_keys)))


def identity_of(delivery_id: int, key_id: bytes | None) -> Identity:
    """`key_id` is the row's; the newest key serves where that one has left the ring."""
    ours = settings()
    keys = _keys(ours.secret_keys)
    key = keys.get(key_id or b"") or next(iter(keys.values()))
    mac = key.mac(delivery_id)
    return Identity(
        message_id=f"<{mac[:40]}@{_domain(ours.mail_from)}>",
        return_path=f"b-{delivery_id:x}-{mac[RETURN]}@{ours.bounce_domain}",
        # No quoted-printable text holds "=_" (RFC 2045 §6.7), so this cannot stand in a part.
        boundary=f"=_{mac[60:90]}",
    )


def read_return_path(address: str) -> int | None:
    """The delivery that a return path was made for; None for one that is not ours. Case may have changed on the way."""
    local, _, domain = address.lower().rpartition("@")
    found = _LOCAL(local)
    if found is None or domain != settings().bounce_domain.lower():
        return None
    delivery_id, mac = int(found[1], 16), found[2]
    ours = [key.mac(delivery_id)[RETURN] for key in _keys(settings().secret_keys).values()]
    return delivery_id if any(hmac.compare_digest(one, mac) for one in ours) else None


@cache
def _domain(mail_from: str) -> str:
    return mail_from.rpartition("@")[2].strip(">")


@cache
def _keys(secrets: tuple[str, ...]) -> dict[bytes, _Key]:
    """By id, the newest first."""
    return {secret_id(secret): _Key(derive(secret, "mail-identity")) for secret in secrets}
