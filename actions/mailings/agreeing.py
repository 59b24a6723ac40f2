"""A large mailing needs the yes of a second sender, where that is switched on: to these words and this audience."""

from dataclasses import dataclass

from actions.actors import Actor
from actions.mailings import audience, preflight, queries
from actions.mailings.models import Mailing
from actions.staff import second_eyes
from actions.staff.models import SecondLook, Staff
from actions.staff.roles import StaffRole
from email_templates.language import SOURCE_LANGUAGE, format_number

SEND = "send mailing"
# People join and leave while a number is looked at; so much it may differ (one in a hundred, and ten).
DRIFT_PER_CENT = 1
DRIFT = 10


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
    if not second_eyes.is_needed(number, by=by):
        return None
    look = second_eyes.standing(deed_of(mailing, number))
    if look is not None and not is_near(number, look.number):
        look = None
    may_answer = look is not None and look.asked_by != member.id and member.may(StaffRole.SENDER)
    return Agreement(look, tuple(second_eyes.others(StaffRole.SENDER, member.id)), may_answer)


def ask(mailing: Mailing, *, by: Actor) -> None:
    """For one that could go. Raises NobodyElse and MailingNotReady."""
    preflight.check(mailing, queries.texts_of(mailing))
    second_eyes.ask(deed_of(mailing, audience.size_of(mailing)), by=by)


def must_be_agreed(mailing: Mailing, *, by: Actor) -> None:
    """Raises NotAgreed."""
    number = audience.size_of(mailing)
    if second_eyes.is_needed(number, by=by):
        deed = deed_of(mailing, number)
        look = second_eyes.standing(deed)
        if look is None or not is_near(number, look.number):
            raise second_eyes.NotAgreed
        second_eyes.use(deed, by=by)


def is_near(now: int, before: int) -> bool:
    return abs(now - before) <= DRIFT + before * DRIFT_PER_CENT // 100
