"""What a lower room must tell a higher one: handlers and kinds are filled in here, and every blueprint is named."""

from flask import Flask

from actions.confirmations import models as _confirmations
from actions.consents import models as _consents
from actions.deliveries import models as _deliveries
from actions.letters import models as _letters
from actions.lists import models as _lists
from actions.mailings import models as _mailings
from actions.media import models as _media
from actions.organisation import models as _organisation
from actions.organisation.queries import organisation_view
from actions.pages import models as _pages
from actions.signatures import models as _signatures
from actions.signups import models as _signups
from actions.supporters import models as _supporters
from actions.suppressions import models as _suppressions
from actions.targets import models as _targets

BLUEPRINTS = ()
CLI = ()
# The tables of every room, so that migrations see them all.
MODELS = (
    _confirmations,
    _consents,
    _deliveries,
    _letters,
    _lists,
    _mailings,
    _media,
    _organisation,
    _pages,
    _signatures,
    _signups,
    _supporters,
    _suppressions,
    _targets,
)


def register(app: Flask) -> None:
    app.config["ORGANISATION_VIEW"] = organisation_view
    for blueprint in BLUEPRINTS:
        app.register_blueprint(blueprint)
    for group in CLI:
        app.cli.add_command(group)
