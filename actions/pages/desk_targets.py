"""The desk's screen of a page's targets: whom its letters go to, and who of its writers writes to whom."""

from collections.abc import Sequence

from flask import redirect, request
from flask.typing import ResponseReturnValue

from actions.pages import listing
from actions.pages.choosing import Choice, standing_choices, typed_choices, who_writes_to_whom
from actions.pages.desk import found, on
from actions.pages.models import Page
from actions.pages.queries import chosen_of
from actions.pages.reaching import Chosen, asks_country
from actions.pages.starting import choose_targets
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.unsaved import keeps_words
from actions.targets.forms import TargetForm
from actions.targets.operations import TargetRefused, save_target
from actions.targets.queries import all_targets
from actions.transaction import transaction

blueprint = desk_blueprint("page_targets_desk", "/pages")
DONE = {"rules": "Saved. Look below who writes to whom now."}


@blueprint.get("/<int:page_id>/targets")
@allowed(StaffRole.EDITOR)
def targets(page_id: int) -> ResponseReturnValue:
    return _targets(found(page_id), TargetForm.of(None))


@blueprint.post("/<int:page_id>/targets")
@allowed(StaffRole.EDITOR)
def save_targets(page_id: int) -> ResponseReturnValue:
    page = found(page_id)
    choices = typed_choices(all_targets(), request.form)
    if any(choice.error for choice in choices):
        return _targets(page, TargetForm.of(None), choices, status=422)
    chosen = [choice.chosen() for choice in choices if choice.is_chosen]
    with transaction():
        choose_targets(page, chosen, by=acting())
    if asks_country(chosen):
        return redirect(f"/desk/pages/{page.id}/targets?done=rules#whom", code=303)
    return on(page, "targets")


@blueprint.post("/<int:page_id>/targets/new")
@allowed(StaffRole.EDITOR)
@keeps_words
def add_target(page_id: int) -> ResponseReturnValue:
    """Add somebody and have the page's letters go there as well."""
    page = found(page_id)
    form = TargetForm.of(None, request.form)
    if "usual" in request.form:
        form.use_usual(request.form["usual"])
        return _targets(page, form)
    if not form.validate():
        return _targets(page, form, status=422)
    try:
        with transaction():
            target = save_target(form.details(None), by=acting())
            choose_targets(page, [*chosen_of(page), Chosen(target)], by=acting())
    except TargetRefused as refused:
        form.problems = refused.problems
        return _targets(page, form, status=422)
    return on(page, "target")


def _targets(
    page: Page, form: TargetForm, choices: Sequence[Choice] | None = None, status: int = 200
) -> ResponseReturnValue:
    chosen = chosen_of(page)
    return render_desk(
        "desk/pages/targets.html",
        status=status,
        page=page,
        title=listing.title_of(page),
        choices=choices or standing_choices(all_targets(), chosen),
        outcomes=who_writes_to_whom(chosen),
        form=form,
        done=DONE.get(request.args.get("done", "")),
    )
