from flask import Flask

from actions.blueprints import BLUEPRINTS, CLI


def test_every_blueprint_and_command_is_there(app: Flask) -> None:
    assert {blueprint.name for blueprint in BLUEPRINTS} <= set(app.blueprints)
    assert {group.name for group in CLI} <= set(app.cli.commands)
