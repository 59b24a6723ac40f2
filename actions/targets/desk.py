"""The desk's targets: whom letters can go to, and what is known of them."""

from flask import redirect, request
from flask.typing import ResponseReturnValue

from actions.extensions import db
from actions.staff import audit
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.targets.forms import TargetForm
from actions.targets.models import Target
from actions.targets.operations import TargetRefused, save_target
from actions.targets.queries import all_targets
from actions.transaction import transaction
from email_templates.language import LANGUAGES

blueprint = desk_blueprint("targets_desk", "/targets")
DONE = {"saved": "Saved. Letters that are released from now on go there."}


@blueprint.get("")
@allowed(StaffRole.VIEWER)
def list_targets() -> ResponseReturnValue:
    return render_desk("desk/targets/list.html", targets=all_targets(), done=DONE.get(request.args.get("done", "")))


@blueprint.get("/new")
@allowed(StaffRole.EDITOR)
def new() -> ResponseReturnValue:
    return _form(None, TargetForm.of(None))


@blueprint.post("/new")
@allowed(StaffRole.EDITOR)
def add() -> ResponseReturnValue:
    return _save(None)


@blueprint.get("/<int:target_id>")
@allowed(StaffRole.VIEWER)
def show(target_id: int) -> ResponseReturnValue:
    target = db.get_or_404(Target, target_id)
    return _form(target, TargetForm.of(target))


@blueprint.post("/<int:target_id>")
@allowed(StaffRole.EDITOR)
def change(target_id: int) -> ResponseReturnValue:
    return _save(db.get_or_404(Target, target_id))


def _save(target: Target | None) -> ResponseReturnValue:
    form = TargetForm.of(target, request.form)
    if not form.validate():
        return _form(target, form, status=422)
    if target is not None and request.form.get("version", type=int) != target.version:
        form.problems = ["Somebody else changed this target while you had it open. Look at it again before you save."]
        return _form(target, form, status=409)
    before = None if target is None else {"version": target.version}
    try:
        with transaction():
            saved = save_target(form.details(target), by=acting())
            audit.note(
                "target saved", by=acting(), about=("target", saved.id), before=before, after={"version": saved.version}
            )
    except TargetRefused as refused:
        form.problems = refused.problems
        return _form(target, form, status=422)
    return redirect("/desk/targets?done=saved", code=303)


def _form(target: Target | None, form: TargetForm, status: int = 200) -> ResponseReturnValue:
    return render_desk("desk/targets/target.html", status=status, target=target, form=form, languages=LANGUAGES)
