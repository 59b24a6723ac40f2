"""Letters in bundles: have one printed, take the file, say that it was handed over, and keep the receipt."""

import base64
from collections.abc import Sequence
from datetime import UTC, date, datetime, time
from typing import Any, NamedTuple

from flask import Response, abort, redirect, request, stream_with_context
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import RequestEntityTooLarge

from actions import clock
from actions.extensions import db
from actions.form_files import BrokenOff, FileLeftUnread, read_to_the_end
from actions.letters import bundling, handing_over
from actions.letters.handing_over import BundleRefused, Handed
from actions.letters.models import Bundle, BundleState
from actions.letters.queries import left_to, waiting_for_bundles
from actions.letters.taking import hindrance
from actions.media.operations import MOST_BYTES, NotAPicture, rewritten
from actions.pages.listing import title_of
from actions.pages.models import Page
from actions.staff.access import acting, allowed, desk_blueprint, me, recently
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.zones import my_zone
from actions.targets.forms import one_line
from actions.targets.models import Target
from actions.transaction import transaction

HOME = "/desk/letters/bundles"
LONGEST = 200
LARGEST_UPLOAD = MOST_BYTES + 1024 * 1024
PROBLEMS = {
    "stopped": "Letters are stopped at present. Let them go on first.",
    "paused": "The page is paused or has ended, so its letters wait. Open it again first.",
    "waits": "Letters to this office wait: its own screen says why. Find out how they can reach it and let them go on.",
    "unverified": "Nobody has verified yet where letters to this office go. Verify it on its own screen first.",
    "full": "This office has had all the letters that it takes. Ask it whether it takes more, then raise that number.",
    "none": "No letter waits for a bundle to this office from this page. Nothing was made.",
    "made anew": "A writer took a letter back, so the file you looked at is not the newest. Print it again first.",
    "given up": "This bundle was given up: somebody did so, or the page changed. Its letters must not be handed over.",
    "handed over": "This bundle was marked handed over already. That stands, and nothing was done twice.",
    "place": "Say where it was handed over, such as “the embassy in Geneva”.",
    "handed_by": "Say who handed it over.",
    "on": "Choose the day on which it was handed over; it cannot lie ahead.",
    "large": "This picture has more than 20 MB. Make it smaller and choose it again; nothing was saved.",
    "broke off": "The picture did not arrive whole. Nothing was saved; send it once more.",
    "gone": "This file is not here any more.",
}
DONE = {"void": "The bundle is given up. Its letters wait again, and its file is deleted."}
blueprint = desk_blueprint("bundles_desk", "/letters/bundles")


class Waiting(NamedTuple):
    """Letters for one office. `takes`: how many of them the next bundle holds. `in_the_way`: of PROBLEMS, or empty."""

    page: Page
    target: Target
    number: int
    takes: int
    in_the_way: str


@blueprint.url_value_preprocessor
def allow_a_picture(endpoint: str | None, _: dict[str, Any] | None) -> None:
    """This one form may carry a picture, which is private: nothing of it is spooled to a disk."""
    if endpoint == "bundles_desk.hand_over":
        request.max_content_length = LARGEST_UPLOAD
        request.form_data_parser_class = FileLeftUnread


@blueprint.errorhandler(RequestEntityTooLarge)
def too_large(_: RequestEntityTooLarge) -> ResponseReturnValue:
    read_to_the_end()
    bundle_id = (request.view_args or {}).get("bundle_id", 0)
    return _shown(db.get_or_404(Bundle, bundle_id), PROBLEMS["large"], 413, read_form=False)


@blueprint.get("")
@allowed(StaffRole.VIEWER)
def show_bundles() -> ResponseReturnValue:
    return _list()


@blueprint.post("")
@allowed(StaffRole.SENDER)
def make() -> ResponseReturnValue:
    page = db.get_or_404(Page, request.form.get("page", 0, type=int))
    target = db.get_or_404(Target, request.form.get("target", 0, type=int))
    try:
        with transaction():
            bundle = handing_over.begin(page, target, by=acting())
    except BundleRefused as refused:
        return _list(PROBLEMS[refused.problem], 409)
    return redirect(f"{HOME}/{bundle.id}", 303)


@blueprint.get("/<int:bundle_id>")
@allowed(StaffRole.VIEWER)
def show(bundle_id: int) -> ResponseReturnValue:
    return _shown(db.get_or_404(Bundle, bundle_id))


@blueprint.post("/<int:bundle_id>/void")
@allowed(StaffRole.SENDER)
def void(bundle_id: int) -> ResponseReturnValue:
    with transaction():
        given_up = handing_over.void(db.get_or_404(Bundle, bundle_id), by=acting())
    return redirect(f"{HOME}?done=void" if given_up else f"{HOME}/{bundle_id}", 303)


@blueprint.post("/<int:bundle_id>/letters.pdf")
@allowed(StaffRole.EXPORTER)
@recently
def download(bundle_id: int) -> ResponseReturnValue:
    bundle = db.get_or_404(Bundle, bundle_id)
    if bundle.digest is None or not bundle.has_file:
        return _shown(bundle, PROBLEMS["gone"], 410)
    with transaction():
        handing_over.note_download(bundle, by=acting())
    pieces = bundling.pieces(bundle.id, bundle.parts)
    answer = Response(stream_with_context(pieces), mimetype="application/pdf")
    answer.headers["Content-Disposition"] = f'attachment; filename="letters-{bundle.id}-{bundle.version}.pdf"'
    answer.headers["Content-Length"] = str(bundle.size)
    return answer


@blueprint.post("/<int:bundle_id>/handed-over")
@allowed(StaffRole.SENDER)
def hand_over(bundle_id: int) -> ResponseReturnValue:
    bundle, on = db.get_or_404(Bundle, bundle_id), _day(request.form.get("on", ""))
    file = request.files.get("receipt")
    try:
        data = file.stream.read(MOST_BYTES + 1) if file else b""
    except BrokenOff:
        return _shown(bundle, PROBLEMS["broke off"], 400)
    read_to_the_end()
    said = {name: one_line(request.form.get(name))[:LONGEST] for name in ("place", "handed_by")}
    missing = next((name for name, there in {**said, "on": on}.items() if not there), "")
    if missing or on is None:
        return _shown(bundle, PROBLEMS[missing], 422)
    try:
        handed = Handed(on=on, **said, receipt=rewritten(data) if data else b"")
        with transaction():
            handing_over.hand_over(bundle, handed, digest=request.form.get("digest", ""), by=acting())
    except NotAPicture as refused:
        return _shown(bundle, f"The receipt cannot be used: {refused}. A JPEG, PNG, WebP or GIF works.", 422)
    except BundleRefused as refused:
        return _shown(bundle, PROBLEMS[refused.problem], 409)
    return redirect(f"{HOME}/{bundle.id}", 303)


@blueprint.get("/<int:bundle_id>/receipt.jpg")
@allowed(StaffRole.SENDER)
def show_receipt(bundle_id: int) -> ResponseReturnValue:
    receipt = db.get_or_404(Bundle, bundle_id).receipt
    if receipt is None:
        abort(404)
    return Response(base64.b64decode(receipt), mimetype="image/jpeg")


def _day(typed: str) -> datetime | None:
    """Noon of it, so that no time zone moves it to another day."""
    try:
        day = date.fromisoformat(typed)
    except ValueError:
        return None
    has_come = day <= clock.now().astimezone(my_zone()).date()
    return datetime.combine(day, time(12), tzinfo=UTC) if has_come else None


def _list(problem: str = "", status: int = 200) -> Response:
    bundles = bundling.bundles_of(request.args.get("page", type=int), request.args.get("target", type=int))
    waiting = waiting_for_bundles()
    pages = _named(Page, [one[0] for one in waiting] + [one.page_id for one in bundles])
    targets = _named(Target, [one[1] for one in waiting] + [one.target_id for one in bundles])
    making = {(one.page_id, one.target_id): one.id for one in bundles if one.state is BundleState.MAKING}
    return render_desk(
        "desk/letters/bundles.html",
        status,
        waiting=[_waiting(pages[page_id], targets[target_id], number) for page_id, target_id, number in waiting],
        bundles=[(one, pages[one.page_id], targets[one.target_id]) for one in bundles],
        titles={page.id: title_of(page) for page in pages.values()},
        making=making,
        problems=PROBLEMS,
        problem=problem,
        done=DONE.get(request.args.get("done", "")),
    )


def _waiting(page: Page, target: Target, number: int) -> Waiting:
    left = left_to(target)
    takes = number if left is None else min(left, number)
    return Waiting(page, target, number, takes, hindrance(page, target))


def _named(table: type[Any], ids: Sequence[int]) -> dict[int, Any]:
    return {one.id: one for one in db.session.scalars(db.select(table).where(table.id.in_(set(ids))))}


def _shown(bundle: Bundle, problem: str = "", status: int = 200, *, read_form: bool = True) -> Response:
    return render_desk(
        "desk/letters/bundle.html",
        status,
        bundle=bundle,
        title=title_of(db.session.get_one(Page, bundle.page_id)),
        target=db.session.get_one(Target, bundle.target_id),
        may_take=me().may(StaffRole.EXPORTER),
        problem=problem,
        typed=request.form if read_form else {},
        today=clock.now().astimezone(my_zone()).date().isoformat(),
        me_name=me().name or "",
    )
