"""What the confirm page shows of a signature, and what the confirmation does to it."""

from actions.confirmations.handlers import Handler, Preview
from actions.consents.models import ConsentPurpose
from actions.consents.queries import text_for
from actions.extensions import db
from actions.pages.models import Page
from actions.pages.privacy import named_for
from actions.pages.queries import takes_acts, wording
from actions.signatures import operations
from actions.signatures.models import Signature
from email_templates.catalogue import WaitingItem


def _waiting_item(signature_id: int, language: str) -> WaitingItem:
    return WaitingItem(kind="signature", title=wording(_page_of(signature_id), language).title)


def _preview(signature_id: int, language: str) -> Preview:
    signature = db.session.get_one(Signature, signature_id)
    page = _page_of(signature_id)
    context = {
        "signature": signature,
        "page": page,
        "wording": wording(page, language),
        "named": named_for(page, language),
        "sentence": text_for(ConsentPurpose.SIGN, language).text,
        "open": takes_acts(page),
    }
    return Preview("signatures/_preview.html", context)


def _page_of(signature_id: int) -> Page:
    return db.session.get_one(Page, db.session.get_one(Signature, signature_id).page_id)


HANDLER = Handler(
    kind=operations.KIND,
    waiting_item=_waiting_item,
    preview=_preview,
    content_hashes=operations.content_hashes,
    confirm=operations.confirm,
    refuse=operations.refuse,
    expire=operations.expire,
    already_done=lambda ids, by: {one for one in ids if operations.already_done(one, by)},
    thanks_path=lambda signature_id: f"/a/{_page_of(signature_id).slug}/thanks",
    page_id=lambda signature_id: _page_of(signature_id).id,
)
