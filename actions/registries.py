"""What a lower room must tell a higher one: the handlers and kinds that every process needs are filled in here."""

from flask import Flask

from actions import notices
from actions.answers import queries as answers
from actions.confirmations import handlers, requests
from actions.confirmations.operations import mail_again
from actions.deliveries import composing, kinds
from actions.deliveries.kinds import Kind
from actions.deliveries.models import Lane
from actions.letters import confirming as letters
from actions.letters import holding
from actions.letters.releasing import LETTERS
from actions.links import addresses
from actions.mailings import composing as mailings
from actions.mailings import links as mailing_links
from actions.organisation.queries import organisation_view
from actions.pages import followers, tellers
from actions.pages import links as page_links
from actions.preferences.operations import MY_DATA, mail_my_data
from actions.signatures import confirming as signatures
from actions.signups import confirming as signups
from actions.staff import followers as staff_followers
from email_templates.catalogue import (
    ActReceipt,
    AlreadyDone,
    Confirmation,
    DidTheyAnswer,
    ErasureDone,
    FreshLink,
    LetterCancelled,
    LetterHandedOver,
    LetterHeld,
    LetterReceipt,
    LetterReturned,
    NewPassword,
    RelayTest,
    SecurityNotice,
    StaffInvitation,
    Welcome,
)

HANDLERS = (letters.HANDLER, letters.HELD_HANDLER, signatures.HANDLER, signups.HANDLER)
# What is asked for by an address alone.
BY_ADDRESS = {requests.AGAIN: mail_again, MY_DATA: mail_my_data}
BY_STAFF_ADDRESS = {notices.PASSWORD: notices.mail_new_password}
# Emails that carry their own values and whose end concerns nobody else.
PLAIN_EMAILS = (
    ActReceipt,
    AlreadyDone,
    Confirmation,
    DidTheyAnswer,
    ErasureDone,
    FreshLink,
    LetterCancelled,
    LetterHandedOver,
    LetterHeld,
    LetterReceipt,
    LetterReturned,
    NewPassword,
    RelayTest,
    SecurityNotice,
    StaffInvitation,
    Welcome,
)
KINDS = (
    *(Kind(name=email.folder, lane=Lane.NOW, compose=composing.compose) for email in PLAIN_EMAILS),
    LETTERS,
    *mailings.KINDS,
)


def register(app: Flask) -> None:
    app.config["ORGANISATION_VIEW"] = organisation_view
    for handler in HANDLERS:
        handlers.register(handler)
    for asked, answer in BY_ADDRESS.items():
        handlers.register_by_address(asked, answer)
    for kind in KINDS:
        kinds.register(kind)
    for asked, mail in BY_STAFF_ADDRESS.items():
        handlers.register_by_staff_address(asked, mail)
    followers.register("letters", holding.hold_for_new_words)
    addresses.register("slug", page_links.is_published)
    addresses.register("mailing_id", mailing_links.has_public_copy)
    tellers.register("answers", answers.on_screen)
    staff_followers.register("mail", notices.mail_change)
