"""The group's tags at the desk: how many carry each; rename, put together, remove, and each of it back again."""

from collections.abc import Callable

from flask import redirect, request
from flask.typing import ResponseReturnValue

from actions.extensions import db
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.tags import operations
from actions.tags.models import Tag
from actions.tags.naming import LONGEST, NotATag
from actions.tags.operations import NameTaken
from actions.tags.queries import KEPT, MOST_COUNTED, numbers, vocabulary
from actions.transaction import transaction

HOME = "/desk/people/tags"
DONE = {
    "renamed": "Renamed.",
    "together": "The two are one tag now.",
    "apart": "They are two tags again.",
    "removed": "Removed. You find it below and can put it back.",
    "back": "It is back, with everybody who carried it.",
}
blueprint = desk_blueprint("tags", "/people/tags")


@blueprint.get("")
@allowed(StaffRole.EDITOR)
def show_tags() -> ResponseReturnValue:
    return _shown()


@blueprint.post("/<int:tag_id>/rename")
@allowed(StaffRole.EDITOR)
def rename(tag_id: int) -> ResponseReturnValue:
    tag, name, together = db.get_or_404(Tag, tag_id), request.form.get("name", ""), bool(request.form.get("together"))
    try:
        with transaction():
            operations.rename(tag, name, together=together, by=acting())
    except NotATag as wrong:
        return _shown(tag_id, name, problem=str(wrong), status=422)
    except NameTaken as taken:
        return _shown(tag_id, name, other=taken.other, status=409)
    return redirect(f"{HOME}?done={'together' if together else 'renamed'}", 303)


@blueprint.post("/<int:tag_id>/remove")
@allowed(StaffRole.EDITOR)
def remove(tag_id: int) -> ResponseReturnValue:
    with transaction():
        operations.remove(db.get_or_404(Tag, tag_id), by=acting())
    return redirect(f"{HOME}?done=removed", 303)


@blueprint.post("/<int:tag_id>/put-back")
@allowed(StaffRole.EDITOR)
def put_back(tag_id: int) -> ResponseReturnValue:
    return _back_again(tag_id, operations.put_back, "back")


@blueprint.post("/<int:tag_id>/take-apart")
@allowed(StaffRole.EDITOR)
def take_apart(tag_id: int) -> ResponseReturnValue:
    return _back_again(tag_id, operations.take_apart, "apart")


def _back_again(tag_id: int, move: Callable[..., None], done: str) -> ResponseReturnValue:
    try:
        with transaction():
            move(db.get_or_404(Tag, tag_id), by=acting())
    except NameTaken:
        return _shown(problem="Another tag has its name by now. Rename that one first.", status=409)
    return redirect(f"{HOME}?done={done}", 303)


def _shown(
    tag_id: int | None = None, name: str = "", *, problem: str = "", other: Tag | None = None, status: int = 200
) -> ResponseReturnValue:
    """`tag_id` and `name` are what was being renamed, `other` the tag that has this name."""
    words = vocabulary()
    return render_desk(
        "desk/tags/list.html",
        status,
        tags=words.here(),
        removed=[(tag, tag.removed_at + KEPT) for tag in words.removed() if tag.removed_at],
        merged=words.merged(),
        numbers=numbers(),
        most_counted=MOST_COUNTED,
        longest=LONGEST,
        renaming=tag_id,
        typed=name,
        other=other,
        problem=problem,
        done=DONE.get(request.args.get("done", ""), ""),
    )
