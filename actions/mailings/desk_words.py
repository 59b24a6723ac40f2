"""A mailing's words and audience at the desk, and how it will look."""

from typing import Any

from flask import Response, abort, make_response, redirect, request
from flask.typing import ResponseReturnValue

from actions.blocks_form import EDITOR, moves_blocks, read_blocks
from actions.drafts.models import Draft
from actions.drafts.operations import DraftMoved, Seen
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import the_lists
from actions.mailings import audience, keeping, queries, writing
from actions.mailings.audience_form import NotUnderstood, Row, checked, choices, read_rows, rows_of_rule, rule_of_rows
from actions.mailings.models import Mailing, MailingState, MailingText
from actions.mailings.operations import Words, WrongState
from actions.mailings.preflight import MailingNotReady, check, language_name
from actions.mailings.previewing import Reader, as_read_by, in_the_dark
from actions.mailings.reach import reach_of
from actions.media.queries import all_pictures, described
from actions.organisation.queries import the_organisation
from actions.security_headers import KEEPS, POLICY
from actions.segments.describing import in_words
from actions.segments.operations import save_segment
from actions.segments.queries import segment_by_id, segments
from actions.segments.rules import Rule, from_json
from actions.staff.access import acting, allowed, desk_blueprint, me
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.unsaved import keeps_words
from actions.transaction import transaction
from email_templates.language import LANGUAGES
from email_templates.rendering import html_size

blueprint = desk_blueprint("desk_mailing_words", "/mailings")
KINDS = ("text", "heading", "picture", "quotation", "list", "button", "question", "divider")
FRAME = "default-src 'none'; style-src 'unsafe-inline'; img-src {}; frame-ancestors 'self'; sandbox"
WIDTHS = {"wide": "100%", "phone": "375"}


@blueprint.get("/<int:mailing_id>/words/<language>")
@allowed(StaffRole.EDITOR)
def show_words(mailing_id: int, language: str) -> ResponseReturnValue:
    mailing = draft(mailing_id)
    kept = keeping.draft_of(mailing, _spoken(language), me().id)
    if kept is not None:
        return _editor(mailing, MailingText(language=language, **kept.words), version=kept.based_on, kept=kept)
    text = queries.text_in(mailing, language) or _begun_in(mailing, language)
    return _editor(mailing, text, version=text.version or 0)


@blueprint.post("/<int:mailing_id>/words/<language>")
@allowed(StaffRole.EDITOR)
@keeps_words
def save_words(mailing_id: int, language: str) -> ResponseReturnValue:
    mailing = draft(mailing_id)
    version = request.form.get("version", 0, type=int)
    typed = MailingText(language=_spoken(language), **_typed())
    if moves_blocks(request.form):
        return _editor(mailing, typed, version=version)
    words = Words(language=language, subject=typed.subject, preheader=typed.preheader, blocks=typed.blocks)
    try:
        with transaction():
            writing.revise(mailing, words, version=version, by=acting())
            keeping.forget(mailing, language, by=acting())
    except writing.ChangedMeanwhile as meanwhile:
        return _editor(mailing, typed, version=meanwhile.text.version, theirs=meanwhile.text, status=409)
    except WrongState:
        return _editor(mailing, typed, version=version, begun=True, status=409)
    return redirect(f"/desk/mailings/{mailing_id}", 303)


@blueprint.post("/<int:mailing_id>/words/<language>/keep")
@allowed(StaffRole.EDITOR)
def keep_words(mailing_id: int, language: str) -> ResponseReturnValue:
    """What was typed so far, while one types; the answer is a line for the foot of the editor."""
    mailing, seen = draft(mailing_id), Seen(request.form.get("version", 0, type=int), _revision())
    try:
        with transaction():
            kept = keeping.keep(mailing, _spoken(language), _typed(), seen, by=acting())
    except DraftMoved as moved:
        return render_desk("desk/kept.html", draft=moved.draft, moved=True)
    except WrongState:
        return render_desk("desk/kept.html", draft=None, moved=False)
    return render_desk("desk/kept.html", draft=kept, moved=False)


@blueprint.post("/<int:mailing_id>/words/<language>/forget")
@allowed(StaffRole.EDITOR)
def forget_words(mailing_id: int, language: str) -> ResponseReturnValue:
    """Back to the words that stand; of a mailing that has begun, back to its own screen."""
    mailing = draft(mailing_id)
    with transaction():
        keeping.forget(mailing, _spoken(language), by=acting())
    return redirect(f"/desk/mailings/{mailing_id}/words/{language}", 303)


@blueprint.post("/<int:mailing_id>/words/<language>/drop")
@allowed(StaffRole.EDITOR)
def drop_words(mailing_id: int, language: str) -> ResponseReturnValue:
    with transaction():
        mailing = draft(mailing_id)
        writing.drop_language(mailing, language, by=acting())
        keeping.forget(mailing, language, by=acting())
    return redirect(f"/desk/mailings/{mailing_id}", 303)


@blueprint.get("/<int:mailing_id>/audience")
@allowed(StaffRole.EDITOR)
def show_audience(mailing_id: int) -> ResponseReturnValue:
    mailing = draft(mailing_id)
    saved = segment_by_id(request.args.get("segment", 0, type=int))
    rule = from_json(saved.rule if saved else mailing.rule)
    rows = rows_of_rule(rule)
    return _audience(mailing, rows or [], list_id=mailing.list_id, rule=rule, foreign=rows is None)


@blueprint.post("/<int:mailing_id>/audience")
@allowed(StaffRole.EDITOR)
@keeps_words
def save_audience(mailing_id: int) -> ResponseReturnValue:
    """*Count* and *Add a row* only show; *Save* keeps it."""
    mailing, rows = draft(mailing_id), read_rows(request.form)
    mailing_list = db.session.get(MailingList, request.form.get("list", 0, type=int))
    list_id = mailing_list.id if mailing_list else mailing.list_id
    try:
        rule = rule_of_rows(rows)
    except NotUnderstood:
        return _audience(mailing, checked(rows), list_id=list_id, rule=None, status=422)
    if request.form.get("do") != "save":
        return _audience(mailing, rows, list_id=list_id, rule=rule)
    name = request.form.get("name", "").strip()[:100]
    with transaction():
        writing.choose_audience(
            mailing, rule, mailing_list=mailing_list, discreet="discreet" in request.form, by=acting()
        )
        if name:
            save_segment(name, rule, by=acting())
    return redirect(f"/desk/mailings/{mailing_id}", 303)


@blueprint.get("/<int:mailing_id>/preview/<language>")
@allowed(StaffRole.VIEWER)
def show_preview(mailing_id: int, language: str) -> ResponseReturnValue:
    mailing = found(mailing_id)
    text = queries.text_in(mailing, language) or abort(404)
    try:
        check(mailing, {language: text})
    except MailingNotReady as lacking:
        return render_desk("desk/mailings/preview.html", mailing=mailing, text=text, lacking=lacking.found)
    words = as_read_by(mailing, text, _reader())
    answer = render_desk(
        "desk/mailings/preview.html",
        mailing=mailing,
        text=text,
        words=words,
        kilobytes=html_size(words) / 1000,
        width=WIDTHS.get(request.args.get("width", "wide"), "100%"),
        language_name=language_name,
        chosen=request.args,
    )
    answer.headers["Content-Security-Policy"] = f"{POLICY}; frame-src 'self'"
    return answer


@blueprint.get("/<int:mailing_id>/preview/<language>/frame")
@allowed(StaffRole.VIEWER)
def show_frame(mailing_id: int, language: str) -> ResponseReturnValue:
    """The mail alone: no script, nothing from elsewhere, its own inline style."""
    mailing = found(mailing_id)
    text = queries.text_in(mailing, language) or abort(404)
    html = as_read_by(mailing, text, _reader()).html or ""
    answer = make_response(in_the_dark(html) if "dark" in request.args else html)
    answer.headers["Content-Security-Policy"] = FRAME.format("'none'" if "bare" in request.args else "'self' data:")
    return answer


def found(mailing_id: int) -> Mailing:
    return queries.by_id(mailing_id) or abort(404)


def draft(mailing_id: int) -> Mailing:
    """One that may still be written on; a scheduled one is called back first."""
    mailing = found(mailing_id)
    if mailing.state is not MailingState.DRAFT and request.method == "GET":
        abort(redirect(f"/desk/mailings/{mailing_id}", 303))
    return mailing


def editable() -> list[str]:
    return list(LANGUAGES)


def _reader() -> Reader:
    return Reader.UNNAMED if request.args.get("reader") == Reader.UNNAMED else Reader.NAMED


def _typed() -> dict[str, Any]:
    return {
        "subject": request.form.get("subject", "")[:500],
        "preheader": request.form.get("preheader", "")[:500],
        "blocks": described(read_blocks(request.form, "blocks")),
    }


def _revision() -> int:
    return request.form.get("revision", 0, type=int)


def _spoken(language: str) -> str:
    return language if language in LANGUAGES else abort(404)


def _begun_in(mailing: Mailing, language: str) -> MailingText:
    """A new language starts with the words of the first one, to be translated."""
    first = next(iter(queries.texts_of(mailing).values()), None)
    blocks = list(first.blocks) if first else []
    return MailingText(language=language, subject="", preheader="", blocks=blocks, version=0)


def _editor(  # noqa: PLR0913  # what a screen shows
    mailing: Mailing,
    text: MailingText,
    *,
    version: int,
    theirs: MailingText | None = None,
    begun: bool = False,
    kept: Draft | None = None,
    status: int = 200,
) -> Response:
    answer = render_desk(
        "desk/mailings/words.html",
        status,
        mailing=mailing,
        text=text,
        version=version,
        revision=_revision() if kept is None else kept.revision,
        kept=kept,
        theirs=theirs,
        begun=begun,
        kinds=KINDS,
        pictures=all_pictures(),
        **EDITOR,
        language_name=language_name,
        into=LANGUAGES[text.language],
        default_language=the_organisation().default_language,
    )
    answer.headers["Content-Security-Policy"] = KEEPS
    return answer


def _audience(  # noqa: PLR0913  # what a screen shows
    mailing: Mailing,
    rows: list[Row],
    *,
    list_id: int | None,
    rule: Rule | None,
    foreign: bool = False,
    status: int = 200,
) -> Response:
    """With the number, unless something typed is not understood."""
    number = None if rule is None else _number(mailing, list_id, rule)
    return render_desk(
        "desk/mailings/audience.html",
        status,
        mailing=mailing,
        rows=[*rows, Row(what="")],
        lists=the_lists(),
        list_id=list_id,
        choices=choices(),
        number=number,
        rule_words=in_words(rule) if rule is not None else "",
        foreign=foreign,
        name=request.form.get("name", ""),
        segments=segments(),
    )


def _number(mailing: Mailing, list_id: int | None, rule: Rule) -> int:
    """Of the mailing's own audience as it was counted; of one that is being chosen, counted now."""
    if list_id == mailing.list_id and rule == from_json(mailing.rule):
        return reach_of(mailing).number
    return audience.size_among(Mailing(list_id=list_id, page_id=mailing.page_id, rule={}), rule)
