from flask import Flask

from actions.addresses import parse_address
from actions.supporters.queries import with_address
from tests.factories.supporters import make_supporter


def test_a_supporter_is_found_by_any_spelling_of_the_address(app: Flask) -> None:
    ann = make_supporter("ann@bücher.example")
    assert with_address(parse_address("ann@xn--bcher-kva.EXAMPLE")) is ann
    assert with_address(parse_address("ann@example.org")) is None
