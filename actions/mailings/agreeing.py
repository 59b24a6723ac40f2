"""A large mailing needs the yes of a second sender, where that is switched on: to these words and this audience."""

from contextlib import suppress
from dataclasses import dataclass

from actions import clock
from actions.actors import Actor, Role
from actions.mailings import audience, preflight, queries
from actions.mailings.models import Mailing, MailingState
from actions.mailings.reach import count_reach
from actions.staff import second_eyes
from actions.staff.models import SecondLook, Staff
from actions.staff.roles import StaffRole
from email_templates.language import SOURCE_LANGUAGE, format_number

SEND = "send mailing"
# People join and leave while a number is looked at; so much it may differ (one in a hundred, and ten).
DRIFT_PER_CENT = 1
DRIFT = 10
# While it waits for its time an audience may grow by so much.
GROWTH_PER_CENT = 10


@dataclass(frozen=True)
class Agreement:
    """How it stands, for a member who looks at it. `others`: who could say yes to what that member asks."""

    look: SecondLook | None
    others: tuple[Staff, ...]
    may_answer: bool

    @property
    def is_given(self) -> bool:
        return self.look is not None and self.look.agreed is True


def deed_of(mailing: Mailing, number: int) -> second_eyes.Deed:
    texts = queries.texts_of(mailing).values()
    subject = next((text.subject for text in texts), "")
    return second_eyes.Deed(
        name=SEND,
        role=StaffRole.SENDER,
        about=(Mailing.__tablename__, mailing.id),
        digest=second_eyes.digest_of(
            [mailing.kind, mailing.list_id, mailing.page_id, mailing.update_id, mailing.rule, mailing.discreet],
            [[text.language, text.subject, text.preheader, text.blocks] for text in texts],
        ),
        said=f"Send “{subject}” to {format_number(number, SOURCE_LANGUAGE)} people",
        number=number,
    )


def agreement_on(mailing: Mailing, number: int, member: Staff, *, by: Actor) -> Agreement | None:
    """None where nobody needs to be asked."""
    look = held_by(mailing)
    if look is None:
        if not second_eyes.is_needed(number, by=by) or _is_covered(mailing, number):
            return None
        look = _standing(mailing, number)
    may_answer = look is not None and look.asked_by != member.id and member.may(StaffRole.SENDER)
    return Agreement(look, tuple(second_eyes.others(StaffRole.SENDER, member.id)), may_answer)


def ask(mailing: Mailing, *, by: Actor) -> None:
    """For one that could go. Raises NobodyElse and MailingNotReady."""
    preflight.check(mailing, queries.texts_of(mailing))
    number = audience.size_of(mailing)
    second_eyes.ask(deed_of(mailing, number), by=by, anew=_standing(mailing, number) is None)


def must_be_agreed(mailing: Mailing, *, by: Actor) -> None:
    """Raises NotAgreed."""
    number = audience.size_of(mailing)
    if not second_eyes.is_needed(number, by=by) or _is_covered(mailing, number):
        return
    look = _standing(mailing, number)
    if look is None:
        raise second_eyes.NotAgreed
    second_eyes.use(deed_of(mailing, number), by=by)
    mailing.agreed_to = look.number


def holds_back(mailing: Mailing) -> bool:
    """Whether one whose time has come waits for a yes, since more people are in its audience than were agreed to.

    It is asked for in the name of whoever scheduled it, who cannot give it.
    """
    look, by = held_by(mailing), Actor(Role.STAFF, mailing.scheduled_by)
    if look is not None and not look.agreed:
        return True
    try:
        must_be_agreed(mailing, by=by)
    except second_eyes.NotAgreed:
        count_reach(mailing)
        with suppress(second_eyes.NobodyElse):
            second_eyes.ask(deed_of(mailing, audience.size_of(mailing)), by=by, anew=True)
        return True
    return False


def held_by(mailing: Mailing) -> SecondLook | None:
    """What stands between a mailing whose time has come and its launch."""
    due = mailing.launch_at
    if mailing.state is not MailingState.SCHEDULED or due is None or due > clock.now() or not second_eyes.is_on():
        return None
    look = second_eyes.standing(deed_of(mailing, 0))
    return look if look is not None and look.asked_at >= due else None


def is_near(now: int, before: int) -> bool:
    return abs(now - before) <= DRIFT + before * DRIFT_PER_CENT // 100


def _standing(mailing: Mailing, number: int) -> SecondLook | None:
    """A yes, a no or a question about so many."""
    look = second_eyes.standing(deed_of(mailing, number))
    enough = _has_grown_little if mailing.state is MailingState.SCHEDULED else is_near
    return look if look is not None and enough(number, look.number) else None


def _is_covered(mailing: Mailing, number: int) -> bool:
    """By the yes with which it was scheduled."""
    return mailing.agreed_to is not None and _has_grown_little(number, mailing.agreed_to)


def _has_grown_little(now: int, before: int) -> bool:
    return now <= before + DRIFT + before * GROWTH_PER_CENT // 100
