"""The desk's screen for an update: what came of a page, what that does to waiting letters, and the mailing about it."""

from collections.abc import Mapping
from typing import Any

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from actions import clock
from actions.blocks_form import EDITOR, moves_blocks
from actions.drafts.models import Draft
from actions.drafts.operations import DraftMoved, Seen
from actions.extensions import db
from actions.letters.models import LetterState
from actions.letters.queries import waiting_by_target
from actions.mailings.queries import by_key
from actions.mailings.reach import count_reach
from actions.media.queries import all_pictures
from actions.pages.desk import found_public, is_there
from actions.pages.listing import title_of
from actions.pages.models import Outcome, Page, PageUpdate
from actions.pages.operations import NotFromHere, PageNotReady
from actions.pages.queries import standing_words, targets_of, update_words
from actions.security_headers import KEEPS
from actions.signatures.models import Handover
from actions.site import news_keeping
from actions.site.news_forms import (
    OUTCOMES,
    READERS,
    TO_BOTH,
    TO_NOBODY,
    TO_SIGNERS,
    NewsForm,
    Written,
    headline_of,
    problems_of,
    written_in,
)
from actions.site.news_readers import rule_for
from actions.site.updates import Published, draft_mail, publish_update
from actions.staff.access import acting, allowed, desk_blueprint, me
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.unsaved import keeps_words
from actions.staff.zones import my_zone
from actions.targets.queries import name_in
from actions.transaction import transaction
from email_templates.language import LANGUAGES

blueprint = desk_blueprint("news_desk", "/pages")


@blueprint.get("/<int:page_id>/update")
@allowed(StaffRole.EDITOR)
def write(page_id: int) -> ResponseReturnValue:
    page = found_public(page_id)
    draft = news_keeping.draft_of(page, me().id)
    if draft is not None:
        typed = news_keeping.rebased(page, draft.words, draft.based_on)
        return _form(page, NewsForm(typed), _written(page, typed), draft=draft)
    form = NewsForm(dated=clock.now().astimezone(my_zone()).date(), readers=TO_BOTH)
    written = _written(page, None)
    handover = db.session.get(Handover, request.args.get("handover", 0, type=int))
    if handover is not None and handover.page_id == page.id and handover.handed_over_on is not None:
        form.outcome.data, form.readers.data = Outcome.PARTIAL.value, TO_SIGNERS
        for code, one in written.items():
            one.form.headline.data = headline_of(handover, code)
    return _form(page, form, written)


@blueprint.post("/<int:page_id>/update")
@allowed(StaffRole.EDITOR)
@keeps_words
def publish(page_id: int) -> ResponseReturnValue:
    page = found_public(page_id)
    form = NewsForm(request.form)
    written = _written(page, news_keeping.rebased(page, request.form.to_dict(), _seen(page).version))
    if moves_blocks(request.form):
        return _form(page, form, written, draft=_kept(page))
    problems = problems_of(written, page.default_language)
    if not _is_right(form, written) or problems:
        return _form(page, form, written, status=422, problems=problems, draft=_kept(page))
    try:
        published = _publish(page, form, written)
    except PageNotReady as refused:
        return _form(page, form, written, status=422, problems=refused.problems, draft=_kept(page))
    except NotFromHere:
        gone = ["The page has changed its state in the meantime, and this outcome does not follow from it."]
        return _form(page, form, written, status=409, problems=gone, draft=_kept(page))
    counts = f"held={published.held}&cancelled={published.cancelled}"
    return redirect(f"/desk/pages/{page.id}/updates/{published.update.id}?{counts}", code=303)


@blueprint.post("/<int:page_id>/update/keep")
@allowed(StaffRole.EDITOR)
def keep(page_id: int) -> ResponseReturnValue:
    """What was typed so far, while one types; the answer is a line for the foot of the editor."""
    page = found_public(page_id)
    try:
        with transaction():
            draft = news_keeping.keep(page, request.form, _seen(page), by=acting())
    except DraftMoved as moved:
        return render_desk("desk/kept.html", draft=moved.draft, moved=True)
    return render_desk("desk/kept.html", draft=draft, moved=False)


@blueprint.post("/<int:page_id>/update/forget")
@allowed(StaffRole.EDITOR)
def forget(page_id: int) -> ResponseReturnValue:
    """Begin anew."""
    page = found_public(page_id)
    with transaction():
        news_keeping.forget(page, by=acting())
    return redirect(f"/desk/pages/{page.id}/update", code=303)


@blueprint.get("/<int:page_id>/updates/<int:update_id>")
@allowed(StaffRole.VIEWER)
def show(page_id: int, update_id: int) -> ResponseReturnValue:
    """What the update set going, and what is left to do."""
    page = found_public(page_id)
    update = db.session.get(PageUpdate, update_id)
    if update is None or update.page_id != page.id:
        abort(404)
    mailing = by_key(f"update-{update.id}")
    return render_desk(
        "desk/pages/updated.html",
        page=page,
        title=title_of(page),
        update=update,
        outcome=OUTCOMES[update.outcome][0],
        headline=update_words(update, page.default_language, page.default_language)["headline"],
        mailing=mailing,
        can_open=mailing is not None and is_there(f"/desk/mailings/{mailing.id}"),
        held=request.args.get("held", 0, type=int),
        cancelled=request.args.get("cancelled", 0, type=int),
    )


def _publish(page: Page, form: NewsForm, written: Mapping[str, Written]) -> Published:
    news = {code: one.told for code, one in written.items() if one.told is not None}
    by = acting()
    with transaction():
        published = publish_update(page, Outcome(form.outcome.data), news, dated=form.moment(my_zone()), by=by)
        if form.readers.data != TO_NOBODY:
            count_reach(draft_mail(page, published.update, news, rule=rule_for(form.readers.data, page.id), by=by))
        news_keeping.forget(page, by=by)
    return published


def _seen(page: Page) -> Seen:
    """What the window that sends this form knew."""
    return Seen(request.form.get("version", page.version, type=int), request.form.get("revision", 0, type=int))


def _kept(page: Page) -> Draft | None:
    """What was refused is kept too, so that a closed window loses nothing; none where another window goes on."""
    try:
        with transaction():
            return news_keeping.keep(page, request.form, _seen(page), by=acting())
    except DraftMoved:
        return None


def _written(page: Page, typed: MultiDict[str, str] | None) -> dict[str, Written]:
    return {code: written_in(code, standing, typed) for code, standing in standing_words(page).items()}


def _is_right(form: NewsForm, written: Mapping[str, Written]) -> bool:
    """Every form is asked, so that all of their errors show at once."""
    return all([form.validate(), *(one.form.validate() for one in written.values())])


def _form(
    page: Page,
    form: NewsForm,
    written: Mapping[str, Written],
    status: int = 200,
    draft: Draft | None = None,
    **context: Any,  # noqa: ANN401  # for the template
) -> ResponseReturnValue:
    waiting = waiting_by_target(page.id)
    answer = render_desk(
        "desk/pages/update.html",
        status=status,
        page=page,
        title=title_of(page),
        form=form,
        written=[(LANGUAGES[code], one) for code, one in written.items()],
        outcomes={outcome.value: words for outcome, (_, words) in OUTCOMES.items()},
        readers=READERS,
        waiting=[
            (name_in(target, page.default_language), waiting[target.id])
            for target in targets_of(page)
            if target.id in waiting
        ],
        ready=sum(waiting_by_target(page.id, (LetterState.READY,)).values()),
        pictures=all_pictures(),
        draft=draft,
        version=_seen(page).version,
        revision=request.form.get("revision", 0, type=int),
        **EDITOR,
        **context,
    )
    answer.headers["Content-Security-Policy"] = KEEPS
    return answer
