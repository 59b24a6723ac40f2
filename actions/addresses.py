"""Email addresses as people type them (C-19): lenient in syntax, strict about what could harm a header."""

from dataclasses import dataclass

from email_validator import EmailNotValidError, validate_email
from publicsuffixlist import PublicSuffixList

from actions.encryption import ring

# RFC 5321 §4.5.3.1
LONGEST_LOCAL_PART = 64
LONGEST_ADDRESS = 254
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


def _site(domain: str) -> str:
    return str(_suffixes.privatesuffix(domain) or domain)


def parse_address(text: str) -> Address:
    """Raises InvalidAddress. Takes international domains (IDNA) and local parts (RFC 6531)."""
    typed = text.strip()
    if len(typed.encode()) > LONGEST_ADDRESS:
        raise InvalidAddress
    try:
        found = validate_email(typed, check_deliverability=False, allow_smtputf8=True, test_environment=True)
    except EmailNotValidError as error:
        raise InvalidAddress from error
    if len(found.local_part.encode()) > LONGEST_LOCAL_PART or "=?" in typed:
        raise InvalidAddress
    domain = found.ascii_domain.lower()
    return Address(found.normalized, f"{found.local_part}@{domain}", domain)


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
