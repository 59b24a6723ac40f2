"""Find somebody who asked, see what happened, take them off, hand them their data or erase it."""

from flask import Response, abort, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from actions.addresses import InvalidAddress, masked, masked_name, parse_address
from actions.config import settings
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import name_in, subscriptions_of
from actions.people import operations
from actions.people.operations import Reason, TooManyLooks
from actions.people.queries import timeline
from actions.preferences.exporting import as_csv, everything_about
from actions.staff.access import acting, allowed, desk_blueprint, me, recently
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.supporters.models import Supporter, SupporterState
from actions.supporters.queries import with_address
from actions.suppressions.queries import is_suppressed
from actions.tags import operations as tags
from actions.tags.models import Tag
from actions.tags.naming import LONGEST, NotATag
from actions.tags.queries import tags_of, vocabulary
from actions.transaction import transaction
from email_templates.language import SOURCE_LANGUAGE

HOME = "/desk/people"
ERASE = "erase"
TOO_MANY = (
    f"You have looked at {operations.MOST_LOOKS} people within an hour. No more can be opened for now, "
    "and the admins are told. If this is your work, talk to them."
)
blueprint = desk_blueprint("people", "/people")


@blueprint.get("")
@allowed(StaffRole.EDITOR)
def show_people() -> ResponseReturnValue:
    return _home()


@blueprint.post("/find")
@allowed(StaffRole.EDITOR)
def find() -> ResponseReturnValue:
    """By the whole address and nothing else (P-11); it stands in no URL."""
    typed = request.form.get("address", "")
    try:
        # An address in capitals, as on paper, is looked for in small letters too.
        person = with_address(parse_address(typed)) or with_address(parse_address(typed.lower()))
    except InvalidAddress:
        return _home("This is no email address. Enter the whole of it, such as ann@example.org.", typed, 422)
    if person is None:
        return _home("Nobody here has this address. They may have used another one, or have been erased.", typed, 404)
    return redirect(f"{HOME}/{person.id}", 303)


@blueprint.get("/<int:person_id>")
@allowed(StaffRole.EDITOR)
def show(person_id: int) -> ResponseReturnValue:
    return _shown(_person(person_id))


@blueprint.post("/<int:person_id>/look")
@allowed(StaffRole.EDITOR)
def look(person_id: int) -> ResponseReturnValue:
    person, reason = _person(person_id), _reason()
    if reason is None:
        return _shown(person, problem="Say why you need to see who it is.", status=422)
    try:
        with transaction():
            operations.look_at(person, reason, by=acting())
    except TooManyLooks:
        return _stopped(person)
    return _shown(person, is_open=True)


@blueprint.post("/<int:person_id>/lists/<int:list_id>/leave")
@allowed(StaffRole.EDITOR)
def leave(person_id: int, list_id: int) -> ResponseReturnValue:
    person, joined = _person(person_id), db.session.get(MailingList, list_id)
    if joined is None:
        abort(404)
    with transaction():
        operations.take_off(person, joined, by=acting())
    return redirect(f"{HOME}/{person_id}", 303)


@blueprint.post("/<int:person_id>/no-more")
@allowed(StaffRole.EDITOR)
def write_no_more(person_id: int) -> ResponseReturnValue:
    with transaction():
        operations.write_no_more(_person(person_id), by=acting())
    return redirect(f"{HOME}/{person_id}", 303)


@blueprint.post("/<int:person_id>/tags")
@allowed(StaffRole.EDITOR)
def give_tag(person_id: int) -> ResponseReturnValue:
    person, typed = _person(person_id), request.form.get("tag", "")
    if person.state is SupporterState.ERASED:
        abort(404)
    try:
        with transaction():
            tags.give(person, typed, by=acting())
    except NotATag as wrong:
        return _shown(person, wrong_tag=str(wrong), status=422)
    return redirect(f"{HOME}/{person_id}#tags", 303)


@blueprint.post("/<int:person_id>/tags/<int:tag_id>/take-off")
@allowed(StaffRole.EDITOR)
def take_tag_off(person_id: int, tag_id: int) -> ResponseReturnValue:
    with transaction():
        tags.take_off(_person(person_id), db.get_or_404(Tag, tag_id), by=acting())
    return redirect(f"{HOME}/{person_id}#tags", 303)


@blueprint.get("/<int:person_id>/data")
@allowed(StaffRole.EXPORTER)
@recently
def show_data(person_id: int) -> ResponseReturnValue:
    return _data(_person(person_id))


@blueprint.post("/<int:person_id>/data")
@allowed(StaffRole.EXPORTER)
@recently
def take_out(person_id: int) -> ResponseReturnValue:
    person, reason, ending = _person(person_id), _reason(), request.form.get("ending")
    if reason is None or ending not in {"json", "csv"}:
        return _data(person, "Say why you need their data, and choose what kind of file it is to be.", 422)
    try:
        with transaction():
            operations.take_out(person, reason, by=acting())
    except TooManyLooks:
        return _stopped(person)
    export = everything_about(person)
    answer = jsonify(export) if ending == "json" else Response(as_csv(export), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="person-{person.id}.{ending}"'
    return answer


@blueprint.get("/<int:person_id>/erase")
@allowed(StaffRole.ADMIN)
@recently
def show_erasure(person_id: int) -> ResponseReturnValue:
    return render_desk("desk/people/erase.html", person=_person(person_id), word=ERASE, problem="")


@blueprint.post("/<int:person_id>/erase")
@allowed(StaffRole.ADMIN)
@recently
def erase(person_id: int) -> ResponseReturnValue:
    person = _person(person_id)
    if request.form.get("word", "").strip().lower() != ERASE:
        problem = f"Nothing was erased: the word to type is “{ERASE}”."
        return render_desk("desk/people/erase.html", 422, person=person, word=ERASE, problem=problem)
    with transaction():
        operations.erase(person, by=acting())
    return redirect(f"{HOME}/{person_id}", 303)


def _person(person_id: int) -> Supporter:
    return db.get_or_404(Supporter, person_id)


def _reason() -> Reason | None:
    return Reason.__members__.get(request.form.get("reason", ""))


def _home(problem: str = "", typed: str = "", status: int = 200) -> Response:
    return render_desk("desk/people/find.html", status, problem=problem, typed=typed)


def _stopped(person: Supporter) -> Response:
    with transaction():
        operations.sound_alarm(by=acting())
    return _shown(person, problem=TOO_MANY, status=429)


def _shown(
    person: Supporter, *, is_open: bool = False, problem: str = "", wrong_tag: str = "", status: int = 200
) -> Response:
    is_here = person.state is not SupporterState.ERASED
    return render_desk(
        "desk/people/show.html",
        status,
        person=person,
        is_here=is_here,
        address=(person.email if is_open else masked(person.email or "")) if is_here else "",
        name=person.full_name if is_open else masked_name(person.first_name, person.last_name),
        is_open=is_open,
        reasons={reason.name: reason.value for reason in Reason},
        lists=[(joined.id, name_in(joined, SOURCE_LANGUAGE)) for _, joined in subscriptions_of(person.id)],
        is_suppressed=person.email_hash is not None and is_suppressed([person.email_hash]),
        tags=tags_of(person.id),
        known_tags=[tag.name for tag in vocabulary().here()],
        longest_tag=LONGEST,
        typed_tag=request.form.get("tag", ""),
        wrong_tag=wrong_tag,
        events=timeline(person),
        may_take_out=me().may(StaffRole.EXPORTER),
        may_erase=me().may(StaffRole.ADMIN),
        own_page=f"{settings().base_url}/p",
        problem=problem,
    )


def _data(person: Supporter, problem: str = "", status: int = 200) -> Response:
    reasons = {reason.name: reason.value for reason in Reason}
    return render_desk("desk/people/data.html", status, person=person, reasons=reasons, problem=problem)
