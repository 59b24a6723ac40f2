"""The form in which a campaigner adds somebody to write to, or changes what is known of them."""

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any
from zoneinfo import available_timezones

from werkzeug.datastructures import MultiDict
from wtforms import Form, IntegerField, SelectField, SelectMultipleField, StringField, TextAreaField, TimeField
from wtforms.validators import DataRequired, Length, NumberRange, Optional, Regexp, StopValidation, ValidationError
from wtforms.widgets import CheckboxInput, ListWidget

from actions.targets.models import DAYS, DeliveryMode, Target, TargetKind
from actions.targets.operations import MOST_PER_DAY, MOST_PER_HOUR, TargetDetails
from actions.targets.queries import by_slug
from actions.targets.usual import AddressLanguage, Usual, address_languages, usual_for
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
WAYS = {
    DeliveryMode.EMAIL: "One by one by email, and by post if the writer likes",
    DeliveryMode.BUNDLE: "In bundles that we print and hand over, and by post if the writer likes",
    DeliveryMode.POST: "By post only: each writer prints and posts it",
}
FORMS = ("envelope", "salutation", "close")
WORDINGS = ("name", "state")


DAY_NAMES = dict(zip(DAYS, ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"), strict=True))
SEPARATORS = re.compile(r"[,;\n]")


def one_line(text: str | None) -> str:
    return " ".join(re.sub(r"[\x00-\x1f\x7f-\x9f]", " ", unicodedata.normalize("NFC", text or "")).split())


def _lines(text: str | None) -> str:
    """Each line cleaned; the empty ones at the end are slips."""
    return "\n".join(filter(None, map(one_line, (text or "").splitlines())))


def _line(label: str, missing: str = "", description: str = "", longest: int = LONGEST) -> StringField:
    required = [DataRequired(missing)] if missing else [Optional()]
    return StringField(label, [*required, Length(max=longest)], filters=[one_line], description=description)


class _LongSelectField(SelectField):  # type: ignore[misc]  # WTForms publishes no types
    """Of hundreds of choices, which WTForms would make objects of to look for one: a table has 2,000 such forms."""

    def pre_validate(self, form: Form) -> None:  # noqa: ARG002  # as WTForms calls it
        if self.data not in {choice[0] for choice in self.choices}:
            raise ValidationError("Not a valid choice.")


class TargetForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    name = _line(
        "Name", "Write the name as it stands on the envelope.", "With the title: Her Excellency Ms. Oda Merrin"
    )
    office = _line("Office", "Write which office this person holds.", "Ambassador Extraordinary and Plenipotentiary")
    kind = SelectField("Kind of office", choices=[(kind.value, words) for kind, words in KINDS.items()])
    represents = _LongSelectField(
        "State that this person represents",
        [DataRequired("Choose the state. Writers are told that it gets what they disclose.")],
        description="Writers are told that this state gets what they disclose.",
    )
    country = _LongSelectField("Country where the office stands", [DataRequired("Choose where letters by post go.")])
    accredited_to = TextAreaField(
        "Accredited to",
        [Optional()],
        filters=[one_line],
        description="Countries in which they speak for that state, with commas between them.",
    )
    lines = TextAreaField(
        "Address for letters",
        [DataRequired("Write the address, one line below the other, as it stands on an envelope.")],
        filters=[_lines],
        description="As on an envelope: 2 to 8 lines of at most 60 characters, the name first, without the country.",
    )
    delivery = SelectField("How letters go", choices=[(way.value, words) for way, words in WAYS.items()])
    email = StringField(
        "Email address of the office",
        [Optional(), Length(max=LONGEST), Regexp(r"[^\s@]+@[^\s@]+$", message="This is not an email address.")],
        filters=[one_line],
        description="Letters go there where they go by email. Leave it empty otherwise.",
    )
    spare_emails = TextAreaField(
        "Other email addresses",
        [Optional()],
        filters=[_lines],
        description="One below the other. Nothing goes there; they are kept in case the first one fails.",
    )
    timezone = _LongSelectField("Time zone of the office")
    opens_at = TimeField("Opens at", [Optional()])
    closes_at = TimeField("Closes at", [Optional()])
    open_days = SelectMultipleField(
        "Working days",
        choices=list(DAY_NAMES.items()),
        widget=ListWidget(),
        option_widget=CheckboxInput(),
    )
    max_per_hour = IntegerField(
        "Most letters an hour", [NumberRange(1, MOST_PER_HOUR, "Between 1 and 10,000.")], default=60
    )
    max_per_day = IntegerField(
        "Most letters a day", [NumberRange(1, MOST_PER_DAY, "Between 1 and 100,000.")], default=500
    )
    max_in_total = IntegerField(
        "Most letters in all",
        [Optional(), NumberRange(1, message="At least one; leave it empty for any number.")],
        description="Empty means any number. What is over it stays ready and is not sent.",
    )
    languages = StringField(
        "Languages, the preferred one first",
        [Optional()],
        filters=[one_line],
        description="Codes such as fr, en. Empty: all that are filled below. Each needs a salutation and a close.",
    )

    def __init__(self, typed: MultiDict[str, str] | None = None, **values: Any) -> None:  # noqa: ANN401  # as WTForms
        super().__init__(typed, **values)
        for field in (self.represents, self.country):
            # A code outside of ISO 3166, as an invented country has, stays what it was.
            own = values.get(field.name) or ""
            field.choices = [("", "Choose a country"), *countries(SOURCE_LANGUAGE)]
            field.choices += [] if own in dict(field.choices) else [(own, own)]
        self.timezone.choices = _zones()
        self.own_codes = set(values.get("own_codes", ()))
        self.problems: list[str] = []

    @classmethod
    def of(cls, target: Target | None, typed: MultiDict[str, str] | None = None) -> "TargetForm":
        """With what is known of the target; a new one begins as is usual for an ambassador."""
        if target is None:
            return cls(typed, timezone="UTC", **_begun())
        known: dict[str, Any] = {name: getattr(target, name) for name in AS_THEY_ARE}
        known |= {"kind": target.kind.value, "delivery": target.delivery.value, "lines": "\n".join(target.lines)}
        known["spare_emails"] = "\n".join(target.spare_emails)
        known["accredited_to"] = ", ".join(_COUNTRIES.get(code, code) for code in target.accredited_to)
        known["languages"] = ", ".join(target.languages)
        known["own_codes"] = {target.represents, target.country, *target.accredited_to, *target.forms}
        return cls(typed, **known, **_spoken_of(target))

    def validate_accredited_to(self, field: TextAreaField) -> None:
        unknown = [name for name in parts(field.data) if self._code(name) is None]
        if unknown:
            raise StopValidation(f"No country has the name {', '.join(unknown)}. Write it in English, or as its code.")

    def validate_languages(self, field: StringField) -> None:
        if not set(_codes(field.data)) <= {*address_languages(), *self.own_codes}:
            raise StopValidation(f"Use these codes: {', '.join(address_languages())}.")

    def use_usual(self, chosen: str) -> None:
        """Fill what is empty with a choice that was offered, as `kind:language:number`; anything else fills nothing."""
        kind, _, rest = chosen.partition(":")
        code, _, number = rest.partition(":")
        offered = usual_for(TargetKind(kind), code) if kind in set(TargetKind) else ()
        if number.isdecimal() and int(number) < len(offered):
            for name, words in offered[int(number)].filled(self.name.data or "").items():
                field = self[f"{code}_{name}"]
                field.data = field.data or words

    def offers(self) -> list[tuple[AddressLanguage, tuple[Usual, ...]]]:
        """Each language with what is usual in it for the kind of office that is chosen."""
        kind = self.kind_chosen()
        return [(language, usual_for(kind, code)) for code, language in address_languages().items()]

    def kind_chosen(self) -> TargetKind:
        return TargetKind(self.kind.data) if self.kind.data in set(TargetKind) else TargetKind.OTHER

    def kind_words(self) -> str:
        return KINDS[self.kind_chosen()].lower()

    def details(self, target: Target | None, slug: str | None = None) -> TargetDetails:
        """Of a form that was found right; somebody new has `slug`, or a free one."""
        forms = self._by_language(FORMS, address_languages(), target.forms if target else {})
        return TargetDetails(
            slug=target.slug if target else slug or free_slug(self.name.data),
            kind=TargetKind(self.kind.data),
            name=self.name.data,
            office=self.office.data,
            represents=self.represents.data,
            country=self.country.data,
            accredited_to=[self._code(name) or name for name in parts(self.accredited_to.data)],
            lines=self.lines.data.split("\n"),
            forms=forms,
            wordings=self._by_language(WORDINGS, LANGUAGES, target.wordings if target else {}),
            # A language can be written in without being one that the office prefers.
            languages=[code for code in dict.fromkeys(_codes(self.languages.data) or forms) if code in forms],
            delivery=DeliveryMode(self.delivery.data),
            email=self.email.data or None,
            spare_emails=(self.spare_emails.data or "").split(),
            timezone=self.timezone.data,
            opens_at=self.opens_at.data,
            closes_at=self.closes_at.data,
            open_days=[day for day in DAYS if day in (self.open_days.data or ())],
            max_per_hour=self.max_per_hour.data,
            max_per_day=self.max_per_day.data,
            max_in_total=self.max_in_total.data,
            demonstration=False if target is None else target.demonstration,
        )

    def _by_language(
        self, names: tuple[str, ...], codes: Mapping[str, object], known: Mapping[str, dict[str, str]]
    ) -> dict[str, dict[str, str]]:
        """What is known in a language that the form does not show is kept."""
        kept = {code: words for code, words in known.items() if code not in codes}
        said = {code: {name: self[f"{code}_{name}"].data for name in names} for code in codes}
        spoken = {code: {name: word for name, word in words.items() if word} for code, words in said.items()}
        return kept | {code: words for code, words in spoken.items() if words}

    def _code(self, name: str) -> str | None:
        """Also of one that the target has from before."""
        code = name.upper()
        return code if code in self.own_codes else country_code(name)


AS_THEY_ARE = (
    "name",
    "office",
    "represents",
    "country",
    "email",
    "timezone",
    "opens_at",
    "closes_at",
    "open_days",
    "max_per_hour",
    "max_per_day",
    "max_in_total",
)
_COUNTRIES = dict(countries(SOURCE_LANGUAGE))
_CODES = {name.casefold(): code for code, name in _COUNTRIES.items()}

for _code, _language in address_languages().items():
    _needed = _code == SOURCE_LANGUAGE
    if _language.is_ours:
        setattr(
            TargetForm,
            f"{_code}_name",
            _line(
                "How a sentence names them",
                "Write how a sentence names them." if _needed else "",
                "Ambassador Oda Merrin",
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
    setattr(
        TargetForm,
        f"{_code}_envelope",
        TextAreaField(
            "On the envelope",
            [Optional(), Length(max=LONGEST)],
            filters=[_lines],
            description="How name and office stand there, in place of the first line of the address above.",
        ),
    )
    setattr(TargetForm, f"{_code}_salutation", _line("Salutation", "Write how a letter begins." if _needed else ""))
    setattr(TargetForm, f"{_code}_close", _line("Close", "Write how a letter ends." if _needed else ""))


def free_slug(name: str) -> str:
    short = slug_of(name)
    number, slug = 1, short
    while by_slug(slug) is not None:
        number += 1
        slug = f"{short}-{number}"
    return slug


def slug_of(name: str) -> str:
    letters = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    return re.sub(r"[^a-z0-9]+", "-", letters).strip("-")[:60].strip("-") or "target"


@cache
def _zones() -> list[tuple[str, str]]:
    return [(name, name) for name in sorted(available_timezones())]


def _begun() -> dict[str, str]:
    usual = usual_for(TargetKind.AMBASSADOR, SOURCE_LANGUAGE)[0]
    return {f"{SOURCE_LANGUAGE}_salutation": usual.salutation, f"{SOURCE_LANGUAGE}_close": usual.close}


def country_code(name: str) -> str | None:
    """Of a country named in English or by its code."""
    code = name.upper()
    return code if code in _COUNTRIES else _CODES.get(name.casefold())


def parts(text: str | None) -> list[str]:
    return [part.strip() for part in SEPARATORS.split(text or "") if part.strip()]


def _codes(text: str | None) -> list[str]:
    return (text or "").lower().replace(",", " ").split()


def _spoken_of(target: Target) -> dict[str, str]:
    forms: Mapping[str, Mapping[str, str]] = target.forms
    wordings: Mapping[str, Mapping[str, str]] = target.wordings
    spoken = {f"{code}_{name}": word for code, words in forms.items() for name, word in words.items()}
    return spoken | {f"{code}_{name}": word for code, words in wordings.items() for name, word in words.items()}
