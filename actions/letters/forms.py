from collections.abc import Mapping, Sequence
from itertools import product
from types import MappingProxyType
from typing import Any

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField, SelectMultipleField, StringField
from wtforms.validators import StopValidation

from actions.consents.models import ConsentPurpose
from actions.consents.operations import Ticked
from actions.letters.addressing import LetterTo, Offers, Part
from actions.letters.aids import Aids
from actions.letters.content import WishToWrite
from actions.letters.fields import ALONE, CLOSE, SALUTATION, TO_EACH, body_field, greeting_field, part_of, subject_field
from actions.letters.gaps import left_open
from actions.letters.keeping import GREETINGS, TEXTS, Text, greeting_name, is_word
from actions.letters.models import NameShown
from actions.letters.postal import PostalAddress
from actions.letters.wording import LetterWords, Suggestion
from actions.rendering import gettext, words
from actions.supporters.forms import (
    PublicForm,
    Required,
    address_field,
    country_field,
    line_field,
    name_field,
    tick_box,
)
from actions.supporters.typed_text import web_addresses_in
from actions.targets.models import Target
from actions.targets.queries import name_in
from email_templates.language import all_of, format_number, letter_language_of

LONGEST_ADDRESS_LINE = 80
EMAIL, POST = "email", "post"
# From their own mail program, or copied by hand.
OWN = "own"
POSTAL_FIELDS = ("street", "city", "postal_code", "region")
# What goes along with a letter on its way to paper, back and forth.
CARRIED = (
    *("stamp", "lang", "letter", "plain", "subject", "salutation", "body", "close"),
    *("first_name", "last_name", "country", *POSTAL_FIELDS),
)


class LetterForm(PublicForm):
    """By email it becomes a letter that waits for its writer; by post it becomes a PDF, and none of it is stored."""

    target = SelectMultipleField(words("Whom you write to"), validate_choice=False)
    # Slugs of those whom its writer saw there.
    seen = HiddenField()
    subject = subject_field()
    salutation = greeting_field(SALUTATION)
    body = body_field()
    close = greeting_field(CLOSE)
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
    # The language that its writer chose to write in, where they chose one; whom nobody can address in it is written to
    # in another.
    letter = HiddenField()
    # The language of the text that has the plain names.
    plain = HiddenField()
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
        **values: Any,  # noqa: ANN401  # as WTForms
    ) -> None:
        """`proven`: the mailbox was proven, so no address is asked for; nor is what is `known`, field -> value."""
        self.to = to
        suggestion = to.suggestion.words
        given = {
            "subject": suggestion.subject,
            "salutation": suggestion.salutation,
            "body": suggestion.body,
            "close": suggestion.close,
            "target": [target.slug for target in to.targets],
            "name_shown": (NameShown.INITIALS if to.flagged else NameShown.FULL).value,
            **{f"{name}_{said.language}": getattr(said.words, name) for said in to.each.values() for name in TEXTS},
            **{
                self.greeting(name, target): getattr(to.suggestion_for(target).words, name)
                for target in to.targets
                for name in GREETINGS
            },
        }
        super().__init__(typed, language=language, place=f"write:{to.slug}", **(given | values))
        # Somebody has written in it, so that it can be measured.
        self.is_typed = typed is not None
        self.plain.data = to.suggestion.language
        self.offers = offers
        self._asked, self._seen = list(self.target.data or ()), (self.seen.data or "").split()
        self.target.choices = {target.slug: name_in(target, language) for target in to.targets}
        self.target.data = [slug for slug in self.target.choices if self._is_ticked(slug)]
        self.seen.data = " ".join(self.target.choices)
        # Language -> own words in it, that nobody reads who gets the letter now.
        self.homeless: Mapping[str, Text] = {}
        # Field -> how somebody is addressed to whom none goes now.
        self.aside: Mapping[str, str] = {}
        self.name_shown.choices = {
            NameShown.FULL.value: gettext(language, words("My full name, so that they can answer me")),
            NameShown.INITIALS.value: gettext(language, words("My initials only")),
            NameShown.ORGANISATION.value: gettext(language, words("No name: as a supporter of the organisation")),
        }
        if len(to.targets) > 1:
            del self.salutation, self.close
            spoken = [one.language for one in to.each.values()]
            for target, name in product(to.targets, GREETINGS):
                label = self[self.greeting(name, target)].label
                alone = spoken.count(to.suggestion_for(target).language) == 1
                said = (ALONE if alone else TO_EACH)[name]
                label.text = gettext(language, said, name=self.target.choices[target.slug])
        self.known = known
        for name in dict.fromkeys([*(["email"] if proven else []), *known]):
            del self[name]

    @property
    def by_email(self) -> bool:
        """Also where no button was named and the target takes email."""
        return self.by.data == EMAIL or (self.by.data not in {POST, OWN} and self.takes_email)

    @property
    def chosen(self) -> list[Target]:
        """To whom it goes: those whom it reaches and whose tick was not taken off."""
        return [target for target in self.to.targets if target.slug in self.target.data]

    @property
    def asks_country(self) -> bool:
        """Nobody can be shown before its writer says where they live."""
        return self.to.by_country and not self.to.country

    @property
    def takes_email(self) -> bool:
        """Or printed in a bundle: either way some of it is sent from here."""
        return any(target.takes_letters for target in self.chosen)

    @property
    def offers_email(self) -> bool:
        """Somebody whom it reaches takes letters by email, or in bundles."""
        return any(target.takes_letters for target in self.to.targets)

    @property
    def parts(self) -> list[Part]:
        """One text for each language in which somebody is written to; one to keep words in where nobody is."""
        read_in: dict[str, list[Target]] = {} if self.to.targets else {self.to.suggestion.language: []}
        for target in self.to.targets:
            read_in.setdefault(self.to.suggestion_for(target).language, []).append(target)
        return [self._part(code, targets) for code, targets in read_in.items()]

    def _part(self, code: str, targets: Sequence[Target]) -> Part:
        said = self.to.suggestion_for(targets[0] if targets else self.to.target)
        subject, body = (self[self.named(name, code)] for name in TEXTS)
        several = len(self.to.targets) > 1
        salutations, closes = (
            [self[self.greeting(name, target)] for target in targets] if several else [self[name]] for name in GREETINGS
        )
        return Part(
            language=letter_language_of(code),
            subject=subject,
            body=body,
            targets=targets,
            names=all_of([name_in(target, self.language) for target in targets], self.language),
            offered=[letter_language_of(one) for one in said.offered],
            aids=Aids(said.model, subject.data or "", body.data or ""),
            salutations=salutations,
            closes=closes,
        )

    def part_of(self, target: Target) -> Part:
        code = self.to.suggestion_for(target).language
        return next(part for part in self.parts if part.language.code == code)

    def named(self, name: str, code: str) -> str:
        """The field of a text; the first target's language has the plain name."""
        return name if code == self.to.suggestion.language else f"{name}_{code}"

    def greeting(self, name: str, target: Target) -> str:
        """The field of the salutation or the close to one of them."""
        return greeting_name(name, target.slug, [one.slug for one in self.to.targets])

    @property
    def typed_for_post(self) -> bool:
        return self.by.data == POST or any(self[name].data for name in POSTAL_FIELDS)

    def validate(self, extra_validators: Mapping[str, Sequence[Any]] | None = None) -> bool:
        asked: dict[str, list[Any]] = {name: list(checks) for name, checks in (extra_validators or {}).items()}
        for part in self.parts:
            asked[part.subject.name] = [self._has_no_gap]
            asked[part.body.name] = [self._has_no_gap, self._is_own_enough]
        if self.by_email:
            asked |= {name: [self._holds_no_link, *asked.get(name, ())] for name in self._texts()}
            asked["first_name"] = [Required(words("Please write your first name."))]
            asked["last_name"] = [Required(words("Please write your last name."))]
            asked["target"] = [self._takes_letters]
        else:
            for name in ("email", *(["country"] if self.by.data == OWN else [])):
                if name in self:
                    self[name].validators = []
        idle = {name for name in self._fields if is_word(name)} - set(self._texts())
        asked = {name: checks for name, checks in asked.items() if name not in idle}
        for name in idle:
            self[name].validators = []
        self.form_errors += self._problems_of_targets()
        return super().validate(asked)

    def _problems_of_targets(self) -> list[str]:
        """Nothing goes to somebody whom its writer did not see (L-14)."""
        if self._seen and set(self._seen) != set(self.target.choices):
            return [words("Your letter goes to somebody else now. Please look whom it reaches, and send it again.")]
        if not self._seen and set(self._asked) - set(self.target.choices):
            return [words("Please choose whom you write to from the list.")]
        if not self.chosen:
            return [words("Please choose at least one office that your letter goes to.")]
        return []

    def _is_ticked(self, slug: str) -> bool:
        """One that the writer did not see yet has its tick, too."""
        return slug in self._asked or (bool(self._seen) and slug not in self._seen)

    def _texts(self) -> list[str]:
        """Names of the fields that hold a word of the letters."""
        codes = dict.fromkeys(self.to.suggestion_for(target).language for target in self.chosen)
        greetings = [self.greeting(name, target) for target in self.chosen for name in GREETINGS]
        return [self.named(name, code) for code in codes for name in TEXTS] + greetings

    def wishes(self) -> list[tuple[Target, WishToWrite]]:
        """One for each who takes letters by email; of a form that was found right."""
        # Measured once for each text, however many read it.
        shares = {part.language.code: part.aids.own_share for part in self.parts}
        return [
            (target, self._wish(target, shares[self.to.suggestion_for(target).language]))
            for target in self.chosen
            if target.takes_letters
        ]

    def _wish(self, target: Target, own_share: int) -> WishToWrite:
        return WishToWrite(
            first_name=self.value("first_name"),
            last_name=self.value("last_name"),
            country=self.value("country"),
            name_shown=self.shown,
            words=self.words_for(target),
            language=self.to.suggestion_for(target).language,
            ticked=tuple(self._ticked()),
            own_share=own_share,
        )

    def words_for(self, target: Target) -> LetterWords:
        suggestion = self.to.suggestion_for(target)
        model = suggestion.words
        return LetterWords(
            subject=self[self.named("subject", suggestion.language)].data,
            salutation=self[self.greeting("salutation", target)].data or model.salutation,
            body=self[self.named("body", suggestion.language)].data,
            close=self[self.greeting("close", target)].data or model.close,
        )

    @property
    def shown(self) -> NameShown:
        return NameShown(self.name_shown.data) if self.name_shown.data in list(NameShown) else NameShown.INITIALS

    @property
    def name(self) -> str:
        return " ".join(part for part in (self.value("first_name"), self.value("last_name")) if part)

    def value(self, name: str) -> str:
        """As known, else as typed."""
        return self.known[name] if name in self.known else str(self[name].data or "")

    def carried_on(self) -> dict[str, str]:
        """What goes along on the way to paper, but for whom it goes to."""
        kept = {name: self.value(name) for name in CARRIED if name in self or name in self.known}
        texts = [name for name in self._texts() if name not in kept]
        return kept | {name: self.value(name) for name in texts}

    def postal_address(self) -> PostalAddress:
        return PostalAddress(
            street=self.street.data or "",
            city=self.city.data or "",
            region=self.region.data or "",
            postal_code=self.postal_code.data or "",
        )

    def _suggestions(self) -> list[Suggestion]:
        return [self.to.suggestion, *self.to.each.values()]

    def _ticked(self) -> list[Ticked]:
        ticked = []
        if self.news.data:
            ticked.append(Ticked(ConsentPurpose.CASE_NEWS, self.offers.case_news.id, page_id=self.to.page_id))
        if self.join.data:
            ticked.append(Ticked(ConsentPurpose.LIST, self.offers.list.id, list_id=self.offers.list_id))
        return ticked

    def _takes_letters(self, *_: object) -> None:
        if self.chosen and not self.takes_email:
            raise StopValidation(words("This office takes letters by post only."))

    def _part_with(self, field: Any) -> Part:  # noqa: ANN401  # as below
        return next(part for part in self.parts if field.name in {part.subject.name, part.body.name})

    def _has_no_gap(self, _: object, field: Any) -> None:  # noqa: ANN401  # as below
        model = self._part_with(field).aids.model
        gaps = left_open(field.data or "", (model.subject, model.body))
        if gaps:
            said = words(
                "What stands in brackets waits for your own words. Please fill it in, or take it out: %(gaps)s"
            )
            raise StopValidation(gettext(self.language, said, gaps=" ".join(f"[{gap}]" for gap in gaps)))

    def _is_own_enough(self, _: object, field: Any) -> None:  # noqa: ANN401  # as below
        least = self.to.least_own_share
        if least and (own := self._part_with(field).aids.own_share) < least:
            said = words(
                "On this page at least %(least)s in a hundred words should be your own; so far it is about %(own)s. "
                "Please add a sentence or two about why you write. Everything that you wrote is still here."
            )
            numbers = {name: format_number(number, self.language) for name, number in (("least", least), ("own", own))}
            raise StopValidation(gettext(self.language, said, **numbers))

    def _holds_no_link(self, _: object, field: Any) -> None:  # noqa: ANN401  # WTForms' fields are untyped
        """Mail filters of offices stop letters with links; those of the model letter were looked at (L-04)."""
        ours = {link for said in self._suggestions() for link in web_addresses_in(getattr(said.words, part_of(field)))}
        if set(web_addresses_in(field.data or "")) - ours:
            raise StopValidation(words("Please leave out web addresses: mail filters stop letters that hold them."))
