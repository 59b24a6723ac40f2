from dataclasses import dataclass

from actions.extensions import db
from actions.lists.models import MailingList, Subscription
from actions.lists.queries import name_in
from actions.pages.models import Page
from actions.pages.queries import wording
from actions.supporters.models import Supporter
from actions.tokens import InvalidToken, Purpose, tokens

LIST = "l"
CASE = "c"


@dataclass(frozen=True)
class Leaving:
    """What a link leaves: a list, or the news about one case. What is gone by now is None and is left already."""

    supporter: Supporter | None
    joined: MailingList | None = None
    page: Page | None = None

    def name(self, language: str) -> str:
        """As a reader knows it."""
        if self.joined is not None:
            return name_in(self.joined, language)
        return wording(self.page, language).title if self.page is not None else ""


def leaving(token: str) -> Leaving:
    """Raises InvalidToken for a link that we did not make; one that we made works for ever (B-44)."""
    kind, *ids = tokens.read(Purpose.UNSUBSCRIBE, token)
    if kind == LIST and len(ids) == 1:
        subscription = db.session.get(Subscription, int(ids[0]))
        if subscription is None:
            return Leaving(None)
        supporter = db.session.get(Supporter, subscription.supporter_id)
        return Leaving(supporter, joined=db.session.get(MailingList, subscription.list_id))
    if kind == CASE and len(ids) == 2:  # noqa: PLR2004  # supporter and page
        return Leaving(db.session.get(Supporter, int(ids[0])), page=db.session.get(Page, int(ids[1])))
    raise InvalidToken
