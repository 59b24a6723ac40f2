"""From a host's name to a relay ready for mail: connect, TLS, EHLO, login. Whatever fails, RelayAway says why."""

import asyncio
import base64
import os
import ssl
import time
from dataclasses import dataclass, replace
from functools import lru_cache

from workers.sending.channel import Channel, ConnectionLost, Garbled, TimedOut
from workers.sending.outcomes import Phase, RelayAway, Trouble
from workers.sending.patience import Patience
from workers.sending.relay import Relay, Tls
from workers.sending.replies import Reply

# The machine's list of authorities may change while we run, and costs milliseconds to read.
AUTHORITIES_SECONDS = 600
LONGEST_QUOTE = 200
# What OpenSSL says of a certificate (X509_V_ERR_…), as a person would.
CERTIFICATE_TROUBLES = {
    9: "its certificate is not valid yet",
    10: "its certificate has expired",
    18: "its certificate is signed by itself, and this machine does not trust it",
    19: "its certificate comes from an authority that this machine does not trust",
    20: "its certificate comes from an authority that this machine does not know",
    21: "its certificate comes from an authority that this machine does not know",
    62: "its certificate is for another name",
    64: "its certificate is for another address",
}


@dataclass(frozen=True)
class Extensions:
    """What the relay offers. `size_limit` in octets; None where it names none.

    `forgives_resets`: Postfix forgets with each mail how many RSETs it heard (smtpd_junk_command_limit). Exim does not,
    and hangs up after ten (smtp_accept_max_nonmail); of others nobody knows.
    """

    pipelining: bool = False
    chunking: bool = False
    smtputf8: bool = False
    starttls: bool = False
    size: bool = False
    size_limit: int | None = None
    logins: frozenset[str] = frozenset()
    forgives_resets: bool = False


async def open_channel(relay: Relay, *, name: str, patience: Patience) -> tuple[Channel, Extensions]:
    """Raises RelayAway."""
    channel = await _connect(relay, patience)
    greeting = _Greeting(channel, relay, name, patience)
    try:
        return channel, await greeting.exchange()
    except BaseException:
        channel.abandon()
        raise


async def _connect(relay: Relay, patience: Patience) -> Channel:
    implicit = relay.tls is Tls.IMPLICIT
    try:
        async with asyncio.timeout(patience.connect):
            _, channel = await asyncio.get_running_loop().create_connection(
                Channel,
                relay.host,
                relay.port,
                ssl=_context(relay) if implicit else None,
                server_hostname=relay.host if implicit else None,
            )
    except OSError as error:
        raise _away(Phase.CONNECT, relay, error) from error
    return channel


class _Greeting:
    def __init__(self, channel: Channel, relay: Relay, name: str, patience: Patience) -> None:
        self._channel = channel
        self._relay = relay
        self._name = name
        self._patience = patience
        self._phase = Phase.CONNECT

    async def exchange(self) -> Extensions:
        try:
            greeting = await self._channel.ask(None, self._patience.command)
            _expect(greeting, self._phase, "refuses to talk to us")
            self._phase = Phase.EHLO
            extensions = await self._introduce()
            if self._relay.tls is Tls.STARTTLS:
                await self._encrypt(extensions)
                extensions = await self._introduce()
            if self._relay.user is not None:
                self._phase = Phase.AUTH
                await self._log_in(self._relay.user, self._relay.password or "", extensions.logins)
            self._channel.expect_silence()
        except (ConnectionLost, OSError) as error:
            raise _away(self._phase, self._relay, error) from error
        return replace(extensions, forgives_resets="Postfix" in greeting.lines[0])

    async def _introduce(self) -> Extensions:
        reply = await self._channel.ask(f"EHLO {self._name}".encode("ascii"), self._patience.command)
        return read_extensions(_expect(reply, self._phase, "refuses our EHLO"))

    async def _encrypt(self, extensions: Extensions) -> None:
        if not extensions.starttls:
            raise RelayAway(self._phase, f"{self._relay.host} offers no STARTTLS, and TLS is required", Trouble.NO_TLS)
        reply = await self._channel.ask(b"STARTTLS", self._patience.command)
        _expect(reply, self._phase, "refuses STARTTLS, and TLS is required", Trouble.NO_TLS)
        await self._channel.encrypt(_context(self._relay), self._relay.host, self._patience.connect)

    async def _log_in(self, user: str, password: str, offered: frozenset[str]) -> None:
        if "PLAIN" in offered:
            steps = [b"AUTH PLAIN " + _base64(f"\0{user}\0{password}")]
        elif "LOGIN" in offered:
            steps = [b"AUTH LOGIN", _base64(user), _base64(password)]
        else:
            raise RelayAway(self._phase, f"{self._relay.host} offers no login that we know", Trouble.LOGIN)
        for step in steps:
            reply = await self._channel.ask(step, self._patience.command)
            _expect(reply, self._phase, "refuses our login", Trouble.LOGIN)
        if reply.code >= 300:  # noqa: PLR2004  # RFC 4954 §4: 334 asks on
            raise RelayAway(self._phase, f"{self._relay.host} asks for more than a password", Trouble.LOGIN)


def read_extensions(reply: Reply) -> Extensions:
    """Of the reply to EHLO (RFC 5321 §4.1.1.1)."""
    # Some servers still write AUTH= for clients of the last century, too.
    offered = (line.upper().replace("AUTH=", "AUTH ").split() for line in reply.lines[1:])
    named: dict[str, list[str]] = {}
    for keyword, *parameters in filter(None, offered):
        named.setdefault(keyword, []).extend(parameters)
    limit = next((int(size) for size in named.get("SIZE", []) if size.isdecimal()), 0)
    return Extensions(
        pipelining="PIPELINING" in named,
        chunking="CHUNKING" in named,
        smtputf8="SMTPUTF8" in named,
        starttls="STARTTLS" in named,
        size="SIZE" in named,
        size_limit=limit or None,
        logins=frozenset(named.get("AUTH", [])),
    )


def _expect(reply: Reply, phase: Phase, what: str, trouble: Trouble | None = None) -> Reply:
    """A refusal before there is a message is the relay's own, whatever its code: nobody's mail fails for it."""
    if not reply.is_yes:
        said = "".join(filter(str.isprintable, " ".join(reply.lines)))[:LONGEST_QUOTE]
        ours = trouble if trouble and not reply.is_later else Trouble.BUSY if reply.is_later else Trouble.REFUSED
        raise RelayAway(phase, f"it {what}: {reply.code} {said}".rstrip(), ours)
    return reply


def _away(phase: Phase, relay: Relay, error: ConnectionLost | OSError) -> RelayAway:
    where = f"{relay.host}:{relay.port}"
    match error:
        case ssl.SSLCertVerificationError():
            what = CERTIFICATE_TROUBLES.get(error.verify_code, f"its certificate is no good: {error.verify_message}")
            return RelayAway(phase, f"{where} is not trusted: {what}", Trouble.CERTIFICATE)
        case ssl.SSLError():
            return RelayAway(phase, f"{where} and we agree on no TLS: {error.reason}", Trouble.TLS_FAILED)
        case TimedOut() | TimeoutError():
            return RelayAway(phase, f"{where} does not answer", Trouble.SILENT)
        case Garbled():
            return RelayAway(phase, f"{where} does not speak SMTP: {error}", Trouble.NOT_SMTP)
        case ConnectionLost():
            return RelayAway(phase, f"{where} hung up: {error}", Trouble.UNREACHABLE)
    # asyncio puts its own words, and a tuple, in the place of the system's; a name that is not found has only its own.
    what = os.strerror(error.errno) if error.errno and error.errno > 0 else error.strerror or type(error).__name__
    return RelayAway(phase, f"{where} cannot be reached: {what}")


def _context(relay: Relay) -> ssl.SSLContext:
    authorities = ssl.get_default_verify_paths()
    return _made_context(
        relay.verify, (authorities.cafile, authorities.capath), int(time.monotonic() // AUTHORITIES_SECONDS)
    )


@lru_cache(maxsize=4)
def _made_context(verify: bool, _authorities: tuple[str | None, str | None], _period: int) -> ssl.SSLContext:  # noqa: FBT001  # a key of the cache
    context = ssl.create_default_context()
    if not verify:
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _base64(text: str) -> bytes:
    return base64.b64encode(text.encode())
