"""Today, one's own account, and who works here."""

from collections.abc import Callable
from contextlib import suppress

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue
from flask_wtf import FlaskForm
from wtforms import SelectMultipleField, StringField
from wtforms.validators import InputRequired

from actions import clock, notices
from actions.addresses import Address, InvalidAddress, parse_address
from actions.desk import today
from actions.desk.letters import shown_stops
from actions.exports.queries import taken_since
from actions.extensions import db
from actions.mailings import operations as sending
from actions.mailings.models import Mailing, MailingState
from actions.mailings.queries import subjects_of
from actions.organisation.queries import organisation_view
from actions.pages.listing import title_of
from actions.people.queries import alarms
from actions.staff import operations, queries, second_eyes, unsaved
from actions.staff.access import acting, allowed, desk_blueprint, me, recently
from actions.staff.audit import note
from actions.staff.invitations import invitation_url
from actions.staff.models import Staff, StaffSession
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk, render_live
from actions.staff.sessions import sessions_of
from actions.staff.zones import is_zone, zone_of_country, zones
from actions.transaction import transaction
from email_templates.language import LANGUAGES, SOURCE_LANGUAGE

blueprint = desk_blueprint("desk", "")
ROLE_WORDS = {
    StaffRole.VIEWER: "look at everything but people",
    StaffRole.EDITOR: "write pages, updates and mailings; bring in and look up people",
    StaffRole.SENDER: "send mailings",
    StaffRole.EXPORTER: "export people and signatures",
    StaffRole.ADMIN: "everything, and let others in",
}
# It shows more than what moves.
LIVE_SECONDS = 5
STAFF = "/desk/settings/staff"


class InviteForm(FlaskForm):  # type: ignore[misc]  # Flask-WTF publishes no types
    email = StringField("Their email address", [InputRequired("Enter their email address.")])
    name = StringField("Their name")
    roles = SelectMultipleField("What they may do", choices=[(role.value, role.value) for role in StaffRole])


@blueprint.get("")
@allowed(StaffRole.VIEWER)
def show_today() -> ResponseReturnValue:
    mailings, pages = today.moving_mailings(), today.pages_near_their_date()
    return render_live(
        "desk/today/show.html",
        going=any(one.mailing.state is MailingState.SENDING for one in mailings),
        live_seconds=LIVE_SECONDS,
        steps=today.first_steps(),
        alarms=me().may(StaffRole.ADMIN) and alarms(clock.now() - today.DAY),
        taken=list(taken_since(clock.now() - today.DAY)) if me().may(StaffRole.ADMIN) else [],
        relays=today.stuck_relays(),
        mailings=mailings,
        subjects=subjects_of(one.mailing for one in mailings),
        letters=today.letters_waiting_for_somebody(),
        stops=shown_stops(),
        pages=pages,
        titles={page.id: title_of(page) for page in pages},
        trends=today.trends(),
        looks=[look for look in second_eyes.waiting() if me().may(look.role)],
        members={one.id: one.name for one in queries.everybody()},
    )


@blueprint.post("/today/mailings/<int:mailing_id>/pause")
@allowed(StaffRole.SENDER)
def pause_mailing(mailing_id: int) -> ResponseReturnValue:
    return _moved(mailing_id, sending.pause, "paused a mailing")


@blueprint.post("/today/mailings/<int:mailing_id>/resume")
@allowed(StaffRole.SENDER)
def resume_mailing(mailing_id: int) -> ResponseReturnValue:
    return _moved(mailing_id, sending.resume, "resumed a mailing")


@blueprint.get("/account")
@allowed(StaffRole.VIEWER)
def show_account() -> ResponseReturnValue:
    return render_desk(
        "desk/staff/account.html",
        sessions=list(sessions_of(me().id)),
        role_words=ROLE_WORDS,
        zones=zones(),
        languages=LANGUAGES.values(),
        done="done" in request.args and "Saved. Times are shown so from now on, and mails to you are written so.",
    )


@blueprint.post("/account")
@allowed(StaffRole.VIEWER)
def change_account() -> ResponseReturnValue:
    zone, language = request.form.get("time_zone", ""), request.form.get("language", "")
    if not is_zone(zone) or language not in LANGUAGES:
        abort(400)
    with transaction():
        operations.settle(me(), language=language, time_zone=zone, by=acting())
    return redirect("/desk/account?done", 303)


@blueprint.post("/account/sessions/<int:session_id>/end")
@allowed(StaffRole.VIEWER)
def end_session(session_id: int) -> ResponseReturnValue:
    row = db.session.get(StaffSession, session_id)
    if row is None or row.staff_id != me().id:
        abort(404)
    with transaction():
        db.session.delete(row)
    return redirect("/desk/account", 303)


@blueprint.get("/settings/staff")
@allowed(StaffRole.ADMIN)
@recently
def show_staff() -> ResponseReturnValue:
    return _staff_screen(InviteForm())


@blueprint.post("/settings/staff/invite")
@allowed(StaffRole.ADMIN)
@recently
def invite() -> ResponseReturnValue:
    form = InviteForm()
    form.validate()
    try:
        address = parse_address(form.email.data or "")
        with transaction():
            member = _invited(address, form)
    except InvalidAddress:
        form.email.errors = ["This is no email address. It needs an @ and a domain, such as rana@example.org."]
    except operations.AlreadyStaff:
        form.email.errors = ["Somebody with this address works here already. Give them a new link below."]
    else:
        return _linked(member)
    return _staff_screen(form, status=422)


@blueprint.post("/settings/staff/<int:staff_id>/link")
@allowed(StaffRole.ADMIN)
@recently
def new_link(staff_id: int) -> ResponseReturnValue:
    """To be given by hand; whoever has not joined yet is mailed it as well."""
    member = _member(staff_id)
    if member.joined_at is None:
        with transaction():
            notices.mail_invitation(member, by=acting())
    return _linked(member)


@blueprint.post("/settings/staff/<int:staff_id>/roles")
@allowed(StaffRole.ADMIN)
@recently
def change_roles(staff_id: int) -> ResponseReturnValue:
    roles = [role for role in StaffRole if role.value in request.form.getlist("roles")]
    return _changed(lambda: operations.give_roles(_member(staff_id), roles, by=acting()))


@blueprint.post("/settings/staff/<int:staff_id>/shut-out")
@allowed(StaffRole.ADMIN)
@recently
def shut_out(staff_id: int) -> ResponseReturnValue:
    return _changed(lambda: operations.shut_out(_member(staff_id), by=acting()))


@blueprint.post("/settings/staff/<int:staff_id>/let-in")
@allowed(StaffRole.ADMIN)
@recently
def let_in(staff_id: int) -> ResponseReturnValue:
    return _changed(lambda: operations.let_in(_member(staff_id), by=acting()))


@blueprint.get("/unsaved")
@allowed(StaffRole.EDITOR)
def show_unsaved() -> ResponseReturnValue:
    """What was written when the session had ended, to be sent again by who wrote it."""
    found = unsaved.unsaved()
    return redirect("/desk", 303) if found is None else render_desk("desk/staff/unsaved.html", found=found)


@blueprint.post("/unsaved/forget")
@allowed(StaffRole.EDITOR)
def forget_unsaved() -> ResponseReturnValue:
    unsaved.let_go()
    return redirect("/desk", 303)


def _moved(mailing_id: int, move: Callable[..., None], action: str) -> ResponseReturnValue:
    """Twice is once: a mailing that somebody has moved meanwhile is left as it is."""
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None:
        abort(404)
    with suppress(sending.WrongState), transaction():
        before = mailing.state
        move(mailing, by=acting())
        states = {"before": {"state": before.value}, "after": {"state": mailing.state.value}}
        note(action, by=acting(), about=(Mailing.__tablename__, mailing.id), **states)
    return redirect("/desk", 303)


def _invited(address: Address, form: InviteForm) -> Staff:
    """With the organisation's language and time to begin with. Raises AlreadyStaff."""
    known = organisation_view()
    language, country = (known.default_language, known.country) if known else (SOURCE_LANGUAGE, "")
    member = operations.invite(
        address,
        [StaffRole(role) for role in form.roles.data],
        name=(form.name.data or "").strip(),
        language=language,
        time_zone=zone_of_country(country),
        by=acting(),
    )
    notices.mail_invitation(member, by=acting())
    return member


def _linked(member: Staff) -> ResponseReturnValue:
    return _staff_screen(InviteForm(formdata=None), link=invitation_url(member), to=member)


def _member(staff_id: int) -> Staff:
    member = db.session.get(Staff, staff_id)
    if member is None:
        abort(404)
    return member


def _changed(change: Callable[[], None]) -> ResponseReturnValue:
    try:
        with transaction():
            change()
    except operations.LastAdmin:
        return _staff_screen(InviteForm(formdata=None), status=422, problem="last admin")
    return redirect(STAFF, 303)


def _staff_screen(form: InviteForm, status: int = 200, **shown: object) -> ResponseReturnValue:
    members, entries = queries.everybody(), queries.newest_entries()
    names = {member.id: member.name for member in members}
    given = {"members": members, "entries": entries, "names": names, "role_words": ROLE_WORDS}
    return render_desk("desk/staff/members.html", status, form=form, **given, **shown)
