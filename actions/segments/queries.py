from sqlalchemy import ColumnElement, Select, and_, exists, false, func, not_, or_, select, true

from actions.consents.queries import wants_case_news
from actions.extensions import db
from actions.letters.models import Letter, LetterState
from actions.lists.models import MailingList, Subscription, SubscriptionState
from actions.pages.models import Page
from actions.segments.rules import Acted, Every, Not, OnList, Rule, Some, WantsNews
from actions.signatures.models import Signature, SignatureState
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions.queries import suppressed

# A letter that went, goes, or waits to go. What was given back to its writer is not done yet.
WRITTEN = (LetterState.READY, LetterState.RELEASED, LetterState.SENT, LetterState.HELD, LetterState.UNKNOWN)


def supporter_ids(rule: Rule) -> Select[int]:
    """The one SELECT: active supporters that the rule picks, without any suppressed address."""
    return select(Supporter.id).where(may_be_mailed(), condition(rule))


def how_many(rule: Rule) -> int:
    return db.session.scalars(select(func.count()).select_from(supporter_ids(rule).subquery())).one()


def may_be_mailed() -> ColumnElement[bool]:
    """In SQL, of a row of supporters: proved their mailbox, was not erased, and wants mail at all."""
    return and_(Supporter.state == SupporterState.ACTIVE, not_(suppressed(Supporter.email_hash)))  # type: ignore[arg-type]  # an active supporter has a hash


def condition(rule: Rule) -> ColumnElement[bool]:
    """In SQL, of a row of supporters."""
    match rule:
        case OnList(list_id):
            return is_on_list(list_id)
        case Acted(page_id):
            return has_acted(page_id)
        case WantsNews(page_id):
            return wants_case_news(page_id)
        case Not(inner):
            return not_(condition(inner))
        case Every(rules):
            return and_(true(), *map(condition, rules))
        case Some(rules):
            return or_(false(), *map(condition, rules))


def is_on_list(list_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    return exists().where(
        Subscription.list_id == list_id,
        Subscription.supporter_id == Supporter.id,
        Subscription.state == SubscriptionState.ACTIVE,
    )


def has_acted(page_id: int) -> ColumnElement[bool]:
    signed = exists().where(
        Signature.page_id == page_id,
        Signature.supporter_id == Supporter.id,
        Signature.state == SignatureState.COUNTED,
    )
    wrote = exists().where(Letter.page_id == page_id, Letter.supporter_id == Supporter.id, Letter.state.in_(WRITTEN))
    return or_(signed, wrote)


def in_words(rule: Rule) -> str:
    """One sentence for whoever sends: `Supporters who are on the list “updates” and have not acted on “mu-sochua”.`"""
    return f"Supporters who {_claim(rule, negated=False)}."


def _claim(rule: Rule, *, negated: bool) -> str:
    match rule:
        case OnList(list_id):
            return f"{'are not' if negated else 'are'} on the list “{_slug(MailingList, list_id)}”"
        case Acted(page_id):
            return f"have {'not ' if negated else ''}acted on “{_slug(Page, page_id)}”"
        case WantsNews(page_id):
            return f"{'do not want' if negated else 'want'} news about “{_slug(Page, page_id)}”"
        case Not(inner):
            return _claim(inner, negated=not negated)
        case Every(rules):
            return _joined(rules, "or" if negated else "and", negated=negated) or "exist"
        case Some(rules):
            return _joined(rules, "and" if negated else "or", negated=negated) or "do not exist"


def _joined(rules: tuple[Rule, ...], word: str, *, negated: bool) -> str:
    """De Morgan: what is not both is not the one or not the other."""
    nested = len(rules) > 1
    return f" {word} ".join(
        f"({_claim(rule, negated=negated)})"
        if nested and isinstance(rule, Every | Some)
        else _claim(rule, negated=negated)
        for rule in rules
    )


def _slug(room: type[MailingList | Page], row_id: int) -> str:
    return db.session.scalars(select(room.slug).where(room.id == row_id)).one_or_none() or f"no. {row_id}"
