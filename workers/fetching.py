"""Ask a stranger's server whether an address answers, without being led into our own network (W-13).

The host is looked up once, each of its addresses must be of the public Internet, and that very address is connected to.
No cookies, no credentials, no body is read; a redirect is a new address and is looked at like the first.
"""

import socket
import ssl
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv6Address, IPv6Network, ip_address
from threading import Timer
from urllib.parse import SplitResult, quote, urljoin, urlsplit

from actions.links.models import Came
from actions.links.operations import LONGEST, Answer

PORTS = {"http": 80, "https": 443}
# For each request as a whole, however slowly the other side drips.
SECONDS = 5.0
MOST_REDIRECTS = 5
REDIRECTS = frozenset({301, 302, 303, 307, 308})
WRONG = 400
HEADERS = {"User-Agent": "Clarion, checking a link", "Accept": "*/*"}
# NAT64, 6to4 and Teredo carry an IPv4 address inside; Python calls the first two public.
CARRIERS = tuple(map(IPv6Network, ("64:ff9b::/96", "64:ff9b:1::/48", "2002::/16", "2001::/32")))
# All that IANA has given out of it; Python also calls public what was meant for one site (fec0::/10), or for nobody.
GIVEN_OUT = IPv6Network("2000::/3")


def look_up(host: str) -> list[str]:
    """Every address of a host, also of one that is written as a number in some odd way. Raises OSError."""
    return list(dict.fromkeys(str(found[4][0]) for found in socket.getaddrinfo(host, None, type=socket.SOCK_STREAM)))


def is_public(address: str) -> bool:
    number = ip_address(address.partition("%")[0])
    if isinstance(number, IPv6Address) and (number not in GIVEN_OUT or any(number in carrier for carrier in CARRIERS)):
        return False
    return number.is_global and not number.is_multicast


class _NotPublic(Exception):
    """Not a place that readers on the Internet could reach."""


@dataclass(frozen=True)
class Fetcher:
    """With what only a test replaces: who knows addresses, which may be connected to, and whose signature counts."""

    look_up: Callable[[str], list[str]] = look_up
    may_connect: Callable[[str], bool] = is_public
    ports: frozenset[int] = frozenset(PORTS.values())
    trusted: ssl.SSLContext = field(default_factory=ssl.create_default_context)

    def ask(self, address: str) -> Answer:
        """What came of asking, where it leads on to included; never raises for what another side does."""
        at = address
        try:
            for _ in range(1 + MOST_REDIRECTS):
                status, location = self._asked(at)
                if status not in REDIRECTS or not location:
                    return Answer(Came.ANSWERED, status, at if at != address else None)
                # Where it leads is kept, and PostgreSQL's texts lack NUL.
                at = urljoin(at, location.replace("\0", ""))[:LONGEST]
        except _NotPublic:
            return Answer(Came.NOT_PUBLIC)
        except ssl.SSLCertVerificationError:
            return Answer(Came.NOT_TRUSTED)
        except socket.gaierror:
            return Answer(Came.NO_SUCH_HOST)
        except (OSError, HTTPException, ValueError):
            return Answer(Came.UNREACHABLE)
        return Answer(Came.GOES_ROUND)

    def _asked(self, address: str) -> tuple[int, str]:
        """Some servers do not know HEAD, or answer it wrongly."""
        parts = urlsplit(address)
        number = self._looked_up(parts)
        status, location = self._request("HEAD", parts, number)
        return (status, location) if status < WRONG else self._request("GET", parts, number)

    def _looked_up(self, parts: SplitResult) -> str:
        port = parts.port or PORTS.get(parts.scheme)
        if parts.scheme not in PORTS or port not in self.ports or parts.username is not None or not parts.hostname:
            raise _NotPublic
        numbers = self.look_up(_ascii(parts.hostname))
        if not numbers or not all(map(self.may_connect, numbers)):
            raise _NotPublic
        return numbers[0]

    def _request(self, method: str, parts: SplitResult, number: str) -> tuple[int, str]:
        host = _ascii(parts.hostname or "")
        connection = HTTPConnection(host, parts.port or PORTS[parts.scheme], timeout=SECONDS)
        connection.sock = socket.create_connection((number, connection.port), timeout=SECONDS)
        hurry = Timer(SECONDS, _end, [connection])
        hurry.start()
        try:
            if parts.scheme == "https":
                secret = self.trusted.wrap_socket(connection.sock, server_hostname=host, do_handshake_on_connect=False)
                connection.sock = secret
                secret.do_handshake()
            named = {"Host": host if parts.port is None else f"{host}:{parts.port}"}
            connection.request(method, _path(parts), headers=HEADERS | named)
            answer = connection.getresponse()
            return answer.status, answer.headers.get("Location", "")
        finally:
            hurry.cancel()
            connection.close()


def _end(connection: HTTPConnection) -> None:
    """Whoever waits for its next byte is told at once; TLS is not asked, since it would wait too."""
    with suppress(OSError):
        socket.socket.shutdown(connection.sock, socket.SHUT_RDWR)


def _ascii(host: str) -> str:
    return host if host.isascii() else host.encode("idna").decode()


def _path(parts: SplitResult) -> str:
    whole = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    return quote(whole, safe="/?%:@!$&'()*+,;=~[]-._")
