from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import or_, select

from actions.consents.models import ConsentPurpose
from actions.consents.queries import standing
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.lists.models import MailingList
from actions.lists.queries import subscriptions_of, the_lists
from actions.pages.models import Page
from actions.signatures.models import Signature
from actions.signatures.queries import STANDING
from actions.supporters.models import Supporter, SupporterState
from actions.targets.models import Target
from actions.tokens import ExpiredToken, InvalidToken, Purpose, tokens


@dataclass(frozen=True)
class Opened:
    """Whose preferences a link opens; `fresh` for one that was mailed within the last day on request."""

    supporter: Supporter
    fresh: bool


@dataclass(frozen=True)
class Choices:
    """Each list and whether they are on it, and the cases they want news of."""

    lists: Sequence[tuple[MailingList, bool]]
    cases: Sequence[Page]


def opened_by(token: str) -> Opened:
    """Raises InvalidToken, and ExpiredToken for a fresh link that is a day old or whose person was erased."""
    try:
        ids = tokens.read_ids(Purpose.MY_DATA, token)
    except ExpiredToken:
        raise
    except InvalidToken:
        ids = tokens.read_ids(Purpose.PREFERENCES, token)
    supporter = db.session.get(Supporter, ids[0])
    if supporter is None:
        raise InvalidToken
    fresh = len(ids) == 2  # noqa: PLR2004  # supporter and generation
    if supporter.state is SupporterState.ERASED or (fresh and supporter.generation != ids[1]):
        raise ExpiredToken
    return Opened(supporter, fresh)


def choices_of(supporter: Supporter) -> Choices:
    on = {joined.id for _, joined in subscriptions_of(supporter.id)}
    cases = [consent.page_id for consent in standing(supporter.id) if consent.purpose is ConsentPurpose.CASE_NEWS]
    pages = db.session.scalars(select(Page).where(Page.id.in_([case for case in cases if case]))).all()
    return Choices([(joined, joined.id in on) for joined in the_lists()], pages)


def signatures_of(supporter: Supporter) -> Sequence[tuple[Signature, Page]]:
    """What counts, or was taken out of the count by us, newest first."""
    found = (
        select(Signature, Page)
        .join(Page, Page.id == Signature.page_id)
        .where(Signature.supporter_id == supporter.id, Signature.state.in_(STANDING))
        .order_by(Signature.id.desc())
    )
    return [(signature, page) for signature, page in db.session.execute(found)]


def letters_of(supporter: Supporter) -> Sequence[tuple[Letter, Page, Target]]:
    """Every letter that was confirmed, newest first, with where it stands."""
    found = (
        select(Letter, Page, Target)
        .join(Page, Page.id == Letter.page_id)
        .join(Target, Target.id == Letter.target_id)
        .where(
            Letter.supporter_id == supporter.id,
            Letter.state.not_in([LetterState.UNCONFIRMED, LetterState.REFUSED]),
            or_(Letter.state != LetterState.EXPIRED, Letter.confirmed_at.is_not(None)),
        )
        .order_by(Letter.id.desc())
    )
    return [(letter, page, target) for letter, page, target in db.session.execute(found)]
