"""The desk's screens of a page: all of them, begin one, where it stands, its details, its targets, its state."""

from collections.abc import Mapping
from typing import Any

from flask import abort, current_app, redirect, request
from flask.typing import ResponseReturnValue

from actions.extensions import db
from actions.links.operations import ask
from actions.media.queries import all_pictures, pictures_named
from actions.pages import links, listing, tellers
from actions.pages.forms import KINDS, DetailsForm, OpeningForm, StartForm
from actions.pages.models import Page, PageKind, PageState
from actions.pages.operations import (
    NotFromHere,
    PageNotReady,
    change_details,
    open_page,
    pause_page,
    resume_page,
    schedule_opening,
)
from actions.pages.queries import page_by_slug, targets_of, wordings
from actions.pages.readiness import Finding, Part, checklist
from actions.pages.starting import copy_page, start_page
from actions.pages.words import PageDetails
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.unsaved import keeps_words
from actions.staff.zones import NotOneMoment, my_zone, zone_words
from actions.transaction import transaction
from email_templates.language import LANGUAGES

blueprint = desk_blueprint("pages_desk", "/pages")
DONE = {
    "started": "Your page is begun. What is missing before it can be opened stands below.",
    "details": "The details are saved.",
    "targets": "Saved: letters go to these targets.",
    "target": "The target is added, and letters from this page go there.",
    "opened": "The page is open to everybody.",
    "scheduled": "The page opens by itself at that time.",
    "unscheduled": "The date is called off; the page stays a draft.",
    "paused": "The page is paused: it takes no signatures and no letters until you resume it.",
    "resumed": "The page takes signatures and letters again.",
    "closed": "The page is closed. Letters that had not gone are cancelled and their writers are told.",
    "words": "The words are saved.",
    "dropped": "The page no longer has words in that language.",
}
CHANGED = (
    "Somebody else changed these details while you had them open. What they saved stands below; "
    "save again to keep yours."
)


@blueprint.get("")
@allowed(StaffRole.VIEWER)
def list_pages() -> ResponseReturnValue:
    return render_desk(
        "desk/pages/list.html", rows=listing.rows(), kinds=KINDS, done=DONE.get(request.args.get("done", ""))
    )


@blueprint.get("/new")
@allowed(StaffRole.EDITOR)
def new() -> ResponseReturnValue:
    kind = request.args.get("kind", PageKind.URGENT_ACTION.value)
    return _new(StartForm(kind=kind, language=LANGUAGES and next(iter(LANGUAGES))))


@blueprint.post("/new")
@allowed(StaffRole.EDITOR)
@keeps_words
def start() -> ResponseReturnValue:
    form = StartForm(request.form)
    if not form.validate():
        return _new(form, status=422)
    with transaction():
        page = start_page(form.start(), by=acting())
    return on(page, "started")


@blueprint.post("/<int:page_id>/copy")
@allowed(StaffRole.EDITOR)
def copy(page_id: int) -> ResponseReturnValue:
    page = found(page_id)
    title = f"{listing.title_of(page)} (copy)"
    with transaction():
        copied = copy_page(page, title, by=acting())
    return on(copied, "started")


@blueprint.get("/<int:page_id>")
@allowed(StaffRole.VIEWER)
def show(page_id: int) -> ResponseReturnValue:
    return _show(found(page_id))


@blueprint.post("/<int:page_id>/open")
@allowed(StaffRole.EDITOR)
def open_now(page_id: int) -> ResponseReturnValue:
    def opened(page: Page) -> None:
        links.must_lead_somewhere(page, wordings(page))
        open_page(page, by=acting())

    return _moved(page_id, opened, "opened")


@blueprint.post("/<int:page_id>/schedule")
@allowed(StaffRole.EDITOR)
def schedule(page_id: int) -> ResponseReturnValue:
    form = OpeningForm(request.form)
    if request.form.get("do") == "call-off":
        return _moved(page_id, lambda page: schedule_opening(page, None, by=acting()), "unscheduled")
    if not form.validate():
        return _show(found(page_id), status=422, opening=form)
    try:
        moment = form.moment(my_zone())
    except NotOneMoment as refused:
        form.opens_at.errors = [str(refused)]
        return _show(found(page_id), status=422, opening=form)

    def planned(page: Page) -> None:
        links.must_lead_somewhere(page, wordings(page))
        schedule_opening(page, moment, by=acting())

    return _moved(page_id, planned, "scheduled")


@blueprint.post("/<int:page_id>/links")
@allowed(StaffRole.EDITOR)
def check_links(page_id: int) -> ResponseReturnValue:
    """A worker asks for them, as for those of a mailing."""
    with transaction():
        ask(links.foreign_in(wordings(found(page_id)).values()), by=acting())
    return redirect(f"/desk/pages/{page_id}#check-heading", 303)


@blueprint.post("/<int:page_id>/pause")
@allowed(StaffRole.EDITOR)
def pause(page_id: int) -> ResponseReturnValue:
    return _moved(page_id, lambda page: pause_page(page, by=acting()), "paused")


@blueprint.post("/<int:page_id>/resume")
@allowed(StaffRole.EDITOR)
def resume(page_id: int) -> ResponseReturnValue:
    return _moved(page_id, lambda page: resume_page(page, by=acting()), "resumed")


@blueprint.get("/<int:page_id>/details")
@allowed(StaffRole.EDITOR)
def details(page_id: int) -> ResponseReturnValue:
    page = found(page_id)
    return _details(page, DetailsForm.of(page, my_zone()))


@blueprint.post("/<int:page_id>/details")
@allowed(StaffRole.EDITOR)
@keeps_words
def save_details(page_id: int) -> ResponseReturnValue:
    page = found(page_id)
    form = DetailsForm.of(page, my_zone(), request.form)
    right = form.validate()
    if right and request.form.get("stamp") != listing.details_stamp(page):
        form.form_errors = [CHANGED]
        return _details(page, form, status=409, theirs=DetailsForm.of(page, my_zone()))
    if right and _taken(page, form.slug.data):
        form.slug.errors = ["Another page has this address already."]
        right = False
    if not right:
        return _details(page, form, status=422)
    with transaction():
        change_details(page, _chosen(page, form), by=acting())
    return on(page, "details")


def found(page_id: int) -> Page:
    page = db.session.get(Page, page_id)
    if page is None:
        abort(404)
    return page


def found_public(page_id: int) -> Page:
    """One that has been published; 404 for a draft."""
    page = found(page_id)
    return page if page.state is not PageState.DRAFT else abort(404)


def is_there(path: str) -> bool:
    """A screen of this desk."""
    return bool(current_app.url_map.bind("").test(path, method="GET"))


def where(finding: Finding, page: Page) -> str:
    """The screen on which a finding is put right."""
    match finding.part:
        case Part.WORDS:
            return f"/desk/pages/{page.id}/words/{finding.language or page.default_language}"
        case Part.ORGANISATION:
            return "/desk/settings"
        case part:
            return f"/desk/pages/{page.id}/{part.value}"


def _moved(page_id: int, move: Any, done: str) -> ResponseReturnValue:  # noqa: ANN401  # an operation with its page left open
    page = found(page_id)
    try:
        with transaction():
            move(page)
    except PageNotReady as refused:
        return _show(page, status=422, refused=refused.problems)
    except NotFromHere:
        return _show(
            page, status=409, refused=["The page has changed its state in the meantime. This is how it stands now."]
        )
    return on(page, done)


def on(page: Page, done: str) -> ResponseReturnValue:
    return redirect(f"/desk/pages/{page.id}?done={done}", code=303)


def _new(form: StartForm, status: int = 200) -> ResponseReturnValue:
    return render_desk("desk/pages/new.html", status=status, form=form, kinds=KINDS, rows=listing.rows())


def _show(page: Page, status: int = 200, **context: Any) -> ResponseReturnValue:  # noqa: ANN401  # for the template
    db.session.refresh(page)
    words = wordings(page)
    findings = [*checklist(page, words, targets_of(page)), *links.findings(page, words)]
    context.setdefault("opening", OpeningForm()).opens_at.description = zone_words()
    return render_desk(
        "desk/pages/show.html",
        status=status,
        page=page,
        title=listing.title_of(page),
        blocking=[(finding, where(finding, page)) for finding in findings if finding.blocks],
        warning=[(finding, where(finding, page)) for finding in findings if not finding.blocks],
        languages=listing.languages_of(page, words, findings),
        leads_away=bool(links.foreign_in(words.values())),
        targets=targets_of(page),
        lead=pictures_named([page.lead_picture]).get(page.lead_picture or ""),
        kind=KINDS[page.kind][0],
        held=request.args.get("held", 0, type=int),
        told_of_it=tellers.told_of(page),
        can_alert=is_there("/desk/mailings/new"),
        done=DONE.get(request.args.get("done", "")),
        **context,
    )


def _details(page: Page, form: DetailsForm, status: int = 200, **context: Any) -> ResponseReturnValue:  # noqa: ANN401  # as above
    return render_desk(
        "desk/pages/details.html",
        status=status,
        page=page,
        title=listing.title_of(page),
        form=form,
        stamp=listing.details_stamp(page),
        pictures=all_pictures(),
        chosen_picture=request.form.get("lead_picture", page.lead_picture),
        **context,
    )


def _taken(page: Page, slug: str) -> bool:
    known = page_by_slug(slug)
    return known is not None and known.id != page.id


def _chosen(page: Page, form: DetailsForm) -> PageDetails:
    chosen: Mapping[str, Any] = vars(form.details(page, my_zone()))
    named = {picture.name for picture in all_pictures()}
    picture = request.form.get("lead_picture", "")
    return PageDetails(**{**chosen, "lead_picture": picture if picture in named else page.lead_picture})
