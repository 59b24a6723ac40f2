"""`/c/<token>`: GET shows what waits exactly as it will be, POST by a button does it. GET changes nothing (C-05)."""

from typing import Any

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from actions import rate_limits
from actions.actors import VISITOR
from actions.actors import supporter as owner
from actions.addresses import InvalidAddress, masked, parse_address
from actions.confirmations import operations, queries, requests
from actions.confirmations.handlers import Handler, Preview, handler_of
from actions.confirmations.models import Confirmation, ConfirmationItem, ItemState
from actions.rendering import render_page, request_language
from actions.tokens import InvalidToken, Purpose, tokens
from actions.transaction import transaction

blueprint = Blueprint("confirmations", __name__)
Shown = tuple[ConfirmationItem, Preview]


@blueprint.get("/c/<token>")
def show(token: str) -> ResponseReturnValue:
    return _show(token, queries.by_token(token))


@blueprint.post("/c/<token>")
def act(token: str) -> ResponseReturnValue:
    confirmation = queries.by_token(token)
    if request.form.get("do") == "refuse":
        return _refuse(confirmation)
    items = _chosen(confirmation)
    if not items:
        return _show(token, confirmation, choose=True)
    try:
        with transaction():
            more = operations.settle(items, confirmation, by=owner(confirmation.supporter_id))
    except operations.AlreadySettled:
        if all(item.state is not ItemState.CONFIRMED for item in items):
            return _show(token, confirmation)
        more = bool(queries.waiting_items(confirmation))
    except operations.ContentChanged:
        return render_page("confirmations/changed.html", language=_language(confirmation), status=409)
    if more:
        return redirect(f"/c/{token}?lang={_language(confirmation)}#done", code=303)
    return redirect(_thanks_url(items[0], confirmation), code=303)


@blueprint.post("/c/again")
def mail_again() -> ResponseReturnValue:
    """The same answer for every address, known or not (C-10)."""
    language = request_language()
    try:
        address = parse_address(request.form.get("email", ""))
        if tokens.read(Purpose.FORM, request.form.get("stamp", "")) != [requests.AGAIN]:
            raise InvalidToken
    except InvalidAddress as error:
        raise InvalidToken from error
    delay = rate_limits.network_delay()
    with transaction():
        requests.request_by_address(address, requests.AGAIN, language=language, network_delay=delay, by=VISITOR)
    return check_your_email(address.original, language)


def check_your_email(email: str, language: str, **context: Any) -> ResponseReturnValue:  # noqa: ANN401  # for the template
    """The one answer to every form: it depends on what was typed and on nothing that we know."""
    hidden = {"email": email, "stamp": tokens.sign(Purpose.FORM, requests.AGAIN), "lang": language}
    return render_page(
        "confirmations/check_your_email.html",
        language=language,
        masked_address=masked(email),
        hidden=hidden,
        page_languages=(),
        **context,
    )


def _show(token: str, confirmation: Confirmation, *, choose: bool = False) -> ResponseReturnValue:
    language = _language(confirmation)
    items = queries.items_of(confirmation)
    shown = [
        (item, handler_of(item.kind).preview(item.item_id, language))
        for item in items
        if item.state is ItemState.WAITING
    ]
    done = [_thanks_url(item, confirmation) for item in items if item.state is ItemState.CONFIRMED]
    return render_page(
        "confirmations/show.html",
        language=language,
        status=422 if choose and shown else 200,
        shown=_together(shown),
        done=list(dict.fromkeys(done)),
        choose=choose,
        token=token,
    )


def _together(shown: list[Shown]) -> list[list[Shown]]:
    """What was asked for by one wish stands under one button."""
    wishes: dict[int, list[Shown]] = {}
    for item, preview in shown:
        wishes.setdefault(item.together or item.id, []).append((item, preview))
    return list(wishes.values())


def _chosen(confirmation: Confirmation) -> list[ConfirmationItem]:
    """The items whose button was pressed; where there is but one, that one."""
    items = queries.items_of(confirmation)
    asked = request.form.getlist("item")
    if asked:
        return [item for item in items if str(item.id) in asked]
    waiting = [item for item in items if item.state is ItemState.WAITING]
    if len(waiting) > 1:
        return []
    return waiting or [item for item in items if item.state is ItemState.CONFIRMED][:1]


def _refuse(confirmation: Confirmation) -> ResponseReturnValue:
    language = _language(confirmation)
    with transaction():
        operations.refuse_all(confirmation, by=owner(confirmation.supporter_id))
    return render_page("confirmations/refused.html", language=language, page_languages=())


def _thanks_url(item: ConfirmationItem, confirmation: Confirmation) -> str:
    """With 30 minutes in which the next act on the same page needs no second mail."""
    handler: Handler = handler_of(item.kind)
    path = handler.thanks_path(item.item_id)
    page_id = handler.page_id(item.item_id)
    language = _language(confirmation)
    if page_id is None:
        return f"{path}?lang={language}"
    token = tokens.sign(Purpose.CONTINUE, confirmation.supporter_id, page_id, confirmation.generation)
    return f"{path}?done={item.kind}&next={token}&lang={language}"


def _language(confirmation: Confirmation) -> str:
    return request_language(fallback=confirmation.language) if "lang" in request.values else confirmation.language
