"""Whom a form's letters go to, and the texts to them: one for each language in which somebody is written to."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from wtforms import Field

from actions.consents.models import ConsentText
from actions.letters.aids import Aids
from actions.letters.wording import Suggestion
from actions.pages.privacy import Named
from actions.targets.models import Target
from email_templates.language import Language


@dataclass(frozen=True)
class LetterTo:
    """What a form is made for: a page, whom its writer reaches from there, and the model letter to each of them.

    `target` is the first of `targets`, and `suggestion` the model letter to it. Where there are none, a letter reaches
    nobody, or nobody knows yet whom; the two are then those of another writer, so that there is a form to keep words.
    """

    slug: str
    page_id: int
    title: str
    flagged: bool
    targets: Sequence[Target]
    target: Target
    suggestion: Suggestion
    named: Named
    # Target id -> the model letter to it, of every one of `targets`.
    each: Mapping[int, Suggestion] = field(default_factory=dict)
    # Whom a letter reaches depends on where its writer lives: here.
    by_country: bool = False
    country: str = ""
    # Those of other writers, too.
    every_target: Sequence[Target] = ()
    # In percent, by the page's own rule; 0 for none.
    least_own_share: int = 0

    def suggestion_for(self, target: Target) -> Suggestion:
        return self.each.get(target.id, self.suggestion)


@dataclass(frozen=True)
class Part:
    """One text of a form, and those who read its language."""

    language: Language
    subject: Field
    body: Field
    targets: Sequence[Target]
    # Of those, as a sentence names them.
    names: str
    # In which one may write to the first of them.
    offered: Sequence[Language]
    aids: Aids
    # Of each of them.
    salutations: Sequence[Field] = ()
    closes: Sequence[Field] = ()

    @property
    def end(self) -> str:
        """Of the names of its fields; empty for the first language."""
        return str(self.body.name).removeprefix("body")

    @property
    def lines(self) -> Sequence[str]:
        """Of the address, where there is one."""
        return self.targets[0].lines if len(self.targets) == 1 else ()


@dataclass(frozen=True)
class Offers:
    """The boxes beside the letter: news of the case, and the list."""

    list_id: int
    case_news: ConsentText
    list: ConsentText
