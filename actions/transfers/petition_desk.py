"""The desk's screens to hand a petition over: seal it, take the files, mark it handed over, tell the signers."""

from datetime import UTC, date, datetime, time

from flask import Response, abort, redirect, request, stream_with_context
from flask.typing import ResponseReturnValue

from actions import clock
from actions.extensions import db
from actions.pages.desk import found_public
from actions.pages.listing import title_of
from actions.pages.models import Page
from actions.signatures import comments, handing_over
from actions.signatures.handing_over import NotToBeHandedOver
from actions.signatures.models import Handover
from actions.staff import second_eyes
from actions.staff.access import acting, allowed, desk_blueprint, me, recently
from actions.staff.desk_second_eyes import ask_for_export
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.zones import my_zone
from actions.transaction import transaction
from actions.transfers.petition_sheet import petition_sheet
from email_templates.language import SOURCE_LANGUAGE, format_number

LONGEST = 200
PROBLEMS = {
    "unsealed": "The list is still being read. Look again in a moment.",
    "stale": "A signature has changed since this was sealed, so the digest no longer fits. Seal it again.",
    "done": "This was handed over. Its files are not made any more; the digest and the numbers stay.",
    "to": "Say whom you handed it to, such as “the embassy in Washington”.",
    "on": "Choose the day on which you handed it over; it cannot lie ahead.",
}

blueprint = desk_blueprint("petitions", "/pages")


@blueprint.get("/<int:page_id>/handover")
@allowed(StaffRole.VIEWER)
def show_handovers(page_id: int) -> ResponseReturnValue:
    return _shown(found_public(page_id))


@blueprint.post("/<int:page_id>/handover")
@allowed(StaffRole.EXPORTER)
@recently
def seal(page_id: int) -> ResponseReturnValue:
    page = found_public(page_id)
    with transaction():
        handing_over.begin(page, by=acting())
    return _back(page)


@blueprint.post("/<int:page_id>/handover/<int:handover_id>/list.csv")
@allowed(StaffRole.EXPORTER)
@recently
def take_list(page_id: int, handover_id: int) -> ResponseReturnValue:
    page, handover = _of(page_id, handover_id)
    try:
        lines = handing_over.as_csv(handover)
        _must_be_agreed(handover, page)
    except NotToBeHandedOver as refused:
        return _shown(page, refused.problem, 409)
    except second_eyes.NotAgreed:
        return _asked(handover, page)
    with transaction():
        handing_over.note_download(handover, "csv", by=acting())
    answer = Response(stream_with_context(lines), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="petition-{page.slug}-{handover.id}.csv"'
    return answer


@blueprint.post("/<int:page_id>/handover/<int:handover_id>/part-<int:number>.pdf")
@allowed(StaffRole.EXPORTER)
@recently
def take_part(page_id: int, handover_id: int, number: int) -> ResponseReturnValue:
    page, handover = _of(page_id, handover_id)
    if not 1 <= number <= max(1, len(handover.contents.get("volumes", []))):
        abort(404)
    try:
        signers = handing_over.volume_of(handover, number)
        _must_be_agreed(handover, page)
    except NotToBeHandedOver as refused:
        return _shown(page, refused.problem, 409)
    except second_eyes.NotAgreed:
        return _asked(handover, page)
    with transaction():
        handing_over.note_download(handover, "pdf", by=acting())
    answer = Response(petition_sheet(handover, page, signers, number), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="petition-{page.slug}-{handover.id}-{number}.pdf"'
    return answer


@blueprint.post("/<int:page_id>/handover/<int:handover_id>/done")
@allowed(StaffRole.EXPORTER)
def mark_done(page_id: int, handover_id: int) -> ResponseReturnValue:
    page, handover = _of(page_id, handover_id)
    to = " ".join(request.form.get("to", "").split())[:LONGEST]
    on = _day(request.form.get("on", ""))
    if not to or on is None:
        return _shown(page, "on" if to else "to", 422)
    try:
        with transaction():
            handing_over.mark_handed_over(handover, on=on, to=to, by=acting())
    except NotToBeHandedOver as refused:
        return _shown(page, refused.problem, 409)
    return _back(page)


def _of(page_id: int, handover_id: int) -> tuple[Page, Handover]:
    page, handover = found_public(page_id), db.get_or_404(Handover, handover_id)
    if handover.page_id != page.id:
        abort(404)
    return page, handover


def _must_be_agreed(handover: Handover, page: Page) -> None:
    """One yes is for all the files of what was sealed, for as long as it stands. Raises NotAgreed."""
    if second_eyes.is_needed(_named(handover), by=acting()):
        second_eyes.must_stand(_deed(handover, page))


def _asked(handover: Handover, page: Page) -> ResponseReturnValue:
    return _shown(page, ask_for_export(_deed(handover, page)), 403)


def _deed(handover: Handover, page: Page) -> second_eyes.Deed:
    named = _named(handover)
    return second_eyes.Deed(
        name="take out petition",
        role=StaffRole.EXPORTER,
        about=(Page.__tablename__, page.id),
        digest=second_eyes.digest_of(handover.id, handover.digest),
        said=f"Save who signed “{title_of(page)}” to hand it over: {format_number(named, SOURCE_LANGUAGE)} people",
        number=named,
    )


def _named(handover: Handover) -> int:
    """Whom the files say anything of; of all the others they hold a number."""
    return int(handover.contents.get("listed", 0))


def _back(page: Page) -> ResponseReturnValue:
    return redirect(f"/desk/pages/{page.id}/handover", 303)


def _day(typed: str) -> datetime | None:
    """Noon of it, so that no time zone moves it to another day."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    now = clock.now()
    has_come = day <= now.astimezone(my_zone()).date()
    return min(datetime.combine(day, time(12), tzinfo=UTC), now) if has_come else None


def _shown(page: Page, problem: str = "", status: int = 200) -> ResponseReturnValue:
    handed = handing_over.handovers_of(page)
    return render_desk(
        "desk/signatures/handover.html",
        status,
        page=page,
        title=title_of(page),
        handovers=handed,
        unread=comments.number(page, None),
        most_counted=comments.MOST_COUNTED,
        may_export=me().may(StaffRole.EXPORTER),
        second={one.id for one in handed if second_eyes.is_needed(_named(one), by=acting())},
        problem=PROBLEMS.get(problem, problem),
        typed=request.form,
        today=clock.now().astimezone(my_zone()).date().isoformat(),
    )
