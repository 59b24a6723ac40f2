from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, SelectField, StringField
from wtforms.validators import StopValidation

from actions.consents.models import ConsentPurpose, ConsentText
from actions.consents.operations import Ticked
from actions.letters.aids import Aids
from actions.letters.content import WishToWrite
from actions.letters.gaps import left_open
from actions.letters.models import NameShown
from actions.letters.postal import Paper, PostalAddress
from actions.letters.wording import LetterWords, Suggestion
from actions.rendering import gettext, words
from actions.supporters.forms import (
    PublicForm,
    Required,
    address_field,
    country_field,
    line_field,
    name_field,
    text_field,
    tick_box,
)
from actions.supporters.typed_text import web_addresses_in
from actions.targets.models import Target
from actions.targets.queries import name_in
from email_templates.language import Language, format_number, letter_language_of

LONGEST_SUBJECT = 120
LONGEST_FORM_OF_ADDRESS = 300
LONGEST_ADDRESS_LINE = 80
EMAIL, POST = "email", "post"
# From their own mail program, or copied by hand.
OWN = "own"
POSTAL_FIELDS = ("street", "city", "postal_code", "region")
# What goes along with a letter on its way to paper, back and forth.
CARRIED = (
    *(
        "stamp",
        "lang",
        "letter",
        "target",
        "subject",
        "salutation",
        "body",
        "close",
        "first_name",
        "last_name",
        "country",
    ),
    *POSTAL_FIELDS,
    "posting",
)
PAPERS: Mapping[str, Paper] = {"a4": "a4", "us-letter": "us-letter"}


@dataclass(frozen=True)
class LetterTo:
    """What a form is made for: a page, whom one may write to from it, and the model letter to the one chosen."""

    slug: str
    page_id: int
    title: str
    flagged: bool
    targets: Sequence[Target]
    target: Target
    suggestion: Suggestion
    # In percent, by the page's own rule; 0 for none.
    least_own_share: int = 0


@dataclass(frozen=True)
class Offers:
    """The boxes beside the letter: news of the case, and the list."""

    list_id: int
    case_news: ConsentText
    list: ConsentText


class LetterForm(PublicForm):
    """By email it becomes a letter that waits for its writer; by post it becomes a PDF, and none of it is stored."""

    target = SelectField(words("Whom you write to"), validate_choice=False)
    subject = line_field(words("Subject"), words("Please write what your letter is about."), LONGEST_SUBJECT)
    salutation = line_field(words("Salutation"), longest=LONGEST_FORM_OF_ADDRESS)
    body = text_field(words("Your letter, in your own words or ours"), words("Please write your letter."))
    close = line_field(words("Close"), longest=LONGEST_FORM_OF_ADDRESS)
    first_name = name_field(words("First name"))
    last_name = name_field(words("Last name"))
    country = country_field(words("Please choose your country."))
    email = address_field()
    name_shown = RadioField(words("How the office sees your name"), validate_choice=False)
    street = line_field(words("Street and number"), longest=LONGEST_ADDRESS_LINE)
    city = line_field(words("Town or city"), longest=LONGEST_ADDRESS_LINE)
    postal_code = line_field(words("Postal code"), longest=LONGEST_ADDRESS_LINE)
    region = line_field(words("State or province"), longest=LONGEST_ADDRESS_LINE)
    news = tick_box()
    join = tick_box()
    next = HiddenField()
    # The language it is written in.
    letter = HiddenField()
    # The button that was pressed: email, post or own.
    by = StringField()

    def __init__(  # noqa: PLR0913  # what the page around it decides
        self,
        typed: MultiDict[str, str] | None,
        *,
        language: str,
        to: LetterTo,
        offers: Offers,
        proven: bool = False,
        known: Mapping[str, str] = MappingProxyType({}),
        **values: str,
    ) -> None:
        """`proven`: the mailbox was proven, so no address is asked for; nor is what is `known`, field -> value."""
        suggestion = to.suggestion.words
        given = {
            "subject": suggestion.subject,
            "salutation": suggestion.salutation,
            "body": suggestion.body,
            "close": suggestion.close,
            "target": to.target.slug,
            "name_shown": (NameShown.INITIALS if to.flagged else NameShown.FULL).value,
        }
        super().__init__(typed, language=language, place=f"write:{to.slug}", **(given | values))
        # Somebody has written in it, so that it can be measured.
        self.is_typed = typed is not None
        self.letter.data = to.suggestion.language
        self.to = to
        self.offers = offers
        self.target.choices = {target.slug: name_in(target, language) for target in to.targets}
        self.name_shown.choices = {
            NameShown.FULL.value: gettext(language, words("My full name, so that they can answer me")),
            NameShown.INITIALS.value: gettext(language, words("My initials only")),
            NameShown.ORGANISATION.value: gettext(language, words("No name: as a supporter of the organisation")),
        }
        self._follow_target()
        self.known = known
        for name in dict.fromkeys([*(["email"] if proven else []), *known]):
            del self[name]

    @property
    def by_email(self) -> bool:
        """Also where no button was named and the target takes email."""
        return self.by.data == EMAIL or (self.by.data not in {POST, OWN} and self.takes_email)

    @property
    def takes_email(self) -> bool:
        """Or printed in a bundle: either way it is sent from here."""
        return self.to.target.takes_letters

    @property
    def offers_email(self) -> bool:
        """Somebody on this page takes letters by email, or in bundles."""
        return any(one.takes_letters for one in self.to.targets)

    @property
    def typed_for_post(self) -> bool:
        return self.by.data == POST or any(self[name].data for name in POSTAL_FIELDS)

    @property
    def letter_language(self) -> Language:
        return letter_language_of(self.to.suggestion.language)

    @property
    def offered_languages(self) -> list[Language]:
        """In which one may write to this target."""
        return [letter_language_of(code) for code in self.to.suggestion.offered]

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        ours: dict[str, list[Any]] = {"subject": [self._has_no_gap], "body": [self._has_no_gap, self._is_own_enough]}
        if self.by_email:
            extra_validators = {
                "first_name": [Required(words("Please write your first name."))],
                "last_name": [Required(words("Please write your last name."))],
                "target": [self._takes_letters],
                **{name: [self._holds_no_link] for name in ("salutation", "close")},
                **{name: [self._holds_no_link, *asked] for name, asked in ours.items()},
            }
        else:
            extra_validators = ours
            for name in ("email", *(["country"] if self.by.data == OWN else [])):
                if name in self:
                    self[name].validators = []
        if self.target.data not in self.target.choices:
            self.form_errors.append(words("Please choose whom you write to from the list."))
        return super().validate(extra_validators)

    def wish(self) -> WishToWrite:
        """Of a form that was found right."""
        return WishToWrite(
            first_name=self.value("first_name"),
            last_name=self.value("last_name"),
            country=self.value("country"),
            name_shown=self.shown,
            words=self.words(),
            language=self.to.suggestion.language,
            ticked=tuple(self._ticked()),
            own_share=self.aids.own_share,
        )

    def words(self) -> LetterWords:
        suggestion = self.to.suggestion.words
        return LetterWords(
            subject=self.subject.data,
            salutation=self.salutation.data or suggestion.salutation,
            body=self.body.data,
            close=self.close.data or suggestion.close,
        )

    @property
    def aids(self) -> Aids:
        """For what is typed so far."""
        return Aids(self.to.suggestion.model, self.subject.data or "", self.body.data or "")

    @property
    def shown(self) -> NameShown:
        return NameShown(self.name_shown.data) if self.name_shown.data in list(NameShown) else NameShown.INITIALS

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.value("first_name"), self.value("last_name")) if part)

    def value(self, name: str) -> str:
        """As known, else as typed."""
        return self.known[name] if name in self.known else str(self[name].data or "")

    def postal_address(self) -> PostalAddress:
        return PostalAddress(
            street=self.street.data or "",
            city=self.city.data or "",
            region=self.region.data or "",
            postal_code=self.postal_code.data or "",
        )

    def _follow_target(self) -> None:
        """Whoever chose another target and left the form of address alone means that target's."""
        mine = self.to.suggestion.words
        for target in self.to.targets:
            for form in target.forms.values():
                if self.salutation.data == form["salutation"]:
                    self.salutation.data = mine.salutation
                if self.close.data == form["close"]:
                    self.close.data = mine.close

    def _ticked(self) -> list[Ticked]:
        ticked = []
        if self.news.data:
            ticked.append(Ticked(ConsentPurpose.CASE_NEWS, self.offers.case_news.id, page_id=self.to.page_id))
        if self.join.data:
            ticked.append(Ticked(ConsentPurpose.LIST, self.offers.list.id, list_id=self.offers.list_id))
        return ticked

    def _takes_letters(self, *_: object) -> None:
        if not self.takes_email:
            raise StopValidation(words("This office takes letters by post only."))

    def _has_no_gap(self, _: object, field: Any) -> None:  # noqa: ANN401  # as below
        model = self.to.suggestion.model
        gaps = left_open(field.data or "", (model.subject, model.body))
        if gaps:
            said = words(
                "What stands in brackets waits for your own words. Please fill it in, or take it out: %(gaps)s"
            )
            raise StopValidation(gettext(self.language, said, gaps=" ".join(f"[{gap}]" for gap in gaps)))

    def _is_own_enough(self, _: object, __: object) -> None:
        least, own = self.to.least_own_share, self.aids.own_share
        if own < least:
            said = words(
                "On this page at least %(least)s in a hundred words should be your own; so far it is about %(own)s. "
                "Please add a sentence or two about why you write. Everything that you wrote is still here."
            )
            numbers = {name: format_number(number, self.language) for name, number in (("least", least), ("own", own))}
            raise StopValidation(gettext(self.language, said, **numbers))

    def _holds_no_link(self, _: object, field: Any) -> None:  # noqa: ANN401  # WTForms' fields are untyped
        """Mail filters of offices stop letters with links; those of the model letter were looked at (L-04)."""
        suggestion = self.to.suggestion.words
        ours = web_addresses_in(getattr(suggestion, field.name))
        if set(web_addresses_in(field.data or "")) - set(ours):
            raise StopValidation(words("Please leave out web addresses: mail filters stop letters that hold them."))


class PaperForm(LetterForm):
    """The same letter on its way to paper: what was typed comes along, the sheet is chosen."""

    paper = RadioField(words("Paper"), validate_choice=False)
    posting = HiddenField()

    def __init__(self, typed: MultiDict[str, str] | None, **values: Any) -> None:  # noqa: ANN401  # as LetterForm
        super().__init__(typed, **values)
        self.paper.choices = {
            "a4": gettext(self.language, words("A4")),
            "us-letter": gettext(self.language, words("US Letter")),
        }

    @property
    def by_email(self) -> bool:
        return False

    @property
    def carried(self) -> dict[str, str]:
        """Every hidden field of the form that asks for the PDF."""
        return {name: str(self[name].data or "") for name in CARRIED}

    def sheet(self, otherwise: Paper) -> Paper:
        return PAPERS.get(self.paper.data or "", otherwise)
