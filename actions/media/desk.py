"""The desk's pictures: upload, describe, and where to look when a card cuts one."""

from typing import Any

from flask import Response, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from actions.extensions import db
from actions.form_files import read_to_the_end
from actions.media.adding import MIDDLE, Described, NotDescribed, add_picture, describe_picture
from actions.media.models import Picture
from actions.media.operations import MOST_BYTES, NotAPicture
from actions.media.queries import all_pictures
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.transaction import transaction

# The picture, and the form around it.
LARGEST_UPLOAD = MOST_BYTES + 1024 * 1024
TOO_LARGE = "This file has more than 20 MB. Make the picture smaller (2,000 pixels wide is plenty) and choose it again."
LACKING = {
    "alt": "Describe what the picture shows, for readers who cannot see it.",
    "credit": "Write who made it, and under which right you show it.",
}
NO_FILE = "Choose a file: a JPEG, PNG, WebP or GIF."
DONE = {"added": "The picture is added. Pages and mailings can show it now.", "described": "Saved."}

blueprint = desk_blueprint("media_desk", "/media")


@blueprint.url_value_preprocessor
def allow_a_picture(_: str | None, __: dict[str, Any] | None) -> None:
    """Before anything reads the form: other requests are held to much less."""
    request.max_content_length = LARGEST_UPLOAD


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> ResponseReturnValue:
    read_to_the_end()
    return _list(status=413, problems=[TOO_LARGE], read_form=False)


@blueprint.get("")
@allowed(StaffRole.VIEWER)
def list_pictures() -> ResponseReturnValue:
    return _list()


@blueprint.post("")
@allowed(StaffRole.EDITOR)
def upload() -> ResponseReturnValue:
    file = request.files.get("file")
    data = file.read(MOST_BYTES + 1) if file else b""
    problems = [] if data else [NO_FILE]
    try:
        with transaction():
            if data:
                add_picture(data, _described(), by=acting())
    except NotDescribed as lacking:
        problems += [LACKING[field] for field in lacking.fields]
    except NotAPicture as refused:
        problems.append(f"This file cannot be used: {refused}. A JPEG, PNG, WebP or GIF works.")
    if problems:
        return _list(status=422, problems=problems)
    return _back("added")


@blueprint.get("/<int:picture_id>")
@allowed(StaffRole.EDITOR)
def show(picture_id: int) -> ResponseReturnValue:
    return _one(db.get_or_404(Picture, picture_id))


@blueprint.post("/<int:picture_id>")
@allowed(StaffRole.EDITOR)
def describe(picture_id: int) -> ResponseReturnValue:
    picture = db.get_or_404(Picture, picture_id)
    try:
        with transaction():
            describe_picture(picture, _described(), by=acting())
    except NotDescribed as lacking:
        return _one(picture, status=422, problems=[LACKING[field] for field in lacking.fields])
    return redirect("/desk/media?done=described", code=303)


def _described() -> Described:
    x, y = (request.form.get(name, MIDDLE[0], type=int) for name in ("focus_x", "focus_y"))
    return Described(alt=request.form.get("alt", ""), credit=request.form.get("credit", ""), focus=(x, y))


def _list(status: int = 200, problems: list[str] | None = None, *, read_form: bool = True) -> Response:
    """`read_form`: whether what was typed can be read; too large a request cannot."""
    typed = {name: request.form.get(name, "") if read_form else "" for name in ("alt", "credit")}
    return render_desk(
        "desk/media/list.html",
        status=status,
        pictures=all_pictures(),
        problems=problems or [],
        typed=typed,
        page_id=_page_id(read_form=read_form),
        done=DONE.get(request.args.get("done", "")),
    )


def _one(picture: Picture, status: int = 200, problems: list[str] | None = None) -> ResponseReturnValue:
    typed = {name: request.form.get(name, getattr(picture, name)) for name in ("alt", "credit")}
    return render_desk("desk/media/picture.html", status=status, picture=picture, typed=typed, problems=problems or [])


def _page_id(*, read_form: bool = True) -> int | None:
    """The page whose details one came from, to lead back there."""
    values = request.values if read_form else request.args
    return values.get("page", type=int)


def _back(done: str) -> ResponseReturnValue:
    page_id = _page_id()
    return redirect(f"/desk/pages/{page_id}/details" if page_id else f"/desk/media?done={done}", code=303)
