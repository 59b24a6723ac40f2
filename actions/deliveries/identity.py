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

MESSAGE_ID_BYTES = 20
# 80 bits, so 16 characters of base32 without padding (B-50).
RETURN_MAC_BYTES = 10
BOUNDARY_BYTES = 15


@dataclass(frozen=True)
class Identity:
    message_id: str
    return_path: str
    boundary: str


@dataclass(frozen=True)
class _Key:
    id: bytes
    secret: bytes

    def mac(self, use: str, delivery_id: int, size: int) -> str:
        digest = hmac.digest(self.secret, f"{use}/{delivery_id}".encode(), "sha256")
        return _base32(digest[:size])


def newest_key_id() -> bytes:
    return _keys()[0].id


def identity_of(delivery_id: int, key_id: bytes | None) -> Identity:
    """`key_id` is the row's; the newest key serves where that one has left the ring."""
    keys = _keys()
    key = next((key for key in keys if key.id == key_id), keys[0])
    ours = settings()
    domain = ours.mail_from.rpartition("@")[2].strip(">")
    return Identity(
        message_id=f"<{key.mac('message-id', delivery_id, MESSAGE_ID_BYTES)}@{domain}>",
        return_path=f"b-{_number(delivery_id)}-{_return_mac(key, delivery_id)}@{ours.bounce_domain}",
        # No quoted-printable text holds "=_" (RFC 2045 §6.7), so this cannot stand in a part.
        boundary=f"=_{key.mac('boundary', delivery_id, BOUNDARY_BYTES)}",
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
    ours = any(hmac.compare_digest(_return_mac(key, delivery_id).encode(), mac.encode()) for key in _keys())
    return delivery_id if ours else None


def _return_mac(key: _Key, delivery_id: int) -> str:
    return key.mac("return-path", delivery_id, RETURN_MAC_BYTES)


def _number(delivery_id: int) -> str:
    return _base32(delivery_id.to_bytes((delivery_id.bit_length() + 7) // 8))


def _base32(data: bytes) -> str:
    return b32encode(data).decode().rstrip("=").lower()


def _keys() -> tuple[_Key, ...]:
    return tuple(_key(secret) for secret in settings().secret_keys)


@cache
def _key(secret: str) -> _Key:
    return _Key(secret_id(secret), derive(secret, "mail-identity"))
