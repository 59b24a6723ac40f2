"""The directory of those whom letters can go to: what is known of each, who verified it, and how its letters stand."""

from collections.abc import Iterable
from typing import Any

from flask import redirect, request
from flask.typing import ResponseReturnValue

from actions import clock
from actions.extensions import db
from actions.letters import queries as letters
from actions.letters.models import LetterState
from actions.pages.listing import title_of
from actions.pages.queries import pages_writing_to
from actions.staff import audit
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.unsaved import keeps_words
from actions.targets.forms import KINDS, TargetForm, one_line
from actions.targets.hours import Office, opens_next
from actions.targets.models import Target, TargetKind, WaitsWhy
from actions.targets.operations import TargetRefused, save_target
from actions.targets.planning import Plan
from actions.targets.planning import plan as plan_of
from actions.targets.queries import Standing, matching
from actions.targets.waiting import NotVerified, held_back, let_go_on, let_wait, verify
from actions.transaction import transaction
from email_templates.language import SOURCE_LANGUAGE, country_name

blueprint = desk_blueprint("targets_desk", "/targets")
ON_A_SCREEN = 50
LONGEST_NOTE = 500
DONE = {
    "saved": "Saved. Letters that are released from now on go there.",
    "added": "Added. Now look up the address once more, and say below where you saw it.",
    "verified": "Verified. Whoever looks here sees who did it, when, and where the address was seen.",
    "waits": "Letters wait from now on. They stay ready, and people can go on writing.",
    "goes-on": "Letters go on, within the office's hours and limits.",
    "imported": "The file is brought in.",
}
WHY = {
    WaitsWhy.BOUNCED: "mail to its address came back",
    WaitsWhy.FULL: "its mailbox is full",
    WaitsWhy.REFUSED: "its mail server refuses our mail",
    WaitsWhy.ASKED: "the office asked for another way",
    WaitsWhy.DESK: "somebody at the desk decided so",
}
# Those that a member may give.
GIVEN = (WaitsWhy.ASKED, WaitsWhy.DESK)
STANDINGS = {
    Standing.TAKES: "Takes letters",
    Standing.WAITS: "Letters wait",
    Standing.UNVERIFIED: "Not verified",
}
STATES = {
    LetterState.UNCONFIRMED: "not confirmed by their writers yet",
    LetterState.READY: "ready to go",
    LetterState.RELEASED: "on their way",
    LetterState.SENT: "sent",
    LetterState.HELD: "held for somebody to look at",
    LetterState.UNKNOWN: "perhaps arrived, perhaps not",
    LetterState.FAILED: "given back to their writers",
    LetterState.CANCELLED: "cancelled",
    LetterState.PRINTED: "printed by their writers",
    LetterState.POSTED: "posted by their writers",
    LetterState.SELF_SENT: "sent by their writers from their own mail programs",
}
CHANGED = "Somebody else changed this target while you had it open. Look at it again before you {do}."


@blueprint.get("")
@allowed(StaffRole.VIEWER)
def list_targets() -> ResponseReturnValue:
    asked = {name: one_line(request.args.get(name)) for name in ("q", "kind", "state")}
    page = max(1, request.args.get("page", 1, type=int))
    found = matching(
        asked["q"],
        TargetKind(asked["kind"]) if asked["kind"] in set(TargetKind) else None,
        Standing(asked["state"]) if asked["state"] in set(Standing) else None,
        (page - 1) * ON_A_SCREEN,
        ON_A_SCREEN + 1,
    )
    return render_desk(
        "desk/targets/list.html",
        targets=found[:ON_A_SCREEN],
        has_more=len(found) > ON_A_SCREEN,
        page=page,
        asked=asked,
        kinds=KINDS,
        standings=STANDINGS,
        names=_names(found),
        country=_country,
        done=DONE.get(request.args.get("done", "")),
    )


@blueprint.get("/new")
@allowed(StaffRole.EDITOR)
def new() -> ResponseReturnValue:
    return _shown(None, TargetForm.of(None))


@blueprint.post("/new")
@allowed(StaffRole.EDITOR)
@keeps_words
def add() -> ResponseReturnValue:
    return _save(None)


@blueprint.get("/<int:target_id>")
@allowed(StaffRole.VIEWER)
def show(target_id: int) -> ResponseReturnValue:
    target = db.get_or_404(Target, target_id)
    return _shown(target, TargetForm.of(target))


@blueprint.post("/<int:target_id>")
@allowed(StaffRole.EDITOR)
@keeps_words
def change(target_id: int) -> ResponseReturnValue:
    return _save(_alone(target_id))


@blueprint.post("/<int:target_id>/verify")
@allowed(StaffRole.EDITOR)
def verify_address(target_id: int) -> ResponseReturnValue:
    target = _alone(target_id)
    if request.form.get("version", type=int) != target.version:
        return _shown(target, TargetForm.of(target), 409, problem=CHANGED.format(do="verify it"))
    try:
        with transaction():
            verify(target, _note(), by=acting())
    except NotVerified as error:
        return _shown(target, TargetForm.of(target), 422, problem=str(error))
    return _back(target, "verified")


@blueprint.post("/<int:target_id>/wait")
@allowed(StaffRole.EDITOR)
def wait(target_id: int) -> ResponseReturnValue:
    target = db.get_or_404(Target, target_id)
    why = request.form.get("why", "")
    if why not in GIVEN:
        return _shown(target, TargetForm.of(target), 422, problem="Choose why its letters are to wait.")
    with transaction():
        let_wait(target, WaitsWhy(why), _note(), by=acting())
    return _back(target, "waits")


@blueprint.post("/<int:target_id>/go-on")
@allowed(StaffRole.EDITOR)
def go_on(target_id: int) -> ResponseReturnValue:
    target = db.get_or_404(Target, target_id)
    with transaction():
        let_go_on(target, by=acting())
    return _back(target, "goes-on")


def _alone(target_id: int) -> Target:
    """Nobody changes it between the look at its version and what follows from that."""
    return db.get_or_404(Target, target_id, with_for_update=True, populate_existing=True)


def _save(target: Target | None) -> ResponseReturnValue:
    form = TargetForm.of(target, request.form)
    if "usual" in request.form:
        form.use_usual(request.form["usual"])
        return _shown(target, form)
    if not form.validate():
        return _shown(target, form, 422)
    if target is not None and "preview" in request.form:
        return _shown(target, form, plan=_plan(target, form.details(target)))
    if target is not None and request.form.get("version", type=int) != target.version:
        form.problems = [CHANGED.format(do="save")]
        return _shown(target, form, 409)
    before = None if target is None else {"version": target.version}
    try:
        with transaction():
            saved = save_target(form.details(target), by=acting())
            audit.note(
                "target saved", by=acting(), about=("target", saved.id), before=before, after={"version": saved.version}
            )
    except TargetRefused as refused:
        form.problems = refused.problems
        return _shown(target, form, 422)
    return _back(saved, "added" if target is None else "saved")


def _plan(target: Target, office: Office) -> Plan:
    """Of its letters that are ready, with hours and limits that may not be saved yet."""
    now = clock.now()
    ready = letters.states_of(target).get(LetterState.READY, 0)
    return plan_of(office, ready, letters.gone_of(target, now), now)


def _shown(
    target: Target | None, form: TargetForm, status: int = 200, problem: str = "", plan: Plan | None = None
) -> ResponseReturnValue:
    about = _about(target) if target else {}
    done = DONE.get(request.args.get("done", ""))
    return render_desk(
        "desk/targets/target.html", status, target=target, form=form, problem=problem, done=done, plan=plan, **about
    )


def _about(target: Target) -> dict[str, Any]:
    now = clock.now()
    states, gone = letters.states_of(target), letters.gone_of(target, now)
    return {
        "held_back": held_back(target, now),
        "opens": opens_next(target, now),
        "why": WHY,
        "given": GIVEN,
        "states": [(words, states[state], state) for state, words in STATES.items() if state in states],
        "ready": states.get(LetterState.READY, 0),
        "pace": (
            ("in the last hour", gone.in_hour, target.max_per_hour),
            ("in the last day", gone.in_day, target.max_per_day),
            ("in all", gone.in_all, target.max_in_total),
        ),
        "pages": [(page, title_of(page)) for page in pages_writing_to(target)],
        "names": _names([target]),
    }


def _names(targets: Iterable[Target]) -> dict[int, str]:
    """Id -> name of each member who verified one of them, or changed where its letters go."""
    ids = {who for target in targets for who in (target.verified_by, target.address_by) if who is not None}
    members = (db.session.get(Staff, staff_id) for staff_id in ids)
    return {member.id: member.name or "" for member in members if member is not None}


def _country(code: str) -> str:
    return country_name(code, SOURCE_LANGUAGE)


def _note() -> str:
    return one_line(request.form.get("note"))[:LONGEST_NOTE]


def _back(target: Target, done: str) -> ResponseReturnValue:
    return redirect(f"/desk/targets/{target.id}?done={done}", 303)
