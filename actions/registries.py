"""What a lower room must tell a higher one: handlers and kinds are filled in here, and every blueprint is named."""

from flask import Flask

from actions.config import Settings


def register(app: Flask) -> None:
    settings: Settings = app.config["SETTINGS"]
    _ = settings
