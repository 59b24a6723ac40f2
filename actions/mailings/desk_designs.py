"""Designs at the desk: kept from a mailing, looked at, begun with, renamed, deleted and brought back."""

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import name_in, the_lists
from actions.mailings import designs, queries, writing
from actions.mailings.desk_words import found
from actions.mailings.models import Mailing, MailingDesign
from actions.mailings.preflight import language_name
from actions.markdown import as_markdown
from actions.pages.models import Page
from actions.pages.queries import wordings_of
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.transaction import transaction
from email_templates.language import SOURCE_LANGUAGE

blueprint = desk_blueprint("desk_mailing_designs", "/mailings")
REFUSED = (designs.NameTaken, designs.NameMissing)
SAID = {
    designs.NameTaken: "Another design has this name. Choose another, or rename that one first.",
    designs.NameMissing: "Give it a name, such as “Monthly newsletter”.",
}
DONE = {
    "saved": "It is kept. Mailings that begin with it have these words; the mailing it came from stays as it is.",
    "renamed": "It has its new name.",
    "back": "It is back.",
}


@blueprint.get("/designs")
@allowed(StaffRole.VIEWER)
def show_designs() -> ResponseReturnValue:
    return _shown_all()


@blueprint.get("/designs/<int:design_id>")
@allowed(StaffRole.VIEWER)
def show_design(design_id: int) -> ResponseReturnValue:
    return _shown(_design(design_id))


@blueprint.post("/designs/<int:design_id>/begin")
@allowed(StaffRole.EDITOR)
def begin(design_id: int) -> ResponseReturnValue:
    design = _design(design_id)
    mailing_list = db.session.get(MailingList, request.form.get("list", 0, type=int)) or abort(404)
    page = db.session.get(Page, request.form.get("about", 0, type=int))
    try:
        with transaction():
            mailing = writing.begin_from_design(design, mailing_list, page, by=acting())
    except designs.PageMissing:
        return _shown(design, "Choose the page that its readers are asked to act on.")
    return redirect(f"/desk/mailings/{mailing.id}", 303)


@blueprint.post("/designs/<int:design_id>/rename")
@allowed(StaffRole.EDITOR)
def rename(design_id: int) -> ResponseReturnValue:
    try:
        with transaction():
            designs.rename_design(_design(design_id), request.form.get("name", ""), by=acting())
    except REFUSED as refused:
        return _shown(_design(design_id), SAID[type(refused)])
    return redirect(f"/desk/mailings/designs/{design_id}?done=renamed", 303)


@blueprint.post("/designs/<int:design_id>/drop")
@allowed(StaffRole.EDITOR)
def drop(design_id: int) -> ResponseReturnValue:
    with transaction():
        designs.drop_design(_design(design_id), by=acting())
    return redirect("/desk/mailings/designs#deleted", 303)


@blueprint.post("/designs/<int:design_id>/back")
@allowed(StaffRole.EDITOR)
def bring_back(design_id: int) -> ResponseReturnValue:
    try:
        with transaction():
            designs.bring_back(_design(design_id), by=acting())
    except designs.NameTaken as taken:
        return _shown_all(SAID[type(taken)])
    return redirect(f"/desk/mailings/designs/{design_id}?done=back", 303)


@blueprint.get("/<int:mailing_id>/design")
@allowed(StaffRole.EDITOR)
def name_design(mailing_id: int) -> ResponseReturnValue:
    mailing = found(mailing_id)
    return _naming(mailing, queries.subjects_of([mailing]).get(mailing.id, ""))


@blueprint.post("/<int:mailing_id>/design")
@allowed(StaffRole.EDITOR)
def save(mailing_id: int) -> ResponseReturnValue:
    name = request.form.get("name", "")
    try:
        with transaction():
            design = designs.save_design(found(mailing_id), name, by=acting())
    except REFUSED as refused:
        return _naming(found(mailing_id), name, SAID[type(refused)])
    return redirect(f"/desk/mailings/designs/{design.id}?done=saved", 303)


def _design(design_id: int) -> MailingDesign:
    return db.session.get(MailingDesign, design_id) or abort(404)


def _naming(mailing: Mailing, name: str, problem: str = "") -> ResponseReturnValue:
    status = 422 if problem else 200
    return render_desk("desk/mailings/name_design.html", status, mailing=mailing, name=name, problem=problem)


def _shown_all(problem: str = "") -> ResponseReturnValue:
    return render_desk(
        "desk/mailings/designs.html",
        422 if problem else 200,
        designs=designs.standing(),
        dropped=designs.dropped(),
        language_name=language_name,
        problem=problem,
    )


def _shown(design: MailingDesign, problem: str = "") -> ResponseReturnValue:
    asks = designs.needs_page(design)
    pages = queries.pages_to_choose() if asks else []
    words = wordings_of(pages, SOURCE_LANGUAGE)
    return render_desk(
        "desk/mailings/design.html",
        422 if problem else 200,
        design=design,
        asks=asks,
        pages=[(page.id, words[page.id].title) for page in pages],
        lists=[(one.id, name_in(one, SOURCE_LANGUAGE)) for one in the_lists()],
        as_markdown=as_markdown,
        language_name=language_name,
        problem=problem,
        done=DONE.get(request.args.get("done", ""), ""),
    )
