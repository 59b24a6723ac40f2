import pytest
from flask import Flask

from actions.confirmations.handlers import by_address, handler_of
from actions.confirmations.requests import AGAIN
from actions.registries import HANDLERS


def test_a_handler_is_found_by_the_kind_of_an_item(app: Flask) -> None:
    for handler in HANDLERS:
        assert handler_of(handler.kind) is handler


def test_a_kind_that_no_room_registered_is_an_error_and_no_silence(app: Flask) -> None:
    with pytest.raises(KeyError):
        handler_of("of-no-room")
    with pytest.raises(KeyError):
        by_address("of-no-room")


def test_what_is_asked_for_by_an_address_alone_has_its_answer(app: Flask) -> None:
    assert callable(by_address(AGAIN))
