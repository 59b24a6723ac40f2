"""What public forms share: fields that keep hostile text out, a signed stamp, errors in the reader's language.

A refused form keeps what was typed and says what to do; nothing of it is stored.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import BooleanField, EmailField, Form, HiddenField, SelectField, StringField, TextAreaField
from wtforms.validators import StopValidation

from actions.addresses import Address, InvalidAddress, parse_address
from actions.rendering import gettext, words
from actions.supporters.typed_text import NotAllowed, clean_line, clean_name, clean_text
from actions.tokens import InvalidToken, Purpose, tokens
from email_templates.language import countries

LONGEST_NAME = 64
LONGEST_LINE = 200
LONGEST_TEXT = 20_000
WHY_NOT = {
    "control": words("There are characters in here that cannot be printed. Please take them out."),
    "encoded": words("Please leave out the signs =? – they mean something to mail programs."),
    "url": words("A name cannot hold a web address. Please write just your name."),
    "formula": words("Please write the name with letters only, without signs such as @, =, + or quotation marks."),
}


class Required:
    """The field must hold something; `message` says what."""

    field_flags: Mapping[str, Any] = {"required": True}

    def __init__(self, message: str) -> None:
        self.message = message

    def __call__(self, form: Form, field: Any) -> None:  # noqa: ANN401, ARG002  # WTForms' fields are untyped
        if not (field.data or "").strip():
            raise StopValidation(self.message)


class Cleaned:
    """Holds the field to `clean` and to a length, and keeps its clean value."""

    def __init__(self, clean: Any, longest: int) -> None:  # noqa: ANN401  # one of typed_text's functions
        self.clean = clean
        self.longest = longest

    def __call__(self, form: Form, field: Any) -> None:  # noqa: ANN401, ARG002  # WTForms' fields are untyped
        try:
            cleaned = self.clean(field.data or "")
        except NotAllowed as error:
            raise StopValidation(WHY_NOT[error.why]) from error
        if len(cleaned) > self.longest:
            raise StopValidation(words("This is longer than we can take. Please shorten it."))
        field.data = cleaned


class ValidAddress:
    """The field must hold an email address; `field.address` is what it was read as."""

    def __call__(self, form: Form, field: Any) -> None:  # noqa: ANN401, ARG002  # WTForms' fields are untyped
        try:
            field.address = parse_address(field.data or "")
        except InvalidAddress as error:
            raise StopValidation(
                words("This does not look like an email address. It needs the form name@example.org.")
            ) from error


def address_field() -> EmailField:
    return EmailField(words("Email address"), [Required(words("Please write your email address.")), ValidAddress()])


def name_field(label: str, missing: str = "") -> StringField:
    """A part of a name; required where `missing` says what to write."""
    return StringField(label, [*([Required(missing)] if missing else []), Cleaned(clean_name, LONGEST_NAME)])


def line_field(label: str, missing: str = "", longest: int = LONGEST_LINE) -> StringField:
    return StringField(label, [*([Required(missing)] if missing else []), Cleaned(clean_line, longest)])


def text_field(label: str, missing: str = "", longest: int = LONGEST_TEXT) -> TextAreaField:
    return TextAreaField(label, [*([Required(missing)] if missing else []), Cleaned(clean_text, longest)])


def country_field(missing: str = "") -> SelectField:
    """Its choices are set to the reader's language by PublicForm."""
    return SelectField(
        words("Country"), [Required(missing)] if missing else [], choices={"": ""}, validate_choice=False
    )


class PublicForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    """A form without session or cookie. Its stamp says that we made it, for this purpose and place, and when."""

    stamp = HiddenField()
    lang = HiddenField()
    # People neither see nor reach it; whoever fills it is asked to empty it again, so nothing is lost.
    website = StringField()

    def __init__(self, typed: MultiDict[str, str] | None, *, language: str, place: str, **values: Any) -> None:  # noqa: ANN401  # as WTForms
        """`place` is what the stamp holds the form to, such as "sign:free-her"."""
        super().__init__(typed, **values)
        self.language = language
        self.place = place
        self.form_errors: list[str] = []
        for field in self:
            field.label.text = gettext(language, field.label.text) if field.label.text else ""
            if field.name == "country":
                field.choices = {"": gettext(language, "Choose your country"), **dict(countries(language))}

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        fields_are_right = super().validate(extra_validators)
        self._check_country()
        if self.website.data:
            self.form_errors.append(words("Please leave the field “website” empty; it is not meant for people."))
        if not self._stamped():
            self.form_errors.append(
                words("This form was open for a very long time, or did not come from our page. Please send it again.")
            )
        self._translate_errors()
        return fields_are_right and not self.errors and not self.form_errors

    def fresh_stamp(self) -> None:
        """Before the form is shown: stamps it with this moment."""
        self.stamp.data = tokens.sign(Purpose.FORM, self.place)
        self.lang.data = self.language

    @property
    def address(self) -> Address:
        found: Address = self["email"].address
        return found

    def _stamped(self) -> bool:
        try:
            return tokens.read(Purpose.FORM, self.stamp.data or "") == self.place.split(".")
        except InvalidToken:
            return False

    def _check_country(self) -> None:
        field = self._fields.get("country")
        if field is not None and field.data and field.data not in dict(countries(self.language)):
            field.errors = [*field.errors, words("Please choose a country from the list.")]

    def _translate_errors(self) -> None:
        for field in self:
            field.errors = [gettext(self.language, str(error)) for error in field.errors]
        self.form_errors[:] = [gettext(self.language, error) for error in self.form_errors]


def tick_box(label: str = "") -> BooleanField:
    """Never ticked beforehand. Where its sentence is a consent, the page sets the text of the label."""
    return BooleanField(label)
