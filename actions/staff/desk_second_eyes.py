"""The second member says yes or no."""

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from actions.extensions import db
from actions.staff import second_eyes
from actions.staff.access import NotAllowed, acting, allowed, desk_blueprint, me
from actions.staff.models import SecondLook
from actions.staff.roles import StaffRole
from actions.transaction import transaction

blueprint = desk_blueprint("second_eyes", "/second-eyes")
ANSWERS = {"yes": True, "no": False}
# Where one sees what was asked about.
SCREENS = {"mailings": "/desk/mailings/{}", "lists": "/desk", "pages": "/desk/pages/{}/handover"}
ASKED = "A second person must agree first: it stands on their screen “Today”. Then ask here again."
NOBODY = "A second person must agree, and nobody else here may export. An admin can give a colleague the role."


@blueprint.post("/<int:look_id>")
@allowed(StaffRole.VIEWER)
def answer(look_id: int) -> ResponseReturnValue:
    """By whoever has the role that was asked for."""
    look = db.session.get(SecondLook, look_id) or abort(404)
    agreed = ANSWERS.get(request.form.get("answer", ""))
    if agreed is None:
        abort(400)
    if not me().may(look.role):
        raise NotAllowed(look.role)
    try:
        with transaction():
            second_eyes.answer(look, agreed=agreed, by=acting())
    except second_eyes.OwnRequest:
        abort(403)
    return redirect(SCREENS[look.about_kind].format(look.about_id), 303)


def ask_for_export(deed: second_eyes.Deed) -> str:
    """Nothing leaves yet; the sentence says what happens next."""
    try:
        with transaction():
            second_eyes.ask(deed, by=acting())
    except second_eyes.NobodyElse:
        return NOBODY
    return ASKED
