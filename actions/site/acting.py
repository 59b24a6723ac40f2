"""`/t/<token>`, the link in an alert, and `/undo/<token>`: bound to a person, a page and a mailing.

The link may have been forwarded: it masks the name, shows what would be done, and only a button does it. The owner
gets a receipt with a way back.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from flask import Blueprint, redirect, request
from flask.typing import ResponseReturnValue

from actions import clock
from actions.actors import Actor
from actions.actors import supporter as owner
from actions.addresses import masked_name
from actions.config import settings
from actions.deliveries import operations as deliveries
from actions.deliveries.models import Lane
from actions.extensions import db
from actions.letters import operations as letters
from actions.letters.forms import LetterForm
from actions.letters.models import Letter
from actions.letters.prefilling import goes_on_writing
from actions.organisation.queries import letterhead
from actions.pages.models import Page
from actions.pages.queries import NoSuchPage, PageClosed, languages, takes_acts, takes_signatures, wording
from actions.rendering import render_page, request_language
from actions.signatures import operations as signatures
from actions.signatures.forms import SignForm
from actions.signatures.models import Signature
from actions.signatures.queries import standing
from actions.signatures.views import sign_form
from actions.site.writing import typed_letter, undo_letter, writing_on
from actions.supporters.models import Supporter, SupporterState
from actions.targets.models import Target
from actions.targets.queries import name_in
from actions.tokens import ExpiredToken, InvalidToken, Purpose, tokens
from actions.transaction import transaction
from email_templates.catalogue import ActReceipt
from email_templates.language import all_of

blueprint = Blueprint("acting", __name__)
SIGNATURE = "s"
LETTER = "l"
BACK = {"withdrawn", "cancelled"}
OPEN = {"ready", "held"}


@dataclass(frozen=True)
class ActLink:
    supporter: Supporter
    page: Page
    mailing_id: int | None


def act_link(token: str) -> ActLink:
    """Raises InvalidToken; ExpiredToken where its person was erased or never confirmed; PageClosed."""
    supporter_id, page_id, mailing_id = _three(tokens.read_ids(Purpose.ACT, token))
    supporter, page = db.session.get(Supporter, supporter_id), db.session.get(Page, page_id)
    if page is None:
        raise InvalidToken
    if not takes_acts(page):
        raise PageClosed(page)
    if supporter is None or supporter.state is not SupporterState.ACTIVE:
        raise ExpiredToken
    return ActLink(supporter, page, mailing_id or None)


@blueprint.get("/t/<token>")
def show(token: str) -> ResponseReturnValue:
    return _page(token, act_link(token))


@blueprint.post("/t/<token>")
def act(token: str) -> ResponseReturnValue:
    link = act_link(token)
    return _write(token, link) if request.form.get("do") == "write" else _sign(token, link)


def _sign(token: str, link: ActLink) -> ResponseReturnValue:
    if not takes_signatures(link.page):
        raise NoSuchPage(link.page.slug)
    form = sign_form(link.page, _language(link), known=_known(link.supporter), typed=True)
    if not form.validate():
        form.fresh_stamp()
        return _page(token, link, status=422, sign=form)
    by = owner(link.supporter.id)
    try:
        with transaction():
            signature = signatures.sign_by_link(
                form.wish(), link.page, link.supporter, language=_language(link), mailing_id=link.mailing_id, by=by
            )
            _mail_receipt(link, "signature", undo=(SIGNATURE, signature.id), by=by)
    except signatures.AlreadySigned:
        pass
    return redirect(f"/t/{token}?done=signature&lang={_language(link)}", code=303)


@blueprint.get("/undo/<token>")
def show_undo(token: str) -> ResponseReturnValue:
    return _undo_page(token)


@blueprint.post("/undo/<token>")
def undo(token: str) -> ResponseReturnValue:
    with transaction():
        for row in _undoable(token):
            if isinstance(row, Letter):
                undo_letter(row)
            elif row.supporter_id is not None:
                signatures.withdraw(row, by=owner(row.supporter_id))
    return _undo_page(token)


def _page(
    token: str, link: ActLink, *, status: int = 200, sign: SignForm | None = None, write: LetterForm | None = None
) -> ResponseReturnValue:
    language = _language(link)
    signed = standing(link.page.id, link.supporter.id)
    known = _known(link.supporter)
    return render_page(
        "site/act.html",
        language=language,
        status=status,
        page_languages=languages(link.page),
        token=token,
        page=link.page,
        wording=wording(link.page, language),
        masked=masked_name(link.supporter.first_name, link.supporter.last_name),
        signed=signed,
        sign_action=f"/t/{token}",
        sign_form=sign or _sign_form(link.page, language, known, signed),
        writing=writing_on(link.page, link.supporter, known, language, write),
        done=request.args.get("done", ""),
        page_url=f"{settings().base_url}/a/{link.page.slug}",
    )


def _sign_form(page: Page, language: str, known: dict[str, str], signed: Signature | None) -> SignForm | None:
    return sign_form(page, language, known=known) if signed is None and takes_signatures(page) else None


def _write(token: str, link: ActLink) -> ResponseReturnValue:
    language = _language(link)
    form = typed_letter(link.page, _known(link.supporter), link.supporter, language)
    if goes_on_writing(form):
        form.fresh_stamp()
        return _page(token, link, write=form)
    if not form.validate():
        form.fresh_stamp()
        return _page(token, link, status=422, write=form)
    by = owner(link.supporter.id)
    with transaction():
        written = letters.act_on_all_by_link(
            form.wishes(), link.page, link.supporter, language=language, mailing_id=link.mailing_id, by=by
        )
        if written:
            ids, spoken = [letter.id for letter in written], link.supporter.language
            names = [name_in(target, spoken) for target in form.chosen if _goes_to(target, written)]
            _mail_receipt(link, "letter", target=all_of(names, spoken), undo=(LETTER, *ids), by=by)
    return redirect(f"/t/{token}?done=letter&lang={language}", code=303)


def _goes_to(target: Target, written: Sequence[Letter]) -> bool:
    return any(letter.target_id == target.id for letter in written)


def _mail_receipt(
    link: ActLink, kind: str, *, target: str | None = None, undo: tuple[str | int, ...], by: Actor
) -> None:
    base = settings().base_url
    email = ActReceipt(
        letterhead=letterhead(),
        language=link.supporter.language,
        kind="letter" if kind == "letter" else "signature",
        title=wording(link.page, link.supporter.language).title,
        target=target,
        acted_at=clock.now(),
        undo_url=f"{base}/undo/{tokens.sign(Purpose.UNDO, *undo)}",
        undo_minutes=int(settings().act_letter_wait.total_seconds() // 60) if kind == "letter" else None,
        page_url=f"{base}/a/{link.page.slug}",
    )
    deliveries.queue(email, to=link.supporter, lane=Lane.NOW, about_id=int(undo[1]), by=by)


def _known(supporter: Supporter) -> dict[str, str]:
    fields = {
        "first_name": supporter.first_name,
        "last_name": supporter.last_name,
        "country": supporter.country,
        "email": supporter.email,
    }
    return {name: value for name, value in fields.items() if value}


def _undoable(token: str) -> Sequence[Signature | Letter]:
    """A signature, or the letters of one press."""
    kind, *ids = tokens.read(Purpose.UNDO, token)
    if kind not in {SIGNATURE, LETTER} or not ids:
        raise InvalidToken
    signatures_or_letters = (
        db.session.get(Signature, int(row_id)) if kind == SIGNATURE else db.session.get(Letter, int(row_id))
        for row_id in ids
    )
    rows = [row for row in signatures_or_letters if row is not None]
    if not rows:
        raise ExpiredToken
    return rows


def _undo_page(token: str) -> ResponseReturnValue:
    rows = _undoable(token)
    page, whose = db.session.get_one(Page, rows[0].page_id), db.session.get(Supporter, rows[0].supporter_id)
    offered = languages(page)
    # Theirs, and not that of a letter, which may be one that they do not read.
    reads = whose.language if whose else ""
    language = request_language(offered, reads if reads in offered else page.default_language)
    states = {row.state.value for row in rows}
    return render_page(
        "site/undo.html",
        language=language,
        page_languages=(),
        token=token,
        rows=rows,
        is_letter=isinstance(rows[0], Letter),
        is_back=states <= BACK,
        is_open=bool(states & OPEN) or not isinstance(rows[0], Letter),
        some_back=bool(states & BACK),
        page=page,
        wording=wording(page, language),
    )


def _three(ids: list[int]) -> tuple[int, int, int]:
    if len(ids) != 3:  # noqa: PLR2004  # supporter, page, mailing (0 for none)
        raise InvalidToken
    return ids[0], ids[1], ids[2]


def _language(link: ActLink) -> str:
    fallback = link.supporter.language
    offered = languages(link.page)
    if "lang" in request.values:
        return request_language(offered, link.page.default_language)
    return fallback if fallback in offered else link.page.default_language
