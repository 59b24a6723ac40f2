"""What the desk's forms for a page hold, and the values that the operations take."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict
from wtforms import (
    BooleanField,
    DateField,
    DateTimeLocalField,
    Form,
    IntegerField,
    SelectField,
    StringField,
    TextAreaField,
)
from wtforms.validators import DataRequired, InputRequired, Length, NumberRange, Optional, Regexp

from actions.pages.model_letters import ONLY_LETTERS, PARTS
from actions.pages.models import Page, PageKind
from actions.pages.starting import Start
from actions.pages.words import PageDetails, PageWords
from actions.staff.zones import moment_of, shown
from email_templates.language import LANGUAGES, SOURCE_LANGUAGE, countries

KINDS = {
    PageKind.URGENT_ACTION: ("Urgent action", "A petition and a letter about one person or case, with a last day."),
    PageKind.PETITION: ("Petition", "People sign; you hand the names over."),
    PageKind.LETTER: ("Letter", "People write, each in their own words, to somebody you choose."),
}
LONGEST_LINE = 300
LONGEST_TEXT = 20_000
PRIVACY = {
    "who_asks": "Who asks",
    "what_for": "What for, and on which legal ground",
    "who_gets_it": "Who gets it",
    "which_state": "Which state it goes to",
    "how_long": "How long it is kept",
    "how_to_withdraw": "How to withdraw",
}
NOTES = {
    "safety": ("Safety note", "For readers whom the state could harm. Shown where names are hidden by default."),
    "post": ("Note on post", "How long a letter takes, and what stamp it needs."),
    "country_name": ("Name of the country", "Only where it differs from the usual one."),
    "share": ("Words to share", "What stands in a message when somebody passes the page on."),
    "donation": ("Words beside the link to give", ""),
    "notice": ("Notice", "Shown on a demonstration only."),
}


PICKED = "One below the other, as they would stand in the letter. Writers add the ones they like with a press."


def _text(value: str | None) -> str:
    """As a browser sends it, with the line ends that we store and without what no database takes."""
    unified = (value or "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "")
    return unified.strip()


def _one_line(value: str | None) -> str:
    return " ".join(_text(value).split())


def _listed(value: str | None) -> list[str]:
    return [line for line in map(_one_line, (value or "").split("\n")) if line]


def _line(label: str, description: str = "", missing: str = "") -> StringField:
    asked = [DataRequired(missing)] if missing else [Optional()]
    return StringField(label, [*asked, Length(max=LONGEST_LINE)], filters=[_one_line], description=description)


def _area(label: str, description: str = "") -> TextAreaField:
    return TextAreaField(label, [Length(max=LONGEST_TEXT)], filters=[_text], description=description)


class StartForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    kind = SelectField("Begin as", choices={kind.value: name for kind, (name, _) in KINDS.items()})
    title = _line("Title", "What you ask for, and for whom. You can change it later.", "Write a title.")
    country = SelectField("Which state is it about?", [DataRequired("Choose the state that the case is about.")])
    language = SelectField(
        "Language you write in", choices={code: one.name_in_itself for code, one in LANGUAGES.items()}
    )

    def __init__(self, typed: MultiDict[str, str] | None = None, **values: Any) -> None:  # noqa: ANN401  # as WTForms
        super().__init__(typed, **values)
        self.country.choices = _states("")

    def start(self) -> Start:
        return Start(
            kind=PageKind(self.kind.data), title=self.title.data, country=self.country.data, language=self.language.data
        )


class DetailsForm(Form):  # type: ignore[misc]  # as above
    slug = StringField(
        "Address of the page",
        [
            DataRequired("Write an address."),
            Length(max=80),
            Regexp(r"[a-z0-9]+(-[a-z0-9]+)*$", message="Use small letters, digits and hyphens."),
        ],
        description="It stands in every link and cannot be changed once the page has been opened.",
    )
    number = _line("Number", "If you number your actions: UA 12/26")
    country = SelectField("Which state is it about?", [DataRequired("Choose the state that the case is about.")])
    goal = IntegerField(
        "Goal",
        [
            InputRequired("Write how many signatures you hope for."),
            NumberRange(1, 100_000_000, "Write a number from 1 on."),
        ],
    )
    last_day = DateField(
        "Last day to act",
        [Optional()],
    )
    flagged = BooleanField(
        "Taking part can be dangerous for people in this state",
        description="Names are then hidden by default, and the safety note is shown.",
    )
    least_own_share = IntegerField(
        "How much of a letter must be its writer’s own, in percent",
        [NumberRange(0, 90, "Between 0 and 90; 0 asks for nothing.")],
        description="With 0 nothing is asked for: writers see how much is their own, and why more would count. "
        "Above it a letter with less comes back, with every word kept. A quarter is much to ask.",
    )
    article6 = _line("Legal ground, GDPR Article 6", "Usually 6(1)(a), consent.")
    article9 = _line("Legal ground, GDPR Article 9", "Usually 9(2)(a): a signature shows a political opinion.")
    retention_months = IntegerField(
        "Months that signatures are kept after the end",
        [InputRequired("Write how many months."), NumberRange(1, 120, "Between 1 and 120.")],
    )

    def __init__(self, typed: MultiDict[str, str] | None = None, **values: Any) -> None:  # noqa: ANN401  # as WTForms
        super().__init__(typed, **values)
        self.country.choices = _states(values.get("country") or "")

    @classmethod
    def of(cls, page: Page, zone: ZoneInfo, typed: MultiDict[str, str] | None = None) -> "DetailsForm":
        last = page.action_until
        form = cls(
            typed,
            slug=page.slug,
            number=page.number or "",
            country=page.country,
            goal=page.goal,
            last_day=None if last is None else (last.astimezone(zone) - timedelta(microseconds=1)).date(),
            flagged=page.flagged,
            least_own_share=page.least_own_share,
            article6=page.legal_basis.get("article6", ""),
            article9=page.legal_basis.get("article9", ""),
            retention_months=page.retention_months,
        )
        form.last_day.description = (
            f"After this day, as it ends in {shown(zone.key)}, the page shows what came of it and takes nothing more."
        )
        return form

    def details(self, page: Page, zone: ZoneInfo) -> PageDetails:
        """Of a form that was found right; the rest as the page has it."""
        kept = {name: getattr(page, name) for name in PageDetails.__dataclass_fields__}
        basis = {"article6": self.article6.data, "article9": self.article9.data}
        chosen: dict[str, Any] = {
            "slug": self.slug.data,
            "number": self.number.data or None,
            "country": self.country.data,
            "goal": self.goal.data,
            "action_until": self._until(page, zone),
            "flagged": self.flagged.data,
            "least_own_share": self.least_own_share.data,
            "legal_basis": {key: ground for key, ground in basis.items() if ground},
            "retention_months": self.retention_months.data,
        }
        return PageDetails(**(kept | chosen))

    def _until(self, page: Page, zone: ZoneInfo) -> datetime | None:
        """The end of that day where the writer is; a moment that a file gave stays while the day is the same."""
        if self.last_day.data is None:
            return None
        if DetailsForm.of(page, zone).last_day.data == self.last_day.data:
            return page.action_until
        end = datetime.combine(self.last_day.data + timedelta(days=1), datetime.min.time(), tzinfo=zone)
        return end.astimezone(UTC)


class OpeningForm(Form):  # type: ignore[misc]  # as above
    opens_at = DateTimeLocalField(
        "Opens at", [InputRequired("Choose a day and a time.")], format=["%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"]
    )

    def moment(self, zone: ZoneInfo) -> datetime:
        """Raises NotOneMoment."""
        local: datetime = self.opens_at.data
        return moment_of(local, zone)


class WordsForm(Form):  # type: ignore[misc]  # as above
    """One language's words but for the story, which the block editor holds. Nothing is required: drafts have gaps."""

    title = _line("Title", "What you ask for, and for whom. At most 90 characters are shown where the page is shared.")
    summary = _area("Two sentences of why", "They stand first, and in every preview.")
    lead_alt = _line("What the lead picture shows", "For readers who cannot see it.")
    lead_caption = _line("Caption of the lead picture")
    lead_credit = _line("Credit of the lead picture", "Who made it, and under which right you show it.")
    petition_statement = _area("What the signers say")
    petition_addressees = _area("To whom the petition goes", "One below the other.")
    letter_subject = _line("Subject of the model letter", "At most 120 characters.")
    letter_body = _area(
        "The model letter",
        "Without salutation and close: those come from the target. Writers make it their own. A gap that each of them "
        "fills stands in square brackets: [why this matters to you]. No letter goes with a gap left open.",
    )
    letter_points = _area("What a letter should ask for", "One below the other; shown beside the letter.")
    letter_sentences = _area("Sentences to pick from", PICKED)

    @classmethod
    def of(cls, words: PageWords, typed: MultiDict[str, str] | None = None) -> "WordsForm":
        shown: dict[str, Any] = {
            "title": words.title,
            "summary": words.summary,
            "lead_alt": words.lead.get("alt", ""),
            "lead_caption": words.lead.get("caption", ""),
            "lead_credit": words.lead.get("credit", ""),
            "petition_statement": words.petition.get("statement", ""),
            "petition_addressees": "\n".join(words.petition.get("addressees", [])),
            "letter_subject": words.letter.get("subject", ""),
            "letter_body": words.letter.get("body", ""),
            "letter_points": "\n".join(words.letter.get("points", [])),
            "letter_sentences": "\n".join(words.letter.get("sentences", [])),
        }
        for code in ONLY_LETTERS:
            letter = {part: words.letter.get(f"{part}_{code}", "") for part in PARTS}
            shown |= {f"letter_{part}_{code}": _shown(value) for part, value in letter.items()}
        shown |= {f"privacy_{name}": words.privacy.get(name, "") for name in PRIVACY}
        shown |= {f"note_{name}": words.notes.get(name, "") for name in NOTES}
        return cls(typed, **shown)

    def offer(self, alt: str, credit: str) -> None:
        """What the lead picture says of itself, which stands where these are left empty."""
        for field, own in ((self.lead_alt, alt), (self.lead_credit, credit)):
            if own:
                field.description = f"Left empty, it is what the picture has: “{own}”"

    def words(self, before: PageWords, blocks: list[dict[str, Any]]) -> PageWords:
        """What was typed over `before`, so that what this form does not show stays."""
        return replace(
            before,
            title=self.title.data,
            summary=self.summary.data,
            blocks=blocks,
            lead=_over(before.lead, {name: self[f"lead_{name}"].data for name in ("alt", "caption", "credit")}),
            petition=before.petition
            | {"statement": self.petition_statement.data, "addressees": _listed(self.petition_addressees.data)},
            letter=_over(before.letter, self._other_letters())
            | {
                "subject": self.letter_subject.data,
                "body": self.letter_body.data,
                "points": _listed(self.letter_points.data),
            },
            privacy=_over(before.privacy, {name: self[f"privacy_{name}"].data for name in PRIVACY}),
            notes=_over(before.notes, {name: self[f"note_{name}"].data for name in NOTES}),
        )

    def _other_letters(self) -> dict[str, Any]:
        """What a page need not have: sentences to pick from, and letters in a language that no page speaks."""
        typed: dict[str, Any] = {"sentences": _listed(self.letter_sentences.data)}
        for code in ONLY_LETTERS:
            typed |= {f"{part}_{code}": self[f"letter_{part}_{code}"].data for part in ("subject", "body")}
            typed[f"sentences_{code}"] = _listed(self[f"letter_sentences_{code}"].data)
        return typed


for _code in ONLY_LETTERS:
    setattr(WordsForm, f"letter_subject_{_code}", _line("Subject", "At most 120 characters."))
    setattr(WordsForm, f"letter_body_{_code}", _area("The letter", "In this language, with the same gaps."))
    setattr(WordsForm, f"letter_sentences_{_code}", _area("Sentences to pick from", PICKED))
for _name, _label in PRIVACY.items():
    setattr(WordsForm, f"privacy_{_name}", _area(_label))
for _name, (_label, _hint) in NOTES.items():
    setattr(WordsForm, f"note_{_name}", _area(_label, _hint))


def _states(own: str) -> dict[str, str]:
    """A code outside of ISO 3166, as an invented country has, stays what it was."""
    known = {"": "Choose a state", **dict(countries(SOURCE_LANGUAGE))}
    return known if own in known else {**known, own: own}


def _shown(value: str | list[str]) -> str:
    return value if isinstance(value, str) else "\n".join(value)


def _over(before: Mapping[str, Any], typed: Mapping[str, Any]) -> dict[str, Any]:
    """An empty field is none; one that was empty before stays as it was."""
    return {name: word for name, word in {**before, **typed}.items() if word or before.get(name) == ""}
