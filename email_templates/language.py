"""The languages that pages and mails speak: their direction, their texts, their dates, numbers and country names."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from io import BytesIO
from pathlib import Path
from types import MappingProxyType
from typing import Literal

from babel import Locale, UnknownLocaleError, dates, lists, numbers
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

Direction = Literal["ltr", "rtl"]

SOURCE_LANGUAGE = "en"
# CLDR lists these beside the countries; nobody lives there.
_NOT_COUNTRIES = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
_TWO_LETTERS = re.compile("[A-Z]{2}")
# As gettext's manual and every translator's tool have it. Babel's own default for Arabic swaps the last two forms.
_ARABIC_PLURALS = "(n==0 ? 0 : n==1 ? 1 : n==2 ? 2 : n%100>=3 && n%100<=10 ? 3 : n%100>=11 ? 4 : 5)"


class UnknownLanguage(LookupError):
    """No text of ours exists in this language."""


class WrongPlurals(ValueError):
    """A catalogue's Plural-Forms header is missing or not the language's."""


@dataclass(frozen=True, slots=True)
class Language:
    code: str
    name_in_itself: str
    direction: Direction
    date_pattern: str  # CLDR syntax
    before_time: str
    plural_rule: str  # C syntax, as in the Plural-Forms header of a .po file


LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        "en": Language("en", "English", "ltr", "d MMMM y", ", ", "(n != 1)"),
        "ar": Language("ar", "العربية", "rtl", "d MMMM y", "، ", _ARABIC_PLURALS),
        "km": Language("km", "ខ្មែរ", "ltr", "'ថ្ងៃទី'd 'ខែ'MMMM 'ឆ្នាំ'y", " ម៉ោង ", "0"),
    },
)

# A letter may be in one that pages and mails do not speak. Of those there are the few sentences that a letter brings
# along (its footer, how its writer is named), and nothing else.
LETTER_LANGUAGES: Mapping[str, Language] = MappingProxyType(
    {
        **LANGUAGES,
        "de": Language("de", "Deutsch", "ltr", "d. MMMM y", ", ", "(n != 1)"),
        "fr": Language("fr", "français", "ltr", "d MMMM y", ", ", "(n > 1)"),
        "es": Language("es", "español", "ltr", "d 'de' MMMM 'de' y", ", ", "(n != 1)"),
    },
)


def language_of(code: str) -> Language:
    try:
        return LANGUAGES[code]
    except KeyError:
        raise UnknownLanguage(f"no texts in {code!r}; there are {', '.join(LANGUAGES)}") from None


def letter_language_of(code: str) -> Language:
    """Of a letter: ours, or one that only letters are written in."""
    try:
        return LETTER_LANGUAGES[code]
    except KeyError:
        raise UnknownLanguage(f"no letters in {code!r}; there are {', '.join(LETTER_LANGUAGES)}") from None


def all_of(names: Sequence[str], language: str) -> str:
    """`one, two and three`, as the language says it."""
    return lists.format_list(names, locale=language)


def language_name(code: str, language: str) -> str:
    """Of one that letters are written in, as a sentence in `language` names it."""
    return Locale.parse(code).get_language_name(language) or letter_language_of(code).name_in_itself


def direction(code: str) -> Direction:
    """Of any language, ours or not: a letter may be written in one that no page speaks."""
    if code in LETTER_LANGUAGES:
        return LETTER_LANGUAGES[code].direction
    try:
        return "rtl" if Locale.parse(code, sep="-").text_direction == "rtl" else "ltr"
    except (UnknownLocaleError, ValueError):
        raise UnknownLanguage(f"{code!r} is not a language tag") from None


@cache
def translations(catalogue_folder: Path, language: str) -> Translations:
    """The texts of `<folder>/<language>.po`; English is the msgid itself and needs no file."""
    rule = letter_language_of(language).plural_rule
    if language == SOURCE_LANGUAGE:
        return Translations()
    path = catalogue_folder / f"{language}.po"
    with path.open("rb") as source:
        catalogue = read_po(source, locale=language)
    if catalogue.plural_expr != rule:
        raise WrongPlurals(f"{path} must have plural={rule}")
    compiled = BytesIO()
    write_mo(compiled, catalogue)
    compiled.seek(0)
    return Translations(compiled)


def format_date(day: date, language: str) -> str:
    """`22 July 2014`; a moment counts as its day in UTC."""
    return dates.format_datetime(_as_moment(day), language_of(language).date_pattern, locale=language)


def format_moment(moment: datetime, language: str) -> str:
    """`22 July 2014, 15:04 UTC`: a reader's own zone is nothing we ask for."""
    time = dates.format_time(moment, "HH:mm 'UTC'", tzinfo=dates.UTC, locale=language)
    return f"{format_date(moment, language)}{language_of(language).before_time}{time}"


def format_number(number: int, language: str) -> str:
    return numbers.format_decimal(number, locale=language_of(language).code)


def format_percent(share: float, language: str) -> str:
    """To a tenth: of a large mailing that is people by the hundred."""
    return numbers.format_percent(share, "#,##0.0%", locale=language_of(language).code)


def country_name(country: str, language: str) -> str:
    """Of an ISO 3166 two-letter code; an unknown code is its own name."""
    names: Mapping[str, str] = Locale(language_of(language).code).territories
    return names.get(country, country)


@cache
def countries(language: str) -> tuple[tuple[str, str], ...]:
    """(code, name) of every country, in the order of the names."""
    named = Locale(language_of(language).code).territories.items()
    wanted = [(code, name) for code, name in named if _TWO_LETTERS.fullmatch(code) and code not in _NOT_COUNTRIES]
    return tuple(sorted(wanted, key=lambda pair: pair[1].casefold()))


def _as_moment(day: date) -> datetime:
    return day if isinstance(day, datetime) else datetime(day.year, day.month, day.day, tzinfo=dates.UTC)
