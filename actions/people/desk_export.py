"""The desk's screen to take a whole list out: a role, the password again, a reason that is written down."""

from flask import Response, request, stream_with_context
from flask.typing import ResponseReturnValue

from actions import clock
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import name_in, the_lists
from actions.people.exporting import as_csv, number_on, take_out_list
from actions.people.operations import LIST_REASONS, Reason
from actions.staff import second_eyes
from actions.staff.access import acting, allowed, desk_blueprint, recently
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.transaction import transaction
from email_templates.language import SOURCE_LANGUAGE

blueprint = desk_blueprint("people_export", "/people/export")


@blueprint.get("")
@allowed(StaffRole.EXPORTER)
@recently
def show_export() -> ResponseReturnValue:
    return _shown()


@blueprint.post("")
@allowed(StaffRole.EXPORTER)
@recently
def export() -> ResponseReturnValue:
    joined = db.session.get(MailingList, request.form.get("list", type=int) or 0)
    reason = Reason.__members__.get(request.form.get("reason", ""))
    if joined is None or reason not in LIST_REASONS:
        return _shown("Choose the list, and say why you need it.", 422)
    try:
        with transaction():
            if second_eyes.is_on():
                second_eyes.use(_deed(joined, reason), by=acting())
            take_out_list(joined, reason, by=acting())
    except second_eyes.NotAgreed:
        return _asked(joined, reason)
    answer = Response(stream_with_context(as_csv(joined.id)), mimetype="text/csv")
    name = f"{joined.slug}-{clock.now().date().isoformat()}.csv"
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return answer


def _asked(joined: MailingList, reason: Reason) -> ResponseReturnValue:
    """Its own rule says what happens next; nothing left."""
    try:
        with transaction():
            second_eyes.ask(_deed(joined, reason), by=acting())
    except second_eyes.NobodyElse:
        return _shown(
            "A second person must agree, and nobody else here may export. An admin can give a colleague the role.", 403
        )
    return _shown("A second person must agree first: it stands on their screen “Today”. Then save the table here.", 403)


def _deed(joined: MailingList, reason: Reason) -> second_eyes.Deed:
    return second_eyes.Deed(
        name="export list",
        role=StaffRole.EXPORTER,
        about=(MailingList.__tablename__, joined.id),
        digest=second_eyes.digest_of(joined.id, reason.name),
        said=f"Export the list “{joined.slug}”: {reason.value}",
        number=number_on(joined),
    )


def _shown(problem: str = "", status: int = 200) -> ResponseReturnValue:
    return render_desk(
        "desk/people/export.html",
        status,
        lists=[(one.id, name_in(one, SOURCE_LANGUAGE), number_on(one)) for one in the_lists()],
        reasons={reason.name: reason.value for reason in LIST_REASONS},
        problem=problem,
    )
