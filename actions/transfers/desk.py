"""Bring in a list: choose a file, look at what it holds, say whose consent it is, watch it being taken in."""

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import BinaryIO, cast

from flask import Response, abort, redirect, request, stream_with_context
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from werkzeug.exceptions import RequestEntityTooLarge

from actions import clock
from actions.extensions import db
from actions.form_files import BrokenOff, FileLeftUnread, read_to_the_end
from actions.lists.models import MailingList
from actions.lists.queries import name_in, the_lists
from actions.staff.access import acting, allowed, desk_blueprint, me
from actions.staff.audit import note
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk, render_live
from actions.staff.zones import my_zone
from actions.tags.naming import LONGEST
from actions.tags.queries import name_of, vocabulary
from actions.transaction import transaction
from actions.transfers import receiving, running, uploads
from actions.transfers.models import PartKind, Transfer, TransferPart, TransferState
from actions.transfers.people import COLUMNS, NotAPeopleFile, RowRefused, read_people
from actions.transfers.tables import LooksBroken

HOME = "/desk/people/imports"
PREVIEW = 20
# Around the file.
FORM = 64 * 1024
TOO_LARGE = (
    "This file has more than 200 MB. Leave out the columns that are not needed, or split the table, "
    "each part with the names of the columns in its first line."
)
BROKE_OFF = "The file did not arrive whole. Choose it again."
PROBLEMS = {
    "columns": "Say which column holds the email addresses, and give no name to two columns.",
    "evidence": "Say where their consent can be shown, such as “paper forms, spring fair 2026”.",
    "list": "Choose the list that they agreed to be on.",
    "consented_on": "This is no day that has been. Leave it empty where the rows carry their own dates.",
}

blueprint = desk_blueprint("imports", "/people/imports")


@blueprint.url_value_preprocessor
def _take_a_large_file(endpoint: str | None, _: object) -> None:
    """This one form may carry a whole list, and nothing of it is read before it is known who sends it."""
    if endpoint == "imports.upload":
        request.max_content_length = uploads.LARGEST_FILE + FORM
        request.form_data_parser_class = FileLeftUnread


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> ResponseReturnValue:
    read_to_the_end()
    return _home(TOO_LARGE, 413)


@blueprint.get("")
@allowed(StaffRole.EDITOR)
def show_imports() -> ResponseReturnValue:
    return _home()


@blueprint.post("")
@allowed(StaffRole.EDITOR)
def upload() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _home("Choose the file first.", 422)
    try:
        transfer = receiving.receive(cast("BinaryIO", file.stream), by=acting())
    except NotAPeopleFile as error:
        read_to_the_end()
        return _home(str(error), 422)
    except BrokenOff:
        return _home(BROKE_OFF, 400)
    return redirect(f"{HOME}/{transfer.id}", 303)


@blueprint.get("/<int:transfer_id>")
@allowed(StaffRole.EDITOR)
def show_import(transfer_id: int) -> ResponseReturnValue:
    return _shown(_mine(transfer_id))


@blueprint.post("/<int:transfer_id>/begin")
@allowed(StaffRole.EDITOR)
def begin(transfer_id: int) -> ResponseReturnValue:
    transfer, wrong = _mine(transfer_id), dict[str, str]()
    columns = [request.form.get(f"column-{at}", "") for at in range(len(transfer.reading["columns"]))]
    joined = db.session.get(MailingList, request.form.get("list", type=int) or 0)
    try:
        consented_at = _day(request.form.get("consented_on", ""))
        with transaction():
            if joined is None:
                raise running.NotReady("list")  # noqa: TRY301  # the same answer as for what the operation finds
            running.begin(
                transfer,
                joined,
                columns=columns,
                evidence=request.form.get("evidence", ""),
                consented_at=consented_at,
                tag=request.form.get("tag", ""),
                by=acting(),
            )
            after = {"list": joined.slug, "tag": transfer.tag_id}
            note("began an import", by=acting(), about=(Transfer.__tablename__, transfer.id), after=after)
    except running.NotReady as error:
        if error.problem != "begun":
            wrong[error.problem] = PROBLEMS.get(error.problem, str(error))
    except ValueError:
        wrong["consented_on"] = PROBLEMS["consented_on"]
    if wrong:
        return _shown(transfer, wrong=wrong, columns=columns, status=422)
    return redirect(f"{HOME}/{transfer_id}", 303)


@blueprint.post("/<int:transfer_id>/cancel")
@allowed(StaffRole.EDITOR)
def cancel(transfer_id: int) -> ResponseReturnValue:
    transfer = _mine(transfer_id)
    with transaction():
        running.cancel(transfer, by=acting())
        note("stopped an import", by=acting(), about=(Transfer.__tablename__, transfer.id))
    return redirect(f"{HOME}/{transfer_id}", 303)


@blueprint.post("/<int:transfer_id>/refused.csv")
@allowed(StaffRole.EDITOR)
def refused(transfer_id: int) -> ResponseReturnValue:
    transfer = _mine(transfer_id)
    with transaction():
        note("took the refused rows of an import", by=acting(), about=(Transfer.__tablename__, transfer.id))
    answer = Response(stream_with_context(_refused_rows(transfer)), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="refused-{transfer.id}.csv"'
    return answer


def _refused_rows(transfer: Transfer) -> Iterator[str]:
    named = [name for name in transfer.reading["columns"] if name]
    yield "\ufeff" + ",".join(["line", "reason", *named]) + "\r\n"
    kept = (TransferPart.transfer_id == transfer.id, TransferPart.kind == PartKind.REFUSED)
    with transaction():
        ids = db.session.scalars(select(TransferPart.id).where(*kept).order_by(TransferPart.number)).all()
    for part_id in ids:
        # Not as an entity: those are held until the request ends. No transaction waits for a slow reader.
        with transaction():
            sealed = db.session.scalar(select(TransferPart.content_sealed).where(TransferPart.id == part_id))
        yield TransferPart.content.open(sealed, part_id) or ""


def _mine(transfer_id: int) -> Transfer:
    """A file of people is its uploader's; an admin may look after one who is away."""
    transfer = db.session.get(Transfer, transfer_id)
    if (
        transfer is None
        or transfer.state is TransferState.UPLOADING
        or (transfer.staff_id != me().id and not me().may(StaffRole.ADMIN))
    ):
        abort(404)
    return transfer


def _home(problem: str = "", status: int = 200) -> ResponseReturnValue:
    mine = select(Transfer).where(Transfer.state != TransferState.UPLOADING).order_by(Transfer.id.desc()).limit(50)
    if not me().may(StaffRole.ADMIN):
        mine = mine.where(Transfer.staff_id == me().id)
    return render_desk("desk/transfers/imports.html", status, imports=db.session.scalars(mine).all(), problem=problem)


def _shown(
    transfer: Transfer, *, wrong: dict[str, str] | None = None, columns: list[str] | None = None, status: int = 200
) -> ResponseReturnValue:
    if transfer.state is not TransferState.LOOKED_AT:
        a_minute, seconds_left = _pace(transfer)
        return render_live(
            "desk/transfers/progress.html",
            going=transfer.state is TransferState.RUNNING,
            transfer=transfer,
            tag=name_of(transfer.tag_id) if transfer.tag_id else None,
            a_minute=a_minute,
            seconds_left=seconds_left,
        )
    try:
        head, first = uploads.sample(transfer, PREVIEW)
    except LooksBroken as error:
        return render_desk("desk/transfers/broken.html", 422, problem=str(error))
    return render_desk(
        "desk/transfers/look.html",
        status,
        transfer=transfer,
        head=head,
        first=first,
        reasons=_reasons(transfer),
        columns=columns or transfer.reading["columns"],
        names=COLUMNS,
        lists=[(one.id, name_in(one, "en")) for one in the_lists()],
        typed=request.form,
        known_tags=[tag.name for tag in vocabulary().here()],
        longest_tag=LONGEST,
        wrong=wrong or {},
    )


def _reasons(transfer: Transfer) -> list[str]:
    """Why each row of the preview could not be taken, or an empty text."""
    return [getattr(one, "reason", "") for one in read_people(uploads.Rows(transfer).take(PREVIEW))]


def _pace(transfer: Transfer) -> tuple[int | None, int | None]:
    """(rows a minute since it was begun, seconds that the rest takes at that)."""
    taken = (clock.now() - transfer.started_at).total_seconds() if transfer.started_at else 0
    if transfer.state is not TransferState.RUNNING or not transfer.rows_done or taken <= 0:
        return None, None
    a_second = transfer.rows_done / taken
    left = round((transfer.rows - transfer.rows_done) / a_second)
    return round(60 * a_second), left


def _day(text: str) -> datetime | None:
    """Raises ValueError."""
    if not text:
        return None
    day = datetime.fromisoformat(text)
    day = day if day.tzinfo else day.replace(tzinfo=UTC)
    now = clock.now()
    if day.date() > now.astimezone(my_zone()).date():
        raise RowRefused("lies in the future")
    return min(day, now)
