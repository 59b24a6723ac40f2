"""The short form in which a campaigner adds somebody to write to, or changes what is known of them."""

import re
import unicodedata
from collections.abc import Mapping
from typing import Any
from zoneinfo import available_timezones

from werkzeug.datastructures import MultiDict
from wtforms import Form, IntegerField, SelectField, StringField, TextAreaField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp

from actions.targets.models import DeliveryMode, Target, TargetKind
from actions.targets.operations import TargetDetails
from actions.targets.queries import by_slug
from email_templates.language import LANGUAGES, SOURCE_LANGUAGE, countries

LONGEST = 200
KINDS = {
    TargetKind.AMBASSADOR: "Ambassador",
    TargetKind.CONSULATE: "Consul",
    TargetKind.MINISTER: "Minister",
    TargetKind.HEAD_OF_STATE: "Head of state or government",
    TargetKind.COMPANY: "Company",
    TargetKind.OTHER: "Somebody else",
}
WAYS = {DeliveryMode.EMAIL: "By email, and by post if the writer likes", DeliveryMode.POST: "By post only"}
FORMS = ("salutation", "close")
WORDINGS = ("name", "state")


def _one_line(text: str | None) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", unicodedata.normalize("NFC", text or "")).split())


def _lines(text: str | None) -> str:
    """Each line cleaned; the empty ones at the end are slips."""
    return "\n".join(filter(None, map(_one_line, (text or "").splitlines())))


def _line(label: str, missing: str = "", description: str = "", longest: int = LONGEST) -> StringField:
    required = [DataRequired(missing)] if missing else [Optional()]
    return StringField(label, [*required, Length(max=longest)], filters=[_one_line], description=description)


class TargetForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    name = _line(
        "Name", "Write the name as it stands on the envelope.", "With the title: Her Excellency Ms. Oda Merrin"
    )
    office = _line("Office", "Write which office this person holds.", "Ambassador Extraordinary and Plenipotentiary")
    kind = SelectField("Kind of office", choices={kind.value: words for kind, words in KINDS.items()})
    represents = SelectField(
        "State that this person represents",
        [DataRequired("Choose the state. Writers are told that it gets what they disclose.")],
        description="Writers are told that this state gets what they disclose.",
    )
    country = SelectField("Country where the office stands", [DataRequired("Choose where letters by post go.")])
    lines = TextAreaField(
        "Address for letters",
        [DataRequired("Write the address, one line below the other, as it stands on an envelope.")],
        filters=[_lines],
        description="As on an envelope: 2 to 8 lines of at most 60 characters, the name first, without the country.",
    )
    delivery = SelectField("How letters go", choices={way.value: words for way, words in WAYS.items()})
    email = StringField(
        "Email address of the office",
        [Optional(), Length(max=LONGEST), Regexp(r"[^\s@]+@[^\s@]+$", message="This is not an email address.")],
        filters=[_one_line],
        description="Leave it empty where letters go by post only.",
    )
    timezone = SelectField("Time zone of the office", description="Mail goes out in the office's own hours.")
    max_per_hour = IntegerField("Most letters an hour", [NumberRange(1, 10_000, "Between 1 and 10,000.")], default=60)

    def __init__(self, typed: MultiDict[str, str] | None = None, **values: Any) -> None:  # noqa: ANN401  # as WTForms
        super().__init__(typed, **values)
        known = {"": "Choose a country", **dict(countries(SOURCE_LANGUAGE))}
        for field in (self.represents, self.country):
            # A code outside of ISO 3166, as an invented country has, stays what it was.
            own = values.get(field.name) or ""
            field.choices = known if own in known else {**known, own: own}
        self.timezone.choices = {name: name for name in sorted(available_timezones())}
        self.problems: list[str] = []

    @classmethod
    def of(cls, target: Target | None, typed: MultiDict[str, str] | None = None) -> "TargetForm":
        """With what is known of the target; a new one begins as is usual for an ambassador."""
        if target is None:
            return cls(typed, timezone="UTC", **_usual())
        known: dict[str, Any] = {
            name: getattr(target, name)
            for name in ("name", "office", "represents", "country", "email", "timezone", "max_per_hour")
        }
        known |= {"kind": target.kind.value, "delivery": target.delivery.value, "lines": "\n".join(target.lines)}
        return cls(typed, **known, **_spoken_of(target))

    def details(self, target: Target | None) -> TargetDetails:
        """Of a form that was found right; a language counts where something was written in it."""
        forms, wordings = self._by_language(FORMS), self._by_language(WORDINGS)
        return TargetDetails(
            slug=free_slug(self.name.data) if target is None else target.slug,
            kind=TargetKind(self.kind.data),
            name=self.name.data,
            office=self.office.data,
            represents=self.represents.data,
            country=self.country.data,
            lines=self.lines.data.split("\n"),
            forms=forms,
            wordings=wordings,
            languages=_in_order(forms, target),
            delivery=DeliveryMode(self.delivery.data),
            email=self.email.data or None,
            timezone=self.timezone.data,
            max_per_hour=self.max_per_hour.data,
            max_per_day=500 if target is None else target.max_per_day,
            demonstration=False if target is None else target.demonstration,
        )

    def _by_language(self, names: tuple[str, ...]) -> dict[str, dict[str, str]]:
        said = {code: {name: self[f"{code}_{name}"].data for name in names} for code in LANGUAGES}
        return {
            code: {name: word for name, word in words.items() if word}
            for code, words in said.items()
            if any(words.values())
        }


for _code in LANGUAGES:
    _needed = _code == SOURCE_LANGUAGE
    setattr(
        TargetForm,
        f"{_code}_name",
        _line(
            "How a sentence names them", "Write how a sentence names them." if _needed else "", "Ambassador Oda Merrin"
        ),
    )
    setattr(
        TargetForm,
        f"{_code}_state",
        _line(
            "How a sentence names the state",
            "Write how a sentence names the state." if _needed else "",
            "the Republic of Tarenia",
        ),
    )
    setattr(TargetForm, f"{_code}_salutation", _line("Salutation", "Write how a letter begins." if _needed else ""))
    setattr(TargetForm, f"{_code}_close", _line("Close", "Write how a letter ends." if _needed else ""))


def free_slug(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    short = re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:60].strip("-") or "target"
    number, slug = 1, short
    while by_slug(slug) is not None:
        number += 1
        slug = f"{short}-{number}"
    return slug


def _usual() -> dict[str, str]:
    return {f"{SOURCE_LANGUAGE}_salutation": "Your Excellency,", f"{SOURCE_LANGUAGE}_close": "Yours respectfully,"}


def _spoken_of(target: Target) -> dict[str, str]:
    forms: Mapping[str, Mapping[str, str]] = target.forms
    wordings: Mapping[str, Mapping[str, str]] = target.wordings
    spoken = {f"{code}_{name}": word for code, words in forms.items() for name, word in words.items()}
    return spoken | {f"{code}_{name}": word for code, words in wordings.items() for name, word in words.items()}


def _in_order(forms: Mapping[str, Mapping[str, str]], target: Target | None) -> list[str]:
    """The target's own order of preference, then what came new."""
    known = [code for code in (target.languages if target else []) if code in forms]
    return known + [code for code in forms if code not in known]
