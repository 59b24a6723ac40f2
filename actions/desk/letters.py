"""Letters: how they stand, those whose end nobody knows, and the press that stops them. Nobody's words or name."""

from collections.abc import Callable, Sequence

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from actions.deliveries.identity import identity_of
from actions.deliveries.models import Delivery, DeliveryState
from actions.desk import letter_standing
from actions.desk.targets import WHY
from actions.extensions import db
from actions.letters import counting, deciding, stopping
from actions.letters.deciding import Decision, Result, Unknown
from actions.letters.models import LetterStop
from actions.letters.operations import EMAIL
from actions.pages.listing import title_of
from actions.pages.models import Page
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.zones import spoken, spoken_day
from actions.targets.models import Target
from actions.transaction import transaction

blueprint = desk_blueprint("letters_desk", "/letters")
HOME = "/desk/letters"
UNKNOWN = f"{HOME}/unknown"
ON_A_SCREEN = 50
HOURS = 48
LONGEST_ID = 18
DONE = {
    "stopped": "Stopped: within a minute nothing more is sent. Letters keep their place, and people can go on writing.",
    "goes-on": "Letters go on, within each office’s hours and limits.",
}
DECIDED = {
    Decision.ARRIVED: "noted as arrived; their writers get a receipt",
    Decision.AGAIN: "ready to go again, within the office’s hours and limits",
    Decision.RETURNED: "given back to their writers, with the way to post them",
}
NOT_DECIDED = {
    Result.DECIDED_BEFORE: "had been decided about by somebody else; that stands, and nothing was done twice",
    Result.CANNOT_GO: "cannot go again: the page has ended, or the words are gone. Decide otherwise",
}


@blueprint.get("")
@allowed(StaffRole.VIEWER)
def show_letters() -> ResponseReturnValue:
    page_id, target_id = request.args.get("page", type=_id), request.args.get("target", type=_id)
    skip = max(0, request.args.get("skip", 0, type=_id))
    counted = counting.counted(page_id, target_id)
    rows = letter_standing.rows(counted)
    return render_desk(
        "desk/letters/show.html",
        rows=rows[skip : skip + ON_A_SCREEN],
        before=max(0, skip - ON_A_SCREEN) if skip else None,
        next=skip + ON_A_SCREEN if len(rows) > skip + ON_A_SCREEN else None,
        sums=letter_standing.sums(counted),
        counted_at=counted[0].counted_at if counted else None,
        plans=letter_standing.plans(counted, ON_A_SCREEN),
        why_waits=WHY,
        hours=[(f"{spoken_day(hour)}, {spoken(hour)}", number) for hour, number in counting.sent_by_hour(HOURS)],
        page=page_id and db.session.get(Page, page_id),
        target=target_id and db.session.get(Target, target_id),
        title_of=title_of,
        stops=shown_stops(),
        moving={row.page.id: row.title for row in rows if row.is_moving},
        done=DONE.get(request.args.get("done", "")),
    )


@blueprint.post("/stop")
@allowed(StaffRole.SENDER)
def stop() -> ResponseReturnValue:
    return _pressed(stopping.stop, "stopped")


@blueprint.post("/go-on")
@allowed(StaffRole.SENDER)
def go_on() -> ResponseReturnValue:
    return _pressed(stopping.go_on, "goes-on")


@blueprint.get("/unknown")
@allowed(StaffRole.VIEWER)
def show_unknown() -> ResponseReturnValue:
    return _unknown()


@blueprint.post("/unknown")
@allowed(StaffRole.SENDER)
def decide() -> ResponseReturnValue:
    chosen = request.form.get("decision", "")
    ids = request.form.getlist("seen" if "all" in request.form else "letter", type=_id)[: deciding.MOST]
    if chosen not in set(Decision):
        abort(400)
    if not ids:
        return _unknown(422, problem="Tick the letters that you decide about, or “all of these”. Nothing was done.")
    with transaction():
        results = deciding.decide(ids, Decision(chosen), by=acting())
    failed = [f"{_letters(results[one])} {words}." for one, words in NOT_DECIDED.items() if results[one]]
    done = results[Result.DONE]
    told = f"{_letters(done)} {DECIDED[Decision(chosen)]}." if done else ""
    return _unknown(409 if failed and not done else 200, problem=" ".join(failed), done=told)


def shown_stops() -> list[tuple[LetterStop, str, str]]:
    """(stop, title of its page, name of who pressed)."""
    found = []
    for one in stopping.stops():
        page = db.session.get(Page, one.page_id) if one.page_id else None
        member = db.session.get(Staff, one.staff_id) if one.staff_id else None
        found.append((one, title_of(page) if page else "", (member.name if member else "") or ""))
    return found


def _pressed(press: Callable[..., bool], done: str) -> ResponseReturnValue:
    """Twice is once."""
    page = db.get_or_404(Page, request.form.get("page", 0, type=_id)) if "page" in request.form else None
    with transaction():
        press(page, by=acting())
    return redirect(f"{HOME}?done={done}", 303)


def _unknown(status: int = 200, *, problem: str = "", done: str = "") -> ResponseReturnValue:
    letters = deciding.unknown_letters(deciding.MOST + 1)
    incidents = deciding.incidents(letters[: deciding.MOST])
    pages = {one.page_id: db.session.get_one(Page, one.page_id) for one in letters}
    return render_desk(
        "desk/letters/unknown.html",
        status,
        incidents=[(db.session.get_one(Target, one[0].target_id), one) for one in incidents],
        titles={page_id: title_of(page) for page_id, page in pages.items()},
        message_ids=_message_ids(letters),
        has_more=len(letters) > deciding.MOST,
        problem=problem,
        done=done,
    )


def _message_ids(letters: Sequence[Unknown]) -> dict[int, str]:
    """By which the log of the mail server knows each letter."""
    wanted = select(Delivery.about_id, Delivery.id, Delivery.key_id).where(
        Delivery.kind == EMAIL,
        Delivery.about_id.in_([one.letter_id for one in letters]),
        Delivery.state == DeliveryState.UNKNOWN,
    )
    return {
        letter_id: identity_of(delivery_id, key_id).message_id
        for letter_id, delivery_id, key_id in db.session.execute(wanted)
        if letter_id is not None
    }


def _letters(number: int) -> str:
    return "1 letter" if number == 1 else f"{number:,} letters"


def _id(typed: str) -> int:
    """Raises ValueError for what no row is numbered by."""
    if not typed.isdecimal() or len(typed) > LONGEST_ID:
        raise ValueError(typed)
    return int(typed)
