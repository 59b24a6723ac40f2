"""The words of a letter: what its page suggests, what stands in it, and how its writer is named in it."""

import json
import re
import unicodedata
from collections.abc import Iterable
from dataclasses import asdict, dataclass

from actions.letters.models import NameShown
from actions.organisation.queries import letterhead
from actions.pages.model_letters import ModelLetter, model_letters
from actions.pages.models import Page
from actions.pages.queries import wording
from actions.rendering import gettext, words
from actions.targets.models import Target
from actions.targets.queries import close_in, letter_language, name_in, salutation_in

# L-02
LONGEST_FROM_NAME = 64
# So that a writer's name has room beside it.
LONGEST_ORGANISATION = 32
_NOT_IN_A_NAME = re.compile(r'[@<>",;:\\()\[\]]')
_WEB_ADDRESS = re.compile(r"\S*(?:https?:|://|www\.)\S*", re.IGNORECASE)


@dataclass(frozen=True)
class LetterWords:
    """Exactly as they go."""

    subject: str
    salutation: str
    body: str
    close: str

    def to_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False, sort_keys=True)

    @classmethod
    def from_json(cls, stored: str) -> "LetterWords":
        return cls(**json.loads(stored))

    def text(self, name: str) -> str:
        """From the salutation to the name."""
        return "\n\n".join(part for part in (self.salutation, self.body, self.close, name) if part)


@dataclass(frozen=True)
class Suggestion:
    """The model letter; `language` is its own, which may differ from its reader's (A-13).

    `words` are what the form begins with: the model's, or a letter's that was written before. `offered` are the
    languages in which one may write from this page to this target.
    """

    words: LetterWords
    language: str
    points: tuple[str, ...]
    model: ModelLetter
    offered: tuple[str, ...] = ()


def languages_to_write_in(page: Page, target: Target, language: str) -> tuple[str, ...]:
    """Those of the page's model letters in which its target can be addressed: the reader's own, then the target's."""
    models = model_letters(page)
    wanted = dict.fromkeys((language, *target.languages, *target.forms))
    return tuple(code for code in wanted if code in models and code in target.forms)


def suggested(page: Page, target: Target, language: str, wanted: str = "") -> Suggestion:
    """In the language that is `wanted` if one may write in it, else in the reader's, else in the target's first."""
    offered = languages_to_write_in(page, target, language)
    chosen = wanted if wanted in offered else next(iter(offered), letter_language(target, language))
    model = model_letters(page).get(chosen) or _own_model(page, chosen)
    said = LetterWords(
        subject=model.subject,
        salutation=salutation_in(target, model.language),
        body=model.body,
        close=close_in(target, model.language),
    )
    points = wording(page, model.language).letter.get("points", ())
    return Suggestion(said, model.language, tuple(points), model, offered)


def _own_model(page: Page, language: str) -> ModelLetter:
    """Where nobody can be addressed in a language that there is a letter in: the page's own."""
    words = wording(page, language)
    return ModelLetter(words.language, words.letter.get("subject", ""), words.letter.get("body", ""))


def initials(*names: str | None) -> str:
    """`A. E.`, of names in any script; the marks of a first letter stay with it."""
    return " ".join(f"{_first_letter(name)}." for name in names if name)


def written_name(first: str | None, last: str | None, shown: NameShown, language: str) -> str:
    """The name under the letter, as its writer chose."""
    if shown is NameShown.ORGANISATION:
        organisation = letterhead(language).name
        return gettext(language, words("A supporter of %(organisation)s"), organisation=organisation)
    if shown is NameShown.INITIALS:
        return initials(first, last)
    return " ".join(part for part in (first, last) if part)


def from_name(writer: str, shown: NameShown, target: Target, language: str) -> str:
    """`Alice Example via ORG`, at most 64 characters; nobody passes for us or for whom they write to (L-01, L-02)."""
    organisation = letterhead(language).name
    if shown is NameShown.ORGANISATION:
        return _cut(written_name(None, None, shown, language), LONGEST_FROM_NAME)
    name = _plain(writer)
    if not name or _folded(name) in _names_taken(organisation, target, language):
        name = gettext(language, words("A supporter"))
    # Between two names, as in "Ann Lee via Open Door Fund".
    via = gettext(language, words("via"))
    marker = f" {via} {_cut(_plain(organisation), LONGEST_ORGANISATION)}"
    return _cut(name, LONGEST_FROM_NAME - len(marker)) + marker


def _names_taken(organisation: str, target: Target, language: str) -> set[str]:
    return {_folded(name) for name in (organisation, target.name, name_in(target, language), *target.lines[:1])}


def _plain(text: str) -> str:
    return " ".join(_NOT_IN_A_NAME.sub(" ", _WEB_ADDRESS.sub(" ", text)).split())


def _folded(text: str) -> str:
    return unicodedata.normalize("NFKC", text).casefold()


def _cut(text: str, longest: int) -> str:
    return text if len(text) <= longest else text[: longest - 1].rstrip() + "…"


def _first_letter(name: str) -> str:
    return name[0] + "".join(_marks(name[1:]))


def _marks(text: str) -> Iterable[str]:
    for character in text:
        if not unicodedata.category(character).startswith("M"):
            return
        yield character
