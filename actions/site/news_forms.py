"""What the desk's form for an update holds: the news in each language, the words that change with it, and the mail."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from werkzeug.datastructures import MultiDict
from wtforms import DateField, Form, RadioField, StringField, TextAreaField
from wtforms.validators import InputRequired, Length

from actions import clock
from actions.blocks_form import empty_block, read_blocks
from actions.media.queries import described
from actions.pages.model_letters import ONLY_LETTERS
from actions.pages.models import Outcome
from actions.pages.words import PageWords
from actions.rendering import gettext
from actions.signatures.models import Handover
from actions.site.updates import Told
from email_templates.block_checking import check_blocks
from email_templates.language import LETTER_LANGUAGES, Language, format_number

OUTCOMES = {
    Outcome.PARTIAL: ("Partial", "Something changed. The page stays open, with this update above it."),
    Outcome.WON: ("Won", "What you asked for has happened. The page closes, and old links lead to this update."),
    Outcome.STOPPED: (
        "Stopped",
        "Nobody should write any more, for instance because it could do harm. The page closes.",
    ),
    Outcome.NO_NEWS: ("No news", "Nothing more is known. The page closes."),
}
TO_BOTH, TO_SIGNERS, TO_WRITERS, TO_NOBODY = "both", "signed", "wrote", "nobody"
READERS = {
    TO_BOTH: "Everybody who signed or wrote and wants news of this case",
    TO_SIGNERS: "Those of them who signed",
    TO_WRITERS: "Those of them who wrote",
    TO_NOBODY: "Nobody: the page alone tells it",
}
LONGEST = 300
LONGEST_TEXT = 20_000


def _text(value: str | None) -> str:
    return (value or "").replace("\r\n", "\n").replace("\r", "\n").replace("\0", "").strip()


def _one_line(value: str | None) -> str:
    return " ".join(_text(value).split())


def _subject_of_letter(label: str) -> StringField:
    return StringField(label, [Length(max=LONGEST)], filters=[_one_line])


def _letter(label: str) -> TextAreaField:
    return TextAreaField(label, [Length(max=LONGEST_TEXT)], filters=[_text])


class NewsForm(Form):  # type: ignore[misc]  # WTForms publishes no types
    outcome = RadioField(
        "What came of it",
        [InputRequired("Choose what came of it.")],
        choices={outcome.value: name for outcome, (name, _) in OUTCOMES.items()},
    )
    dated = DateField("Day of the news", [InputRequired("Choose the day of the news.")])
    readers = RadioField("Who is mailed", choices=READERS, default=TO_BOTH)

    def moment(self, zone: ZoneInfo) -> datetime:
        """Noon of that day, so that no time zone moves it to another; the present for today."""
        now = clock.now().astimezone(zone)
        chosen = datetime.combine(self.dated.data, time(12), tzinfo=zone)
        return (now if self.dated.data == now.date() else chosen).astimezone(UTC)


class WordsOfNews(Form):  # type: ignore[misc]  # as above
    """In one language; its fields are prefixed with the language's code."""

    letters_beside: Sequence[Language] = ()
    headline = StringField(
        "Headline", [Length(max=LONGEST)], filters=[_one_line], description="One sentence; it stands above the page."
    )
    subject = StringField(
        "Subject of the mail", [Length(max=LONGEST)], filters=[_one_line], description="Left empty, it is the headline."
    )
    preheader = StringField(
        "Line after the subject",
        [Length(max=LONGEST)],
        filters=[_one_line],
        description="Mail programs show it in the list.",
    )
    title = StringField("Title of the page", [Length(max=LONGEST)], filters=[_one_line])
    summary = TextAreaField("Two sentences of why", [Length(max=LONGEST_TEXT)], filters=[_text])
    statement = TextAreaField("What the signers say", [Length(max=LONGEST_TEXT)], filters=[_text])
    letter_subject = _subject_of_letter("Subject of the model letter")
    letter_body = _letter("The model letter")

    @classmethod
    def of(cls, code: str, standing: PageWords, typed: MultiDict[str, str] | None = None) -> "WordsOfNews":
        """With a field for each letter that stands with these words in a language that no page speaks."""
        fields: dict[str, Any] = {}
        for letter in _letters_beside(standing):
            name = LETTER_LANGUAGES[letter].name_in_itself
            fields[f"letter_subject_{letter}"] = _subject_of_letter(f"Subject of the letter in {name}")
            fields[f"letter_body_{letter}"] = _letter(f"The letter in {name}")
        form: WordsOfNews = type(cls.__name__, (cls,), fields)(typed, prefix=f"{code}-", **shown(standing))
        form.letters_beside = [LETTER_LANGUAGES[letter] for letter in _letters_beside(standing)]
        return form


@dataclass(frozen=True)
class Written:
    """One language's form and story, and what it tells; None where nothing was written in it."""

    form: WordsOfNews
    blocks: list[dict[str, Any]]
    told: Told | None


def written_in(code: str, standing: PageWords, typed: MultiDict[str, str] | None) -> Written:
    form = WordsOfNews.of(code, standing, typed)
    blocks = described(read_blocks(typed, f"{code}-story")) if typed is not None else [empty_block("text")]
    if not form.headline.data:
        return Written(form, blocks, None)
    told = Told(
        headline=form.headline.data,
        blocks=blocks,
        subject=form.subject.data or "",
        preheader=form.preheader.data or "",
        changes=_changes(form, standing),
    )
    return Written(form, blocks, told)


def headline_of(handover: Handover, language: str) -> str:
    """What one tells the signers of a petition that was handed over; the campaigner goes on from there."""
    said = gettext(language, "%(number)s signatures were handed over: %(to)s")
    return said % {"number": format_number(handover.contents["total"], language), "to": handover.handed_to}


def problems_of(written: Mapping[str, Written], own: str) -> list[str]:
    """Why this is no news yet, one sentence each."""
    problems = [] if written[own].told else ["Write a headline in the page's own language."]
    for code, one in written.items():
        if one.told is not None:
            problems += _of_story(code, one.blocks)
    return problems


def _of_story(code: str, blocks: Sequence[Mapping[str, Any]]) -> list[str]:
    if not any(block.get("html") or block["type"] != "text" for block in blocks):
        return [f"{code}: write at least one paragraph of news."]
    return [f"{code}: {problem}" for problem in check_blocks(blocks)]


def shown(standing: PageWords) -> dict[str, str]:
    """The words of the page that an update may change, by the field that shows them."""
    return {
        "title": standing.title,
        "summary": standing.summary,
        "statement": str(standing.petition.get("statement", "")),
        "letter_subject": str(standing.letter.get("subject", "")),
        "letter_body": str(standing.letter.get("body", "")),
        **{f"letter_{part}": str(standing.letter.get(part) or "") for part in _parts_beside(standing)},
    }


def _letters_beside(standing: PageWords) -> list[str]:
    return [code for code in ONLY_LETTERS if standing.letter.get(f"body_{code}")]


def _parts_beside(standing: PageWords) -> list[str]:
    return [f"{part}_{code}" for code in _letters_beside(standing) for part in ("subject", "body")]


def _changes(form: WordsOfNews, standing: PageWords) -> dict[str, Any]:
    """Only what differs from the words that stand."""
    differs = {name: form[name].data for name, was in shown(standing).items() if (form[name].data or "") != was}
    changes: dict[str, Any] = {name: differs[name] for name in ("title", "summary") if name in differs}
    if "statement" in differs:
        changes["petition"] = {"statement": differs["statement"]}
    parts = ("subject", "body", *_parts_beside(standing))
    letter = {name: differs[f"letter_{name}"] for name in parts if f"letter_{name}" in differs}
    return changes | ({"letter": letter} if letter else {})
