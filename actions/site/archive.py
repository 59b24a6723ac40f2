"""The public copies of what went to a list: the same words for everyone, with nobody's links in them."""

from dataclasses import dataclass
from datetime import datetime

from flask import Blueprint, abort
from flask.typing import ResponseReturnValue
from markupsafe import Markup
from sqlalchemy import select

from actions.config import settings
from actions.extensions import db
from actions.mailings.models import Mailing, MailingText
from actions.mailings.queries import texts_of
from actions.mailings.wording import PUBLIC, is_public, page_of, page_url, public_copy_url, shared_values
from actions.media.queries import pictures_for
from actions.rendering import render_page, request_language
from email_templates.block_rendering import render_blocks
from email_templates.language import LANGUAGES, Language
from email_templates.merging import fill, with_sentinels
from email_templates.texts import Rendered

blueprint = Blueprint("archive", __name__)
MOST = 100


@dataclass(frozen=True)
class Listed:
    url: str
    subject: str
    preheader: str
    sent: datetime | None
    # None where it is in the reader's language.
    language: Language | None


@blueprint.get("/archive")
def show_all() -> ResponseReturnValue:
    language = request_language()
    return render_page("site/archive.html", language=language, mailings=_listed(language))


@blueprint.get("/archive/<int:mailing_id>")
def show_one(mailing_id: int) -> ResponseReturnValue:
    mailing = db.session.get(Mailing, mailing_id)
    if mailing is None or not is_public(mailing):
        abort(404)
    texts = texts_of(mailing)
    language = request_language(tuple(texts), next(iter(texts)))
    page = page_of(mailing)
    return render_page(
        "site/mailing.html",
        language=language,
        page_languages=[code for code in LANGUAGES if code in texts],
        copy=public_copy(mailing, texts[language]),
        preheader=texts[language].preheader,
        sent=mailing.launched_at,
        act_url=f"/a/{page.slug}?lang={language}" if page else "",
    )


def public_copy(mailing: Mailing, text: MailingText) -> Rendered:
    """What everyone may read: names give way to their fallbacks, personal links to public ones."""
    values = _public_values(mailing, text.language)
    drawn = render_blocks(text.blocks, "page", text.language, pictures=pictures_for(text.blocks), links=values)
    asked = Rendered(with_sentinels(text.subject, text.language), "", with_sentinels(drawn, text.language))
    filled = fill(asked, values)
    return Rendered(filled.subject, "", Markup(filled.html or ""))  # noqa: S704  # drawn from clean blocks, values escaped


def _public_values(mailing: Mailing, language: str) -> dict[str, str]:
    home, page = settings().base_url, page_of(mailing)
    return {
        "act": page_url(page) if page else home,
        "unsubscribe": home,
        "preferences": home,
        "browser": public_copy_url(mailing, language),
        **(shared_values(page, language) if page else {}),
    }


def _listed(language: str) -> list[Listed]:
    public = select(Mailing).where(Mailing.list_id.is_not(None), Mailing.discreet.is_(False), Mailing.state.in_(PUBLIC))
    newest = db.session.scalars(public.order_by(Mailing.launched_at.desc(), Mailing.id.desc()).limit(MOST)).all()
    wanted = select(MailingText).where(MailingText.mailing_id.in_([mailing.id for mailing in newest]))
    texts: dict[int, dict[str, MailingText]] = {}
    for text in db.session.scalars(wanted.order_by(MailingText.id)):
        texts.setdefault(text.mailing_id, {})[text.language] = text
    return [_one(mailing, texts[mailing.id], language) for mailing in newest if mailing.id in texts]


def _one(mailing: Mailing, texts: dict[str, MailingText], language: str) -> Listed:
    text = texts.get(language) or next(iter(texts.values()))
    values = _public_values(mailing, text.language)
    return Listed(
        url=f"/archive/{mailing.id}?lang={text.language}",
        subject=fill(Rendered(with_sentinels(text.subject, text.language), "", None), values).subject,
        preheader=text.preheader,
        sent=mailing.launched_at,
        language=None if text.language == language else LANGUAGES[text.language],
    )
