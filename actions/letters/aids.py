"""What helps somebody to make a letter their own: its gaps, sentences to pick from, and how much of it is theirs."""

from dataclasses import dataclass
from functools import cached_property

from actions.letters.gaps import left_open
from actions.letters.own_words import measure, own_share
from actions.letters.sentences import Offered, offered, with_sentence
from actions.pages.model_letters import ModelLetter
from actions.pages.models import PageWording

# As much as a letter may hold; what is longer comes back, and is not looked through to its end.
LOOKED_AT = 20_000


@dataclass(frozen=True)
class Aids:
    """For what stands in the form now. `own_share` is in percent."""

    model: ModelLetter
    subject: str
    body: str

    @cached_property
    def open_gaps(self) -> tuple[str, ...]:
        return left_open(f"{self.subject[:LOOKED_AT]}\n{self._looked_at}", (self.model.subject, self.model.body))

    @cached_property
    def own_share(self) -> int:
        return own_share(self._looked_at, self.model.ours)

    def sentences(self, wording: PageWording) -> list[Offered]:
        """With what they say in the language of `wording`, where that is not the letter's."""
        is_read_already = wording.language == self.model.language
        meanings = () if is_read_already else wording.letter.get("sentences", ())
        return offered(self.model.sentences, meanings, self._looked_at)

    def with_sentence(self, number: int) -> str:
        """The body, with the sentence of that number; as it is, if there is none."""
        sentences = self.model.sentences
        return with_sentence(self.body, sentences[number], self.model.body) if number < len(sentences) else self.body

    @property
    def _looked_at(self) -> str:
        return self.body[:LOOKED_AT]

    def measure(self, language: str) -> str:
        return measure(self.own_share, language)
