from flask import Flask

from actions.actors import OPERATOR
from actions.links.operations import ask
from actions.links.queries import checks_of


def test_only_what_was_asked_for_is_found(app: Flask) -> None:
    ask(["https://one.example/", "https://two.example/"], by=OPERATOR)
    assert list(checks_of(["https://one.example/", "https://three.example/"])) == ["https://one.example/"]
    assert checks_of([]) == {}
