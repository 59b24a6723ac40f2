"""The fields of a letter's words: a text for each language, and how each of several offices is addressed."""

from collections.abc import Iterable, Sequence
from typing import Any, TypeVar

from wtforms import Field, Form, StringField, TextAreaField

from actions.letters.keeping import GREETINGS, greeting_name
from actions.rendering import words
from actions.supporters.forms import line_field, text_field

LONGEST_SUBJECT = 120
LONGEST_FORM_OF_ADDRESS = 300
SALUTATION, CLOSE = words("Salutation"), words("Close")
# Of the only one who is written to in a language, and of several.
ALONE = {"salutation": SALUTATION, "close": CLOSE}
TO_EACH = {"salutation": words("Salutation for %(name)s"), "close": words("Close for %(name)s")}

Kind = TypeVar("Kind", bound=Form)


def subject_field() -> StringField:
    return line_field(words("Subject"), words("Please write what your letter is about."), LONGEST_SUBJECT)


def body_field() -> TextAreaField:
    return text_field(words("Your letter, in your own words or ours"), words("Please write your letter."))


def greeting_field(label: str) -> StringField:
    return line_field(label, longest=LONGEST_FORM_OF_ADDRESS)


def with_words(kind: type[Kind], codes: Iterable[str], slugs: Sequence[str]) -> type[Kind]:
    """The form with a text of its own in each of these further languages, too; and one can change how each of several
    offices is addressed.
    """
    fields: dict[str, Any] = {}
    for code in codes:
        fields[f"subject_{code}"] = subject_field()
        fields[f"body_{code}"] = body_field()
    if len(slugs) > 1:
        fields |= {
            greeting_name(part, slug, slugs): greeting_field(TO_EACH[part]) for slug in slugs for part in GREETINGS
        }
    return type(kind.__name__, (kind,), fields)


def part_of(field: Field) -> str:
    """subject, body, salutation or close."""
    return str(field.name).partition("_")[0]
