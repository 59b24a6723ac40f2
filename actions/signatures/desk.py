"""A page's signatures at the desk: how many and from where, what they wrote, and what does not belong among them."""

from datetime import datetime, timedelta

from flask import abort, redirect, request
from flask.typing import ResponseReturnValue

from actions import clock
from actions.extensions import db
from actions.pages.desk import found_public
from actions.pages.listing import title_of
from actions.pages.models import Page
from actions.signatures import comments, invalidating, queries
from actions.signatures.invalidating import NumberGrew, Rule, RuleRefused
from actions.signatures.models import CommentVerdict, Invalidation
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.zones import NotOneMoment, local_time, moment_of, my_zone
from actions.transaction import transaction
from email_templates.language import SOURCE_LANGUAGE, countries

HOURS_SHOWN = 48
MOST_COUNTRIES = 20
NAMES = dict(countries(SOURCE_LANGUAGE))
VERDICTS = {verdict.value: verdict for verdict in CommentVerdict}
PROBLEMS = {
    "empty": "Say at least one thing that marks these signatures: a time, a country, a domain or words.",
    "backwards": "The begin lies after the end.",
    "domain": "This is no mail domain. Enter what stands after the @, such as example.org.",
    "broad": f"More than {invalidating.MOST_READ:,} would have to be read for these words. Add a time or a country.",
    "time": "This is no time. Choose it again, or leave it empty.",
    "grew": "More signatures fit by now than you were shown. Look at the new number.",
}

blueprint = desk_blueprint("signatures_desk", "/pages")


@blueprint.get("/<int:page_id>/signatures")
@allowed(StaffRole.VIEWER)
def show_signatures(page_id: int) -> ResponseReturnValue:
    page, now = found_public(page_id), clock.now()
    lands = queries.by_country(page)
    hours = queries.by_hour(page, now - timedelta(hours=HOURS_SHOWN - 1), now)
    return _render(
        "desk/signatures/show.html",
        page,
        lands=lands[:MOST_COUNTRIES],
        other=sum(number for _, number in lands[MOST_COUNTRIES:]),
        most=max((number for _, number in lands), default=0),
        hours=hours,
        points=[(local_time(hour).striptags(), number) for hour, number in hours],
        busiest=max((number for _, number in hours), default=0),
        unread=comments.number(page, None),
        most_counted=comments.MOST_COUNTED,
        names=NAMES,
    )


@blueprint.get("/<int:page_id>/signatures/comments")
@allowed(StaffRole.EDITOR)
def show_comments(page_id: int) -> ResponseReturnValue:
    page, shown = found_public(page_id), request.args.get("show", "")
    after = request.args.get("after", 0, type=int)
    rows = comments.comments(page, VERDICTS.get(shown), after)
    return _render(
        "desk/signatures/comments.html",
        page,
        rows=rows,
        shown=shown if shown in VERDICTS else "",
        numbers={verdict.value if verdict else "": number for verdict, number in comments.numbers(page).items()},
        most_counted=comments.MOST_COUNTED,
        next_after=rows[-1].id if len(rows) == comments.PER_SCREEN else None,
        names=NAMES,
    )


@blueprint.post("/<int:page_id>/signatures/comments")
@allowed(StaffRole.EDITOR)
def settle_comments(page_id: int) -> ResponseReturnValue:
    page, shown = found_public(page_id), request.form.get("show", "")
    ids = [int(one) for one in request.form.getlist("id") if one.isdecimal()]
    every = VERDICTS.get(request.form.get("all", ""))
    with transaction():
        comments.settle(page, {row_id: verdict for row_id in ids for verdict in _wanted(row_id, every)}, by=acting())
    return redirect(f"/desk/pages/{page.id}/signatures/comments?show={shown if shown in VERDICTS else ''}", 303)


@blueprint.get("/<int:page_id>/signatures/invalid")
@allowed(StaffRole.EDITOR)
def show_invalid(page_id: int) -> ResponseReturnValue:
    return _invalid(found_public(page_id))


@blueprint.post("/<int:page_id>/signatures/invalid/count")
@allowed(StaffRole.EDITOR)
def count_invalid(page_id: int) -> ResponseReturnValue:
    """The number before anything is done; it reads, and is a POST since a pattern may be a name."""
    page = found_public(page_id)
    try:
        rule = _rule()
        return _invalid(page, rule=rule, number=invalidating.count(page, rule))
    except RuleRefused as refused:
        return _invalid(page, problem=refused.problem, status=422)


@blueprint.post("/<int:page_id>/signatures/invalid")
@allowed(StaffRole.EDITOR)
def take_out(page_id: int) -> ResponseReturnValue:
    page = found_public(page_id)
    try:
        rule = _rule()
        with transaction():
            invalidating.invalidate(page, rule, shown=request.form.get("number", 0, type=int), by=acting())
    except RuleRefused as refused:
        return _invalid(page, problem=refused.problem, status=422)
    except NumberGrew:
        return _invalid(page, problem="grew", rule=rule, number=invalidating.count(page, rule), status=409)
    return redirect(f"/desk/pages/{page.id}/signatures/invalid", 303)


@blueprint.post("/<int:page_id>/signatures/invalid/<int:invalidation_id>/undo")
@allowed(StaffRole.EDITOR)
def put_back(page_id: int, invalidation_id: int) -> ResponseReturnValue:
    page, invalidation = found_public(page_id), db.get_or_404(Invalidation, invalidation_id)
    if invalidation.page_id != page.id:
        abort(404)
    with transaction():
        invalidating.put_back(invalidation, by=acting())
    return redirect(f"/desk/pages/{page.id}/signatures/invalid", 303)


def _wanted(row_id: int, every: CommentVerdict | None) -> list[CommentVerdict | None]:
    """Nothing for a comment that is to be decided later."""
    chosen = request.form.get(f"verdict-{row_id}", "")
    if every is not None:
        return [every]
    return [VERDICTS.get(chosen)] if chosen in {*VERDICTS, "unread"} else []


def _rule() -> Rule:
    """Raises RuleRefused."""
    given = {name: " ".join(request.form.get(name, "").split()) for name in ("country", "domain", "words")}
    return Rule(since=_moment("since"), until=_moment("until") or clock.now(), **given)


def _moment(name: str) -> datetime | None:
    typed = request.form.get(name, "")
    if not typed:
        return None
    try:
        moment = datetime.fromisoformat(typed)
        return moment if moment.tzinfo else moment_of(moment, my_zone())
    except NotOneMoment as refused:
        raise RuleRefused(str(refused)) from None
    except ValueError:
        raise RuleRefused("time") from None


def _invalid(
    page: Page, *, problem: str = "", rule: Rule | None = None, number: int | None = None, status: int = 200
) -> ResponseReturnValue:
    done = invalidating.invalidations_of(page)
    return _render(
        "desk/signatures/invalid.html",
        page,
        status,
        problem=PROBLEMS.get(problem, problem),
        rule=rule,
        number=number,
        typed=request.form,
        done=[(one, Rule.from_json(one.rule) if one.rule else None) for one in done],
        names=NAMES,
    )


def _render(template: str, page: Page, status: int = 200, **context: object) -> ResponseReturnValue:
    return render_desk(template, status, page=page, title=title_of(page), **context)
