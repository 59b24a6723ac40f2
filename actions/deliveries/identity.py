"""What a delivery is known by outside: Message-ID, return path and boundary.

All derive from the row's id by keyed hash, so a retry has the same ones and nothing is stored (B-18, B-19, B-50).
The row names the key, so that they stay the same while keys rotate.
"""

import hmac
from base64 import b32decode, b32encode
from dataclasses import dataclass
from functools import cache

from actions.config import settings
from actions.encryption import derive, secret_id

# One hash for all three, in base32: 160 bits for the Message-ID, 80 for the return path (B-50), 120 for the boundary.
# They are whole groups of five octets, so that the number after them is written at once.
MAC_BYTES = 45
RETURN = slice(32, 48)


@dataclass(frozen=True)
class Identity:
    message_id: str
    return_path: str
    boundary: str


@dataclass(frozen=True)
class _Key:
    secret: bytes

    def mac(self, delivery_id: int) -> bytes:
        return hmac.digest(self.secret, str(delivery_id).encode(), "sha512")[:MAC_BYTES]


def newest_key_id() -> bytes:
    return next(iter(_keys(settings().secret_keys)))


def identity_of(delivery_id: int, key_id: bytes | None) -> Identity:
    """`key_id` is the row's; the newest key serves where that one has left the ring."""
    ours = settings()
    keys = _keys(ours.secret_keys)
    key = keys.get(key_id or b"") or next(iter(keys.values()))
    written = _base32(key.mac(delivery_id) + _octets(delivery_id))
    return Identity(
        message_id=f"<{written[:32]}@{_domain(ours.mail_from)}>",
        return_path=f"b-{written[72:]}-{written[RETURN]}@{ours.bounce_domain}",
        # No quoted-printable text holds "=_" (RFC 2045 §6.7), so this cannot stand in a part.
        boundary=f"=_{written[48:72]}",
    )


def read_return_path(address: str) -> int | None:
    """The delivery that a return path was made for; None for one that is not ours. Case may have changed on the way."""
    local, _, domain = address.lower().rpartition("@")
    prefix, _, rest = local.partition("-")
    number, _, mac = rest.partition("-")
    if prefix != "b" or domain != settings().bounce_domain.lower() or not number.isalnum():
        return None
    try:
        delivery_id = int.from_bytes(b32decode(number.upper() + "=" * (-len(number) % 8)))
    except ValueError:
        return None
    ours = [_base32(key.mac(delivery_id))[RETURN] for key in _keys(settings().secret_keys).values()]
    return delivery_id if any(hmac.compare_digest(one.encode(), mac.encode()) for one in ours) else None


def _octets(delivery_id: int) -> bytes:
    return delivery_id.to_bytes((delivery_id.bit_length() + 7) // 8)


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()


@cache
def _domain(mail_from: str) -> str:
    return mail_from.rpartition("@")[2].strip(">")


@cache
def _keys(secrets: tuple[str, ...]) -> dict[bytes, _Key]:
    """By id, the newest first."""
    return {secret_id(secret): _Key(derive(secret, "mail-identity")) for secret in secrets}
