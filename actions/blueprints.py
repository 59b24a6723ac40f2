"""Every screen and every command there is. Only the web and the command line need them: a worker does without."""

from flask import Blueprint, Flask
from flask.cli import AppGroup

from actions.answers import desk as answers_desk
from actions.answers import views as answers
from actions.config import Settings
from actions.confirmations import views as confirmations
from actions.consents import desk as consents_desk
from actions.desk import bundles, forgotten, settings, settings_lists, targets
from actions.desk import letters as letters_desk
from actions.desk import views as desk
from actions.exports import desk as exports_desk
from actions.key_rotation import keys
from actions.letters import views as letters
from actions.letters.cli import letters as letters_cli
from actions.mailbox import views as mailbox
from actions.mailings import desk as mailings_desk
from actions.mailings import desk_designs as mailings_desk_designs
from actions.mailings import desk_sending as mailings_desk_sending
from actions.mailings import desk_words as mailings_desk_words
from actions.mailings.cli import mailings
from actions.media import desk as media_desk
from actions.media import views as media
from actions.organisation import views as organisation_views
from actions.pages import desk as pages_desk
from actions.pages import desk_targets, desk_words
from actions.pages.cli import pages
from actions.people import desk as people
from actions.preferences import views as preferences
from actions.restores.cli import restore_check
from actions.signatures import desk as signatures_desk
from actions.signatures import views as signatures
from actions.signups import views as signups
from actions.site import acting, archive, closed, desk_news, desk_preview, thanks
from actions.site import views as site
from actions.site.cli import demo, organisation
from actions.site.counting import count
from actions.site.update_cli import update
from actions.staff import desk_second_eyes
from actions.staff import views as staff
from actions.staff.cli import staff as staff_cli
from actions.tags import desk as tags_desk
from actions.targets import desk_sheet as targets_sheet
from actions.transfers import desk as imports
from actions.transfers import petition_desk
from actions.transfers.cli import supporters
from actions.unsubscribes import views as unsubscribes

BLUEPRINTS: tuple[Blueprint, ...] = (
    answers_desk.blueprint,
    answers.blueprint,
    consents_desk.blueprint,
    desk_news.blueprint,
    desk_preview.blueprint,
    desk_words.blueprint,
    exports_desk.blueprint,
    letters_desk.blueprint,
    bundles.blueprint,
    mailings_desk.blueprint,
    mailings_desk_designs.blueprint,
    mailings_desk_sending.blueprint,
    mailings_desk_words.blueprint,
    media_desk.blueprint,
    pages_desk.blueprint,
    desk_targets.blueprint,
    people.blueprint,
    petition_desk.blueprint,
    desk_second_eyes.blueprint,
    settings.blueprint,
    settings_lists.blueprint,
    signatures_desk.blueprint,
    tags_desk.blueprint,
    targets.blueprint,
    targets_sheet.blueprint,
    acting.blueprint,
    archive.blueprint,
    closed.blueprint,
    confirmations.blueprint,
    desk.blueprint,
    forgotten.blueprint,
    imports.blueprint,
    letters.blueprint,
    media.blueprint,
    organisation_views.blueprint,
    preferences.blueprint,
    signatures.blueprint,
    signups.blueprint,
    site.blueprint,
    staff.blueprint,
    thanks.blueprint,
    unsubscribes.blueprint,
)
CLI: tuple[AppGroup, ...] = (demo, keys, letters_cli, mailings, organisation, pages, staff_cli, supporters)


def register(app: Flask) -> None:
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    chosen: Settings = app.config["SETTINGS"]
    if chosen.catches_its_mail:
        app.register_blueprint(mailbox.blueprint)
    for group in CLI:
        app.cli.add_command(group)
    for command in (count, update):
        pages.add_command(command)
    app.cli.add_command(restore_check)
