"""Take the directory along as CSV, or bring one in: look at what it would change, then press."""

from contextlib import closing

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue

from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.targets.queries import all_targets
from actions.targets.sheet import (
    COLUMNS,
    LARGEST_FILE,
    NotATargetFile,
    carry_out,
    plan_of,
    read_table,
    table_of,
    text_of,
)
from actions.transaction import transaction

blueprint = desk_blueprint("targets_sheet", "/targets")
# A file that is too large is still read so far, so that the answer can say so.
LARGEST_REQUEST = 4 * LARGEST_FILE


@blueprint.url_value_preprocessor
def _take_a_table(endpoint: str | None, _: object) -> None:
    if endpoint in {"targets_sheet.look", "targets_sheet.bring_in"}:
        request.max_content_length = request.max_form_memory_size = LARGEST_REQUEST


@blueprint.get("/export.csv")
@allowed(StaffRole.VIEWER)
def export() -> ResponseReturnValue:
    answer = Response(table_of(all_targets()), mimetype="text/csv")
    answer.headers["Content-Disposition"] = 'attachment; filename="targets.csv"'
    return answer


@blueprint.get("/import")
@allowed(StaffRole.EDITOR)
def choose() -> ResponseReturnValue:
    return _choose()


@blueprint.post("/import")
@allowed(StaffRole.EDITOR)
def look() -> ResponseReturnValue:
    file = request.files.get("file")
    if file is None or not file.filename:
        return _choose("Choose the file first.", 422)
    with closing(file):
        content = file.read(LARGEST_FILE + 1)
    return _look(content)


@blueprint.post("/import/apply")
@allowed(StaffRole.EDITOR)
def bring_in() -> ResponseReturnValue:
    content = request.form.get("table", "").encode()
    try:
        plan = plan_of(read_table(content))
    except NotATargetFile as error:
        return _choose(str(error), 422)
    if plan.digest != request.form.get("plan"):
        return _look(content, "The directory has changed since you looked. This is what the file would do now.", 409)
    with transaction():
        carry_out(plan, by=acting())
    return redirect("/desk/targets?done=imported", 303)


def _look(content: bytes, problem: str = "", status: int = 200) -> ResponseReturnValue:
    try:
        rows = read_table(content)
    except NotATargetFile as error:
        return _choose(str(error), 422)
    plan = plan_of(rows)
    return render_desk("desk/targets/look.html", status, plan=plan, table=text_of(content), problem=problem)


def _choose(problem: str = "", status: int = 200) -> ResponseReturnValue:
    return render_desk("desk/targets/import.html", status, problem=problem, columns=COLUMNS)
