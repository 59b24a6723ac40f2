"""What a lower room must tell a higher one: handlers and kinds are filled in here, and every blueprint is named."""

from flask import Blueprint, Flask
from flask.cli import AppGroup

from actions.config import Settings
from actions.confirmations import handlers, requests
from actions.confirmations import views as confirmations
from actions.confirmations.operations import mail_again
from actions.consents import desk as consents_desk
from actions.deliveries import composing, kinds
from actions.deliveries.kinds import Kind
from actions.deliveries.models import Lane
from actions.desk import views as desk
from actions.key_rotation import keys
from actions.letters import confirming as letter_handlers
from actions.letters import holding
from actions.letters import views as letters
from actions.letters.releasing import LETTERS
from actions.mailbox import views as mailbox
from actions.mailings import composing as mailings
from actions.mailings import desk as mailings_desk
from actions.mailings import desk_sending as mailings_desk_sending
from actions.mailings import desk_words as mailings_desk_words
from actions.mailings.cli import mailings as mailings_cli
from actions.media import desk as media_desk
from actions.media import views as media
from actions.organisation.queries import organisation_view
from actions.pages import desk as pages_desk
from actions.pages import desk_words, followers
from actions.pages.cli import pages
from actions.people import desk as people
from actions.preferences import views as preferences
from actions.preferences.operations import MY_DATA, mail_my_data
from actions.restores.cli import restore_check
from actions.signatures import views as signatures
from actions.signups import views as signups
from actions.site import acting, archive, closed, desk_news, desk_preview, thanks
from actions.site import views as site
from actions.site.cli import demo, organisation
from actions.site.counting import count
from actions.site.update_cli import update
from actions.staff import views as staff
from actions.staff.cli import staff as staff_cli
from actions.targets import desk as targets_desk
from actions.transfers import desk as imports
from actions.transfers.cli import supporters
from actions.unsubscribes import views as unsubscribes
from email_templates.catalogue import (
    ActReceipt,
    AlreadyDone,
    Confirmation,
    ErasureDone,
    FreshLink,
    LetterCancelled,
    LetterHeld,
    LetterReceipt,
    LetterReturned,
    Welcome,
)

BLUEPRINTS: tuple[Blueprint, ...] = (
    consents_desk.blueprint,
    desk_news.blueprint,
    desk_preview.blueprint,
    desk_words.blueprint,
    mailings_desk.blueprint,
    mailings_desk_sending.blueprint,
    mailings_desk_words.blueprint,
    media_desk.blueprint,
    pages_desk.blueprint,
    people.blueprint,
    targets_desk.blueprint,
    acting.blueprint,
    archive.blueprint,
    closed.blueprint,
    confirmations.blueprint,
    desk.blueprint,
    imports.blueprint,
    letters.blueprint,
    media.blueprint,
    preferences.blueprint,
    signatures.blueprint,
    signups.blueprint,
    site.blueprint,
    staff.blueprint,
    thanks.blueprint,
    unsubscribes.blueprint,
)
CLI: tuple[AppGroup, ...] = (demo, keys, mailings_cli, organisation, pages, staff_cli, supporters)
HANDLERS = (letter_handlers.HANDLER, letter_handlers.HELD_HANDLER, signatures.HANDLER, signups.HANDLER)
# What is asked for by an address alone.
BY_ADDRESS = {requests.AGAIN: mail_again, MY_DATA: mail_my_data}
# Emails that carry their own values and whose end concerns nobody else.
PLAIN_EMAILS = (
    ActReceipt,
    AlreadyDone,
    Confirmation,
    ErasureDone,
    FreshLink,
    LetterCancelled,
    LetterHeld,
    LetterReceipt,
    LetterReturned,
    Welcome,
)
KINDS = (
    *(Kind(name=email.folder, lane=Lane.NOW, compose=composing.compose) for email in PLAIN_EMAILS),
    LETTERS,
    *mailings.KINDS,
)


def register(app: Flask) -> None:
    app.config["ORGANISATION_VIEW"] = organisation_view
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    settings: Settings = app.config["SETTINGS"]
    if settings.catches_its_mail:
        app.register_blueprint(mailbox.blueprint)
    for group in CLI:
        app.cli.add_command(group)
    for command in (count, update):
        pages.add_command(command)
    app.cli.add_command(restore_check)
    for handler in HANDLERS:
        handlers.register(handler)
    for asked, answer in BY_ADDRESS.items():
        handlers.register_by_address(asked, answer)
    for kind in KINDS:
        kinds.register(kind)
    followers.register("letters", holding.hold_for_new_words)
