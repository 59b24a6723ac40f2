"""The gaps in what a page says of one's data: the names of those whom its reader's letter reaches."""

from dataclasses import dataclass

from actions.pages.models import Page
from actions.pages.queries import chosen_of
from actions.pages.reaching import asks_country, reached
from actions.rendering import gettext, words
from actions.targets.queries import name_in, state_in
from email_templates.language import all_of

# Of the privacy wording, what is shown with them filled in.
FILLED = ("who_gets_it", "which_state")


@dataclass(frozen=True)
class Named:
    target: str
    state: str

    def filled(self, text: str) -> str:
        return text.replace("{target}", self.target).replace("{state}", self.state)


def named_for(page: Page, language: str, country: str = "") -> Named:
    """Those whom a writer in that country reaches; by description while nobody knows the country."""
    chosen = chosen_of(page)
    every = [one.target for one in chosen]
    targets = reached(chosen, country) if country else [] if asks_country(chosen) else every
    said = gettext(language, words("whoever is responsible for the country that you live in, named before you write"))
    states = dict.fromkeys(state_in(target, language) for target in targets or every)
    return Named(
        target=all_of([name_in(target, language) for target in targets], language) if targets else said,
        state=all_of(list(states), language),
    )
