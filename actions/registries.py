"""What a lower room must tell a higher one: handlers and kinds are filled in here, and every blueprint is named."""

from flask import Blueprint, Flask
from flask.cli import AppGroup

from actions.config import Settings
from actions.confirmations import handlers
from actions.confirmations import views as confirmations
from actions.deliveries import composing, kinds
from actions.deliveries.kinds import Kind
from actions.deliveries.models import Lane
from actions.letters import models as _letters
from actions.mailbox import views as mailbox
from actions.mailings import composing as mailings
from actions.media import views as media
from actions.organisation.queries import organisation_view
from actions.pages.cli import pages
from actions.signatures import views as signatures
from actions.signups import views as signups
from actions.site import closed
from actions.site import views as site
from actions.site.cli import demo
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
    closed.blueprint,
    confirmations.blueprint,
    media.blueprint,
    signatures.blueprint,
    signups.blueprint,
    site.blueprint,
    unsubscribes.blueprint,
)
CLI: tuple[AppGroup, ...] = (demo, pages)
HANDLERS = (signatures.HANDLER, signups.HANDLER)
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
    *mailings.KINDS,
)
# Tables whose rooms have no view yet, so that migrations see them all.
TABLES = (_letters,)


def register(app: Flask) -> None:
    app.config["ORGANISATION_VIEW"] = organisation_view
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    settings: Settings = app.config["SETTINGS"]
    if settings.catches_its_mail:
        app.register_blueprint(mailbox.blueprint)
    for group in CLI:
        app.cli.add_command(group)
    for handler in HANDLERS:
        handlers.register(handler)
    for kind in KINDS:
        kinds.register(kind)
