"""What the confirm page shows of a sign-up, and what the confirmation does to it."""

from actions.confirmations.handlers import Handler, Preview
from actions.consents.models import ConsentPurpose
from actions.consents.queries import sentence, text_for
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import name_in
from actions.signups import operations, queries
from actions.signups.models import Signup
from email_templates.catalogue import WaitingItem


def _waiting_item(signup_id: int, language: str) -> WaitingItem:
    return WaitingItem(kind="signup", title=name_in(_list(signup_id), language))


def _preview(signup_id: int, language: str) -> Preview:
    signup = db.session.get_one(Signup, signup_id)
    name = name_in(_list(signup_id), language)
    agreed = sentence(text_for(ConsentPurpose.LIST, language), list=name)
    context = {"signup": signup, "list_name": name, "sentence": agreed}
    return Preview("signups/_preview.html", context)


def _list(signup_id: int) -> MailingList:
    return queries.list_of(db.session.get_one(Signup, signup_id))


HANDLER = Handler(
    kind=operations.KIND,
    waiting_item=_waiting_item,
    preview=_preview,
    content_hashes=operations.content_hashes,
    confirm=operations.confirm,
    refuse=operations.refuse,
    expire=operations.expire,
    already_done=lambda ids, by: {one for one in ids if operations.already_done(one, by)},
    thanks_path=lambda _: "/join/thanks",
    page_id=lambda _: None,
)
