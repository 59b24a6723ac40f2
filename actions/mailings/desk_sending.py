"""The last steps before a mailing goes: the test to oneself, the number typed, or a time."""

from collections.abc import Callable
from datetime import datetime

from flask import redirect, request
from flask.typing import ResponseReturnValue

from actions.links.operations import ask
from actions.mailings import agreeing, links, operations, scheduling
from actions.mailings.desk import DRAFTS, show_draft
from actions.mailings.desk_words import found
from actions.mailings.models import Mailing
from actions.mailings.operations import WrongState
from actions.mailings.preflight import MailingNotReady
from actions.mailings.queries import texts_of
from actions.mailings.reach import count_reach
from actions.staff.access import acting, allowed, desk_blueprint, me
from actions.staff.roles import StaffRole
from actions.staff.second_eyes import NobodyElse, NotAgreed
from actions.staff.zones import NotOneMoment, moment_of, my_zone
from actions.transaction import transaction

blueprint = desk_blueprint("desk_mailing_sending", "/mailings")


@blueprint.post("/<int:mailing_id>/test")
@allowed(StaffRole.EDITOR)
def send_test(mailing_id: int) -> ResponseReturnValue:
    return _done(mailing_id, lambda mailing: operations.queue_test(mailing, me(), by=acting()))


@blueprint.post("/<int:mailing_id>/links")
@allowed(StaffRole.EDITOR)
def check_links(mailing_id: int) -> ResponseReturnValue:
    """A worker asks for them: no request of a browser waits for somebody else's server (O-21)."""
    with transaction():
        ask(links.foreign_in(texts_of(found(mailing_id)).values()), by=acting())
    return redirect(f"/desk/mailings/{mailing_id}#checks", 303)


@blueprint.post("/<int:mailing_id>/launch")
@allowed(StaffRole.SENDER)
def launch(mailing_id: int) -> ResponseReturnValue:
    """Two clicks are one mailing: the second finds it on its way and shows it."""
    typed = _number(request.form.get("typed", ""))
    shown = _number(request.form.get("shown", ""))

    def start(mailing: Mailing) -> None:
        links.must_lead_somewhere(mailing, texts_of(mailing).values())
        scheduling.launch_typed(mailing, typed, shown=shown, by=acting())

    return _done(mailing_id, start, then="?watch=1")


@blueprint.post("/<int:mailing_id>/schedule")
@allowed(StaffRole.SENDER)
def schedule(mailing_id: int) -> ResponseReturnValue:
    try:
        at = moment_of(datetime.fromisoformat(request.form.get("at", "")).replace(tzinfo=None), my_zone())
    except NotOneMoment as refused:
        return show_draft(found(mailing_id), 422, problem=str(refused))
    except ValueError:
        return show_draft(found(mailing_id), 422, problem="Choose a day and a time.")

    def start(mailing: Mailing) -> None:
        links.must_lead_somewhere(mailing, texts_of(mailing).values())
        scheduling.schedule(mailing, at, by=acting())

    return _done(mailing_id, start)


@blueprint.post("/<int:mailing_id>/unschedule")
@allowed(StaffRole.SENDER)
def unschedule(mailing_id: int) -> ResponseReturnValue:
    return _done(mailing_id, lambda mailing: scheduling.unschedule(mailing, by=acting()))


@blueprint.post("/<int:mailing_id>/recount")
@allowed(StaffRole.EDITOR)
def recount(mailing_id: int) -> ResponseReturnValue:
    return _done(mailing_id, count_reach)


@blueprint.post("/<int:mailing_id>/ask-second")
@allowed(StaffRole.SENDER)
def ask_second(mailing_id: int) -> ResponseReturnValue:
    return _done(mailing_id, lambda mailing: agreeing.ask(mailing, by=acting()), then="#launch")


REFUSALS = (
    MailingNotReady,
    NobodyElse,
    NotAgreed,
    WrongState,
    scheduling.NotTested,
    scheduling.TimeHasPassed,
)


def _done(mailing_id: int, change: Callable[[Mailing], object], *, then: str = "") -> ResponseReturnValue:
    mailing = found(mailing_id)
    if mailing.state in DRAFTS:
        try:
            with transaction():
                change(mailing)
        except scheduling.OtherNumber as other:
            # What is shown beside its sentence must be the number that it names.
            with transaction():
                count_reach(found(mailing_id))
            return show_draft(found(mailing_id), 422, problem=_sentence(other))
        except REFUSALS as refused:
            return show_draft(found(mailing_id), 422, problem=_sentence(refused))
    return redirect(f"/desk/mailings/{mailing_id}{then}", 303)


_SAID = {
    NobodyElse: "Nobody else here may send mailings. An admin can give a colleague the role “sender” under Settings.",
    NotAgreed: "A second person must say yes to exactly these words and this audience first. Ask for it below.",
    scheduling.NotTested: "Send yourself a test first, and read it.",
    scheduling.TimeHasPassed: "That time is over. Choose one to come.",
}


def _sentence(refused: Exception) -> str:
    if isinstance(refused, scheduling.OtherNumber):
        return (
            f"That is another number. It goes to {refused.now:,} now; nothing was sent. Type {refused.now} to send it."
        )
    return _SAID.get(type(refused), str(refused))


def _number(text: str) -> int:
    digits = "".join(sign for sign in text if sign.isdecimal())
    return int(digits[:12]) if digits else -1
