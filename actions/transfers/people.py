"""Rows of a file of people as values: every row is either one that can be taken, or refused with its reason."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from actions import clock
from actions.addresses import Address, InvalidAddress, parse_address
from actions.spreadsheets import read_cell
from actions.supporters.forms import LONGEST_NAME
from actions.supporters.typed_text import NotAllowed, clean_name
from actions.tags.naming import NotATag, read_tags
from email_templates.language import LANGUAGES, SOURCE_LANGUAGE, countries

COLUMNS = ("email", "first_name", "last_name", "country", "language", "consent_date", "tags")
_COUNTRIES = {name.casefold(): code for code, name in countries(SOURCE_LANGUAGE)}
_CODES = frozenset(_COUNTRIES.values())


class NotAPeopleFile(ValueError):
    """The file cannot be read at all; the message says what it needs."""


class RowRefused(ValueError):
    """The message completes "refused: …"."""


@dataclass(frozen=True)
class Row:
    """`line` counts as an editor does; `cells` are as they stood."""

    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Refusal:
    row: Row
    reason: str


@dataclass(frozen=True)
class Person:
    """`consented_at` is when this person said yes; without it nothing shows that they did."""

    row: Row
    address: Address
    first_name: str
    last_name: str
    country: str | None
    language: str | None
    consented_at: datetime | None
    tags: tuple[str, ...] = ()


def read_people(rows: Sequence[Row]) -> Iterator[Person | Refusal]:
    now = clock.now()
    for row in rows:
        try:
            yield _person(row, now)
        except RowRefused as refused:
            yield Refusal(row, str(refused))


def _person(row: Row, now: datetime) -> Person:
    cell = {name: read_cell(row.cells.get(name, "").strip()) for name in COLUMNS}
    try:
        address = parse_address(cell["email"])
    except InvalidAddress as error:
        raise RowRefused("this is no email address") from error
    return Person(
        row=row,
        address=address,
        first_name=_name(cell["first_name"], "first_name"),
        last_name=_name(cell["last_name"], "last_name"),
        country=_country(cell["country"]),
        # A language that we do not speak is no reason to lose somebody.
        language=cell["language"].lower() if cell["language"].lower() in LANGUAGES else None,
        consented_at=_moment(cell["consent_date"], now),
        tags=_tags(cell["tags"]),
    )


def _tags(text: str) -> tuple[str, ...]:
    try:
        return read_tags(text)
    except NotATag as error:
        raise RowRefused(f"tags: {error}") from error


def _name(text: str, column: str) -> str:
    try:
        name = clean_name(text)
    except NotAllowed as error:
        raise RowRefused(f"{column} holds what is no name") from error
    if len(name) > LONGEST_NAME:
        raise RowRefused(f"{column} has more than {LONGEST_NAME} characters")
    return name


def _country(text: str) -> str | None:
    if not text:
        return None
    code = text.upper() if text.upper() in _CODES else _COUNTRIES.get(text.casefold())
    if code is None:
        raise RowRefused("country is neither a two-letter code nor an English name of a country")
    return code


def _moment(text: str, now: datetime) -> datetime | None:
    if not text:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise RowRefused("consent_date is not written as 2026-05-31") from error
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    if moment > now:
        raise RowRefused("consent_date lies in the future")
    return moment
