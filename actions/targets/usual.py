"""How somebody in an office is usually addressed: a starting point that a form offers, never a guess about a person."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import yaml
from babel import Locale

from actions.targets.models import TargetKind
from email_templates.language import LANGUAGES, Direction, direction

GAP = "{name}"


@dataclass(frozen=True)
class Usual:
    """`envelope` may have several lines, and GAP where the name stands."""

    envelope: str
    salutation: str
    close: str

    def filled(self, name: str) -> dict[str, str]:
        """By the part's name. A name that brings its title along stands alone on its line."""
        envelope = self.envelope
        if name:
            titled = name.casefold().startswith(_titles())
            envelope = "\n".join(
                name if titled and GAP in line else line.replace(GAP, name) for line in envelope.split("\n")
            )
        return {"envelope": envelope, "salutation": self.salutation, "close": self.close}


@dataclass(frozen=True)
class AddressLanguage:
    """One in which people can be addressed; pages and mails need not speak it."""

    code: str
    name_in_itself: str
    direction: Direction
    is_ours: bool


def usual_for(kind: TargetKind, language: str) -> tuple[Usual, ...]:
    """The choices, the one that tells no gender first where the language has one."""
    return _every()[kind].get(language, ())


@cache
def address_languages() -> Mapping[str, AddressLanguage]:
    codes = dict.fromkeys(code for said in _every().values() for code in said)
    return {code: _language(code) for code in (*LANGUAGES, *(code for code in codes if code not in LANGUAGES))}


def _language(code: str) -> AddressLanguage:
    name = LANGUAGES[code].name_in_itself if code in LANGUAGES else Locale(code).get_display_name()
    return AddressLanguage(code, str(name), direction(code), code in LANGUAGES)


@cache
def _every() -> dict[TargetKind, dict[str, tuple[Usual, ...]]]:
    return {
        TargetKind(kind): {code: tuple(Usual(**one) for one in choices) for code, choices in said.items()}
        for kind, said in _file()["usual"].items()
    }


@cache
def _titles() -> tuple[str, ...]:
    return tuple(title.casefold() for title in _file()["titles"])


@cache
def _file() -> dict[str, dict[str, dict[str, list[dict[str, str]]]]]:
    read: dict[str, dict[str, dict[str, list[dict[str, str]]]]] = yaml.safe_load(
        Path(__file__).with_name("usual.yaml").read_text(encoding="utf-8")
    )
    return read
