"""What offices answered, at the desk: how many writers say so, and what they pasted, without a name."""

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from actions.answers import operations, queries
from actions.answers.models import Question
from actions.extensions import db
from actions.pages.desk import found_public
from actions.pages.listing import title_of
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.targets.queries import name_in
from actions.transaction import transaction
from email_templates.language import SOURCE_LANGUAGE

blueprint = desk_blueprint("answers_desk", "/pages")
READ = "read"


@blueprint.get("/<int:page_id>/answers")
@allowed(StaffRole.EDITOR)
def show_answers(page_id: int) -> ResponseReturnValue:
    page, shown = found_public(page_id), request.args.get("show", "")
    rows = queries.told(page, read=shown == READ, after=request.args.get("after", 0, type=int))
    return render_desk(
        "desk/answers/list.html",
        page=page,
        title=title_of(page),
        numbers=queries.numbers(page),
        shown=READ if shown == READ else "",
        rows=[(row, _names(row)) for row in rows],
        next_after=rows[-1].id if len(rows) == queries.PER_SCREEN else None,
    )


@blueprint.post("/<int:page_id>/answers/<int:question_id>")
@allowed(StaffRole.EDITOR)
def mark(page_id: int, question_id: int) -> ResponseReturnValue:
    page, question = found_public(page_id), db.get_or_404(Question, question_id)
    if question.page_id != page.id:
        abort(404)
    read = request.form.get("do") == READ
    with transaction():
        operations.mark_read(question, read=read, by=acting())
    return redirect(f"/desk/pages/{page.id}/answers?show={'' if read else READ}", 303)


def _names(question: Question) -> list[str]:
    """Of those whom the writer had written to."""
    return [name_in(target, SOURCE_LANGUAGE) for target, *_ in queries.letters_asked_about(question)]
