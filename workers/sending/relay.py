"""Where mail is handed over, and how much of it at a time, as SMTP_URL says.

`smtp://user:pass@host:port?tls=starttls|implicit|none&verify=no&connections=10&rate=50` (`rate` in messages a second).
"""

from dataclasses import dataclass
from enum import StrEnum
from math import isfinite
from urllib.parse import parse_qs, unquote, urlsplit

LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
SMTP_PORT, SUBMISSIONS_PORT = 25, 465
CONNECTIONS = 10


class Tls(StrEnum):
    STARTTLS = "starttls"
    IMPLICIT = "implicit"
    NONE = "none"


class BadRelay(ValueError):
    """SMTP_URL does not say where mail goes, or would send a password in the clear."""


@dataclass(frozen=True)
class Relay:
    """`verify`: its certificate must be one that this machine trusts, for this name.

    `connections` and `rate` (messages a second; None: as fast as it takes them) are for all processes together.
    """

    host: str
    port: int
    tls: Tls
    verify: bool = True
    user: str | None = None
    password: str | None = None
    connections: int = CONNECTIONS
    rate: float | None = None

    @property
    def place(self) -> str:
        """What stands for it in Redis and in logs; no secret."""
        return f"{self.host}:{self.port}"


def parse_relay(url: str) -> Relay:
    """TLS is demanded (B-65) unless the relay is on this machine or the URL says `tls=none`. Raises BadRelay."""
    parts = urlsplit(url)
    options = {name: values[-1] for name, values in parse_qs(parts.query).items()}
    try:
        host, port = parts.hostname, parts.port
        tls = Tls(options.get("tls", Tls.NONE if host in LOOPBACK else Tls.STARTTLS))
        connections = int(options.get("connections", CONNECTIONS))
        rate = float(options["rate"]) if "rate" in options else None
    except ValueError as error:
        raise BadRelay(f"SMTP_URL: {error}") from error
    if parts.scheme != "smtp" or not host:
        raise BadRelay("SMTP_URL looks like smtp://user:password@host:587?tls=starttls")
    if connections < 1 or (rate is not None and not (isfinite(rate) and rate > 0)):
        raise BadRelay("SMTP_URL: connections and rate are numbers above zero; leave out rate for no limit")
    if parts.password and tls is Tls.NONE and host not in LOOPBACK:
        raise BadRelay("SMTP_URL would send its password unencrypted; leave out tls=none")
    return Relay(
        host=host,
        port=port or (SUBMISSIONS_PORT if tls is Tls.IMPLICIT else SMTP_PORT),
        tls=tls,
        verify=options.get("verify", "yes") != "no",
        user=unquote(parts.username) if parts.username else None,
        password=unquote(parts.password) if parts.password else None,
        connections=connections,
        rate=rate,
    )
