"""Email addresses as people type them (C-19): lenient in syntax, strict about what could harm a header."""

import re
from dataclasses import dataclass
from functools import lru_cache

from email_validator import EmailNotValidError, ValidatedEmail, validate_email
from email_validator.rfc_constants import CASE_INSENSITIVE_MAILBOX_NAMES
from publicsuffixlist import PublicSuffixList

from actions.encryption import ring

# RFC 5321 §4.5.3.1
LONGEST_LOCAL_PART = 64
LONGEST_ADDRESS = 254
# RFC 5322's dot-atom in ASCII: what nearly everybody has, and what needs no second look.
_ATOM = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_PLAIN = re.compile(rf"{_ATOM}(?:\.{_ATOM})*")
# Of a million people most are with a few; to look at a domain takes most of the time that an address does.
REMEMBERED_DOMAINS = 4096
_suffixes = PublicSuffixList()


class InvalidAddress(ValueError):
    """Not an email address that mail could be sent to."""


@dataclass(frozen=True)
class Address:
    """`original` as typed; `canonical` to compare: the domain in lower-case A-labels, the local part as it is."""

    original: str
    canonical: str
    domain: str

    @property
    def hash(self) -> bytes:
        return ring.blind_index(self.canonical, "email")

    @property
    def hashes(self) -> list[bytes]:
        """Under every key of the ring: what a look-up compares with."""
        return ring.blind_indexes(self.canonical, "email")

    @property
    def site_hash(self) -> bytes:
        """Of the registrable domain, so that throttling knows a site without naming it."""
        return ring.blind_index(_site(self.domain), "site")


@lru_cache(REMEMBERED_DOMAINS)
def _site(domain: str) -> str:
    return str(_suffixes.privatesuffix(domain) or domain)


def parse_address(text: str) -> Address:
    """Raises InvalidAddress. Takes international domains (IDNA) and local parts (RFC 6531)."""
    typed = text.strip()
    if len(typed.encode()) > LONGEST_ADDRESS:
        raise InvalidAddress
    return _plain(typed) or _looked_at(typed)


def _plain(typed: str) -> Address | None:
    """Raises InvalidAddress for its domain; None for one that has to be looked at whole."""
    local, _, domain = typed.rpartition("@")
    if (
        not _PLAIN.fullmatch(local)
        or len(local) > LONGEST_LOCAL_PART
        or "=?" in local
        or local.lower() in CASE_INSENSITIVE_MAILBOX_NAMES
    ):
        return None
    shown, ascii_domain = _domain(domain)
    if len(local) + 1 + len(ascii_domain) > LONGEST_ADDRESS:
        return None
    return Address(f"{local}@{shown}", f"{local}@{ascii_domain}", ascii_domain)


def _looked_at(typed: str) -> Address:
    found = _validated(typed)
    if len(found.local_part.encode()) > LONGEST_LOCAL_PART or "=?" in typed:
        raise InvalidAddress
    domain = found.ascii_domain.lower()
    return Address(found.normalized, f"{found.local_part}@{domain}", domain)


@lru_cache(REMEMBERED_DOMAINS)
def _domain(text: str) -> tuple[str, str]:
    """(as it is shown, in A-labels). Raises InvalidAddress."""
    found = _validated(f"x@{text}")
    return found.domain, found.ascii_domain.lower()


def _validated(text: str) -> ValidatedEmail:
    try:
        return validate_email(text, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidAddress from error


def site_hashes(domain: str) -> list[bytes]:
    """Under every key of the ring, what `Address.site_hash` is of an address at this domain. Raises InvalidAddress."""
    address = parse_address(f"x@{domain.strip().removeprefix('@')}")
    return ring.blind_indexes(_site(address.domain), "site")


def masked(address: str) -> str:
    """`an***@example.com`: enough for its owner to know it, too little for anyone else."""
    local, _, domain = address.rpartition("@")
    return f"{local[:2] if len(local) > 3 else local[:1]}***@{domain}"  # noqa: PLR2004  # of three letters two would say too much


def masked_name(first: str | None, last: str | None) -> str:
    """`M*** S***`: shown to whoever opens a link, who may not be its owner."""
    return " ".join(f"{name[0]}***" for name in (first, last) if name)
