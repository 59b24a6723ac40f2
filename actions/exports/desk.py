"""Take a whole list out: a role, the password again, a reason that is written down; made in the background."""

from collections.abc import Iterator

from flask import Response, abort, redirect, request, stream_with_context
from flask.typing import ResponseReturnValue

from actions import clock
from actions.exports import operations
from actions.exports.models import Export, ExportReason, ExportState
from actions.exports.phrases import is_phrase, new_phrase
from actions.exports.queries import MOST_COUNTED, newest, number_on, rows_of
from actions.exports.rows import HEAD
from actions.exports.zipping import zipped
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import name_in, the_lists
from actions.spreadsheets import MARK, csv_lines
from actions.staff import second_eyes
from actions.staff.access import acting, allowed, desk_blueprint, me, recently
from actions.staff.desk_second_eyes import ask_for_export
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.transaction import transaction
from email_templates.language import SOURCE_LANGUAGE

HOME = "/desk/people/exports"
REASONS = {
    ExportReason.MOVE: "the list moves to another service of ours",
    ExportReason.COPY: "a copy that we must keep",
    ExportReason.LAW: "an authority or a court asks, and must be answered",
}
blueprint = desk_blueprint("exports", "/people/exports")


@blueprint.get("")
@allowed(StaffRole.EXPORTER)
@recently
def show_exports() -> ResponseReturnValue:
    return _home()


@blueprint.post("")
@allowed(StaffRole.EXPORTER)
@recently
def ask() -> ResponseReturnValue:
    joined = db.session.get(MailingList, request.form.get("list", type=int) or 0)
    reason = ExportReason.__members__.get(request.form.get("reason", ""))
    if joined is None or reason is None:
        return _home("Choose the list, and say why you need it.", 422)
    try:
        with transaction():
            if second_eyes.is_on():
                second_eyes.use(_deed(joined, reason), by=acting())
            export = operations.ask(joined, reason, by=acting())
    except second_eyes.NotAgreed:
        return _home(ask_for_export(_deed(joined, reason)), 403)
    return redirect(f"{HOME}/{export.id}", 303)


def _deed(joined: MailingList, reason: ExportReason) -> second_eyes.Deed:
    return second_eyes.Deed(
        name="export list",
        role=StaffRole.EXPORTER,
        about=(MailingList.__tablename__, joined.id),
        digest=second_eyes.digest_of(joined.id, reason.name),
        said=f"Export the list “{joined.slug}”: {REASONS[reason]}",
        number=number_on(joined),
    )


@blueprint.get("/<int:export_id>")
@allowed(StaffRole.EXPORTER)
@recently
def show_export(export_id: int) -> ResponseReturnValue:
    return _shown(_mine(export_id))


@blueprint.post("/<int:export_id>/file")
@allowed(StaffRole.EXPORTER)
@recently
def download(export_id: int) -> ResponseReturnValue:
    export, kind, phrase = _mine(export_id), request.form.get("kind"), request.form.get("phrase", "")
    if not _is_there(export):
        return _shown(export, status=410)
    if kind not in {"zip", "csv"} or (kind == "zip" and not is_phrase(phrase)):
        return _shown(export, "Choose the kind of file once more: the words for it are new ones.", 422)
    with transaction():
        operations.note_download(export, encrypted=kind == "zip", by=acting())
    joined, now = db.session.get_one(MailingList, export.list_id), clock.now()
    name, pieces = f"{joined.slug}-{now.date().isoformat()}", _written(export.id, export.parts)
    body = zipped(f"{name}.csv", pieces, phrase, at=now) if kind == "zip" else pieces
    answer = Response(stream_with_context(body), mimetype="application/zip" if kind == "zip" else "text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{kind}"'
    return answer


@blueprint.post("/<int:export_id>/remove")
@allowed(StaffRole.EXPORTER)
def remove(export_id: int) -> ResponseReturnValue:
    with transaction():
        operations.remove(_mine(export_id), by=acting())
    return redirect(f"{HOME}/{export_id}", 303)


def _written(export_id: int, parts: int) -> Iterator[bytes]:
    """No transaction stays open while a piece is on its way to a slow reader. Raises NotThere where it was removed."""
    yield (MARK + csv_lines([HEAD])).encode()
    for number in range(parts):
        with transaction():
            rows = rows_of(export_id, number)
        yield csv_lines(row[1:] for row in rows).encode()


def _mine(export_id: int) -> Export:
    """A list is its asker's; an admin may look after one who is away."""
    export = db.session.get(Export, export_id)
    if export is None or (export.staff_id != me().id and not me().may(StaffRole.ADMIN)):
        abort(404)
    return export


def _is_there(export: Export) -> bool:
    """The job that removes it may come a little late."""
    return export.state is ExportState.READY and export.ends_at is not None and export.ends_at > clock.now()


def _home(problem: str = "", status: int = 200) -> Response:
    return render_desk(
        "desk/exports/list.html",
        status,
        lists=[(one.id, name_in(one, SOURCE_LANGUAGE), number_on(one)) for one in the_lists()],
        most_counted=MOST_COUNTED,
        exports=newest(None if me().may(StaffRole.ADMIN) else me().id),
        names={one.id: name_in(one, SOURCE_LANGUAGE) for one in the_lists()},
        reasons={reason.name: words for reason, words in REASONS.items()},
        problem=problem,
    )


def _shown(export: Export, problem: str = "", status: int = 200) -> Response:
    return render_desk(
        "desk/exports/show.html",
        status,
        export=export,
        name=name_in(db.session.get_one(MailingList, export.list_id), SOURCE_LANGUAGE),
        reason=REASONS[export.reason],
        is_there=_is_there(export),
        phrase=new_phrase(),
        problem=problem,
    )
