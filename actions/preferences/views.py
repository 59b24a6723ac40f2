"""`/p/<token>`: list settings by the link in every mail; what I did, download and erase by a fresh one asked for."""

from flask import Blueprint, Response, jsonify, redirect, request
from flask.typing import ResponseReturnValue

from actions import rate_limits
from actions.actors import VISITOR
from actions.actors import supporter as owner
from actions.addresses import InvalidAddress, masked, parse_address
from actions.answers.queries import answered_pages
from actions.confirmations.requests import request_by_address
from actions.letters import operations as letters
from actions.letters.fates import fate_of
from actions.pages.queries import wordings_of
from actions.preferences import operations, queries
from actions.preferences.exporting import as_csv, everything_about
from actions.preferences.queries import Opened, opened_by
from actions.rendering import render_page, request_language
from actions.signatures import operations as signatures
from actions.tokens import InvalidToken, Purpose, tokens
from actions.transaction import transaction
from email_templates.language import LANGUAGES

blueprint = Blueprint("preferences", __name__)
PLACE = "preferences"


@blueprint.get("/p")
def ask() -> ResponseReturnValue:
    return _ask_page(request_language())


@blueprint.post("/p")
def mail_link() -> ResponseReturnValue:
    """The same answer for every address (C-10)."""
    language = request_language()
    try:
        address = parse_address(request.form.get("email", ""))
        stamped = tokens.read(Purpose.FORM, request.form.get("stamp", "")) == [PLACE]
    except (InvalidAddress, InvalidToken):
        return _ask_page(language, wrong=True)
    if not stamped:
        return _ask_page(language, wrong=True)
    delay = rate_limits.network_delay()
    with transaction():
        request_by_address(address, operations.MY_DATA, language=language, network_delay=delay, by=VISITOR)
    return render_page(
        "preferences/mailed.html", language=language, page_languages=(), masked_address=masked(address.original)
    )


@blueprint.get("/p/<token>")
def show(token: str) -> ResponseReturnValue:
    return _show(token, opened_by(token))


@blueprint.post("/p/<token>")
def change(token: str) -> ResponseReturnValue:
    opened = opened_by(token)
    do = request.form.get("do", "save")
    if do == "save":
        return _save(token, opened)
    if do == "fresh":
        return _mail_fresh(opened)
    if not opened.fresh:
        raise InvalidToken
    if do == "withdraw":
        return _withdraw(token, opened)
    if do == "erase":
        return render_page("preferences/erase.html", language=_language(opened), token=token, page_languages=())
    if do == "erase-for-good":
        return _erase(opened)
    raise InvalidToken


@blueprint.get("/p/<token>/my-data.<ending>")
def download(token: str, ending: str) -> ResponseReturnValue:
    opened = opened_by(token)
    if not opened.fresh or ending not in {"json", "csv"}:
        raise InvalidToken
    export = everything_about(opened.supporter)
    answer = jsonify(export) if ending == "json" else Response(as_csv(export), mimetype="text/csv")
    answer.headers["Content-Disposition"] = f'attachment; filename="my-data.{ending}"'
    return answer


def _show(token: str, opened: Opened, *, saved: bool = False) -> ResponseReturnValue:
    language = _language(opened)
    choices = queries.choices_of(opened.supporter)
    acts = queries.signatures_of(opened.supporter) if opened.fresh else ()
    sent = queries.letters_of(opened.supporter) if opened.fresh else ()
    pages = [*choices.cases, *(page for _, page in acts), *(page for _, page, _ in sent)]
    return render_page(
        "preferences/show.html",
        language=language,
        token=token,
        fresh=opened.fresh,
        saved=saved or "saved" in request.args,
        choices=choices,
        signatures=acts,
        letters=[(letter, page, target, fate_of(letter, page, target, language)) for letter, page, target in sent],
        answered=answered_pages(opened.supporter) if sent else set(),
        titles={page_id: words.title for page_id, words in wordings_of(pages, language).items()},
        languages=LANGUAGES.values(),
        mail_language=opened.supporter.language,
        masked_address=masked(opened.supporter.email or ""),
    )


def _save(token: str, opened: Opened) -> ResponseReturnValue:
    chosen = request.form.get("language", opened.supporter.language)
    with transaction():
        operations.choose(
            opened.supporter,
            list_ids=set(request.form.getlist("list", type=int)),
            page_ids=set(request.form.getlist("case", type=int)),
            language=chosen if chosen in LANGUAGES else opened.supporter.language,
            by=owner(opened.supporter.id),
        )
    return redirect(f"/p/{token}?saved=1&lang={_language(opened)}", code=303)


def _mail_fresh(opened: Opened) -> ResponseReturnValue:
    with transaction():
        operations.mail_fresh_link(opened.supporter, by=owner(opened.supporter.id))
    return render_page(
        "preferences/mailed.html",
        language=_language(opened),
        page_languages=(),
        masked_address=masked(opened.supporter.email or ""),
    )


def _withdraw(token: str, opened: Opened) -> ResponseReturnValue:
    by = owner(opened.supporter.id)
    with transaction():
        for signature, _ in queries.signatures_of(opened.supporter):
            if signature.id == request.form.get("signature", type=int):
                signatures.withdraw(signature, by=by)
        for letter, _, _ in queries.letters_of(opened.supporter):
            if letter.id == request.form.get("letter", type=int):
                letters.undo(letter, by=by)
    return redirect(f"/p/{token}?saved=1&lang={_language(opened)}", code=303)


def _erase(opened: Opened) -> ResponseReturnValue:
    language = _language(opened)
    with transaction():
        operations.erase_everything(opened.supporter, by=owner(opened.supporter.id))
    return render_page("preferences/erased.html", language=language, page_languages=())


def _ask_page(language: str, *, wrong: bool = False) -> ResponseReturnValue:
    stamp = tokens.sign(Purpose.FORM, PLACE)
    typed = request.form.get("email", "")
    return render_page(
        "preferences/ask.html", language=language, status=422 if wrong else 200, stamp=stamp, typed=typed, wrong=wrong
    )


def _language(opened: Opened) -> str:
    fallback = opened.supporter.language
    return request_language(fallback=fallback) if "lang" in request.values else fallback
