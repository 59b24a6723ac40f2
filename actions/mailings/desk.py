"""Mailings at the desk: the list, a new one, and each as it stands: being written, being sent, or over."""

from collections.abc import Callable
from contextlib import suppress
from functools import partial
from typing import TypeVar

from flask import Response, abort, make_response, redirect, request
from flask.typing import ResponseReturnValue

from actions import clock
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import name_in, the_lists
from actions.mailings import agreeing, designs, keeping, operations, progress, queries, results, writing
from actions.mailings.checklist import look_through
from actions.mailings.desk_words import editable, found
from actions.mailings.links import foreign_in
from actions.mailings.models import Mailing, MailingState
from actions.mailings.operations import WrongState
from actions.mailings.preflight import language_name
from actions.mailings.results import as_table, total
from actions.mailings.summing import shown_tally
from actions.mailings.tallies import By
from actions.mailings.wording import list_of, page_of
from actions.markdown import as_markdown
from actions.organisation.queries import the_organisation
from actions.pages.listing import title_of
from actions.pages.models import Page
from actions.pages.queries import newest_update, wordings_of
from actions.segments.describing import in_words
from actions.segments.rules import from_json
from actions.spreadsheets import csv_lines
from actions.staff import audit
from actions.staff.access import acting, allowed, desk_blueprint, me
from actions.staff.queries import everybody
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk, render_live
from actions.staff.zones import local_time
from actions.transaction import transaction
from email_templates.language import SOURCE_LANGUAGE, country_name

T = TypeVar("T", Page, MailingList)
MOST = 100
BESIDE = 6
blueprint = desk_blueprint("desk_mailings", "/mailings")
DRAFTS = {MailingState.DRAFT, MailingState.SCHEDULED}
UNDER_WAY = {MailingState.PREPARING, MailingState.SENDING, MailingState.PAUSED}


@blueprint.get("")
@allowed(StaffRole.VIEWER)
def show_mailings() -> ResponseReturnValue:
    mailings = queries.newest(MOST)
    return render_desk("desk/mailings/list.html", mailings=mailings, subjects=queries.subjects_of(mailings))


@blueprint.get("/new")
@allowed(StaffRole.EDITOR)
def choose_new() -> ResponseReturnValue:
    pages = queries.pages_to_choose()
    told = [page for page in pages if newest_update(page) is not None]
    words, joined = wordings_of(pages, SOURCE_LANGUAGE), the_lists()
    return render_desk(
        "desk/mailings/new.html",
        pages=pages,
        told=told,
        lists=joined,
        titles={page.id: words[page.id].title for page in pages},
        names={one.id: name_in(one, SOURCE_LANGUAGE) for one in joined},
        chosen=request.args.get("page", ""),
        designs=designs.standing(),
    )


@blueprint.post("/new")
@allowed(StaffRole.EDITOR)
def begin() -> ResponseReturnValue:
    what = request.form.get("what", "")
    with transaction():
        mailing = _begun(what)
    return redirect(f"/desk/mailings/{mailing.id}", 303)


@blueprint.post("/<int:mailing_id>/copy")
@allowed(StaffRole.EDITOR)
def copy(mailing_id: int) -> ResponseReturnValue:
    with transaction():
        mailing = writing.copy_mailing(found(mailing_id), by=acting())
    return redirect(f"/desk/mailings/{mailing.id}", 303)


@blueprint.post("/<int:mailing_id>/discard")
@allowed(StaffRole.EDITOR)
def discard(mailing_id: int) -> ResponseReturnValue:
    with suppress(WrongState), transaction():
        audit.note("discard mailing", by=acting(), about=("mailings", mailing_id))
        operations.discard(found(mailing_id), by=acting())
    return redirect("/desk/mailings", 303)


@blueprint.get("/<int:mailing_id>")
@allowed(StaffRole.VIEWER)
def show(mailing_id: int) -> ResponseReturnValue:
    mailing = found(mailing_id)
    return show_draft(mailing) if mailing.state in DRAFTS else _show_sending(mailing)


@blueprint.get("/<int:mailing_id>/results")
@allowed(StaffRole.VIEWER)
def show_results(mailing_id: int) -> ResponseReturnValue:
    mailing = found(mailing_id)
    tally = shown_tally(mailing)
    views = results.views(mailing, tally)
    earlier = results.side_by_side(_beside(mailing))
    hours = results.hour_by_hour(views[By.HOUR])
    times = {line.key: local_time(line.hour) for line in hours}
    shown = views | {By.HOUR: [line for line in views[By.HOUR] if line.key in times]}
    return render_live(
        "desk/mailings/results.html",
        going=mailing.state in UNDER_WAY,
        mailing=mailing,
        tally=tally,
        views=shown.items(),
        times=times,
        later=len(shown[By.HOUR]) < len(views[By.HOUR]),
        sent_by_hour=[(times[line.key].striptags(), line.sent) for line in hours],
        acted_by_hour=[(times[line.key].striptags(), line.acted) for line in hours],
        sum=total(views[By.LANGUAGE]),
        earlier=earlier,
        subjects=queries.subjects_of([mailing, *(one for one, _ in earlier)]),
        language_name=language_name,
        country_name=partial(country_name, language=SOURCE_LANGUAGE),
        organisation_name=the_organisation().name,
        printed_at=clock.now(),
    )


@blueprint.get("/<int:mailing_id>/results.csv")
@allowed(StaffRole.VIEWER)
def download_results(mailing_id: int) -> ResponseReturnValue:
    answer = make_response(csv_lines(as_table(found(mailing_id))))
    answer.headers["Content-Type"] = "text/csv; charset=utf-8"
    answer.headers["Content-Disposition"] = f'attachment; filename="mailing-{mailing_id}.csv"'
    return answer


@blueprint.post("/<int:mailing_id>/pause")
@allowed(StaffRole.SENDER)
def pause(mailing_id: int) -> ResponseReturnValue:
    return _moved(mailing_id, operations.pause, "pause mailing")


@blueprint.post("/<int:mailing_id>/resume")
@allowed(StaffRole.SENDER)
def resume(mailing_id: int) -> ResponseReturnValue:
    return _moved(mailing_id, operations.resume, "resume mailing")


@blueprint.post("/<int:mailing_id>/cancel")
@allowed(StaffRole.SENDER)
def cancel(mailing_id: int) -> ResponseReturnValue:
    return _moved(mailing_id, operations.cancel, "cancel mailing")


@blueprint.post("/<int:mailing_id>/retry")
@allowed(StaffRole.SENDER)
def retry_failed(mailing_id: int) -> ResponseReturnValue:
    return _moved(mailing_id, operations.retry_failed, "retry failed")


def show_draft(mailing: Mailing, status: int = 200, **said: object) -> Response:
    checked, texts = look_through(mailing), queries.texts_of(mailing)
    page, joined = page_of(mailing), list_of(mailing)
    return render_desk(
        "desk/mailings/draft.html",
        status,
        mailing=mailing,
        texts=texts,
        checked=checked,
        page_title=title_of(page) if page else "",
        list_name=name_in(joined, SOURCE_LANGUAGE) if joined else "",
        audience_words=in_words(from_json(mailing.rule)),
        expected_end=progress.expected_end(checked.audience),
        language_name=language_name,
        left=keeping.left_behind(mailing, me().id),
        as_markdown=as_markdown,
        held=agreeing.held_by(mailing),
        second=agreeing.agreement_on(mailing, checked.audience, me(), by=acting()),
        members={one.id: one.name for one in everybody()},
        leads_away=bool(foreign_in(texts.values())),
        missing=[code for code in editable() if code not in texts],
        **said,
    )


def _show_sending(mailing: Mailing) -> Response:
    return render_live(
        "desk/mailings/sending.html",
        going=mailing.state in UNDER_WAY,
        now=progress.status(mailing, shown_tally(mailing)),
        mailing=mailing,
        subject=queries.subjects_of([mailing]).get(mailing.id, ""),
        left=keeping.left_behind(mailing, me().id),
        as_markdown=as_markdown,
        language_name=language_name,
    )


def _beside(mailing: Mailing) -> list[Mailing]:
    """The newest that were launched; this one among them."""
    newest = [one for one in queries.newest(BESIDE) if one.launched_at and one.id != mailing.id]
    return sorted([mailing, *newest], key=lambda one: -one.id)


def _begun(what: str) -> Mailing:
    """Raises 404 for what is not there any more."""
    if what == "alert":
        return writing.begin_alert(_chosen(Page, "about"), _chosen(MailingList, "list"), by=acting())
    if what == "update":
        page = _chosen(Page, "about")
        update = newest_update(page) or abort(404)
        return writing.begin_update(page, update, by=acting())
    if what != "newsletter":
        abort(404)
    return writing.begin_newsletter(_chosen(MailingList, "list"), by=acting())


def _chosen(room: type[T], name: str) -> T:
    return db.session.get(room, request.form.get(name, 0, type=int)) or abort(404)


def _moved(mailing_id: int, move: Callable[..., object], action: str) -> ResponseReturnValue:
    """Twice is once: one that somebody has moved meanwhile is left as it is, and shown."""
    mailing = found(mailing_id)
    with suppress(WrongState), transaction():
        before = mailing.state
        move(mailing, by=acting())
        after = {"state": mailing.state.value}
        audit.note(action, by=acting(), about=("mailings", mailing.id), before={"state": before.value}, after=after)
    return redirect(f"/desk/mailings/{mailing_id}?watch=1", 303)
