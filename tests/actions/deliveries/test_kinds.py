import pytest

from actions.deliveries.kinds import (
    Kind,
    UnknownKind,
    is_followed,
    is_repeated,
    kind_of,
    register,
    repeated_kinds,
    where_raised,
)
from actions.deliveries.models import Lane


def test_a_kind_is_found_by_its_name() -> None:
    kind = Kind(name="probe of kinds", lane=Lane.NOW, compose=lambda _: {})
    register(kind)
    assert kind_of("probe of kinds") is kind
    with pytest.raises(UnknownKind):
        kind_of("nothing of the kind")


@pytest.mark.requirement("O-08", "L-08")
def test_a_kind_is_repeated_unless_it_says_otherwise() -> None:
    register(Kind(name="alert probe", lane=Lane.BULK, compose=lambda _: {}))
    register(Kind(name="letter probe", lane=Lane.LETTERS, compose=lambda _: {}, repeats_unknown=False))
    assert "alert probe" in repeated_kinds()
    assert "letter probe" not in repeated_kinds()
    assert [is_repeated(name) for name in ("alert probe", "letter probe", "nothing")] == [True, False, False]


def test_only_a_kind_with_a_handler_is_followed() -> None:
    register(Kind(name="lonely probe", lane=Lane.NOW, compose=lambda _: {}))
    register(Kind(name="followed probe", lane=Lane.NOW, compose=lambda _: {}, on_outcome=lambda _row, _state: None))
    assert [is_followed(name) for name in ("lonely probe", "followed probe", "nothing")] == [False, True, False]


def test_a_fault_is_named_by_place_and_not_by_what_it_says() -> None:
    secret = "ada@example.org"
    with pytest.raises(ValueError, match=secret) as raised:
        int(secret)
    place = where_raised(raised.value)
    assert place.startswith("ValueError at ")
    assert "test_kinds.py:" in place
    assert secret not in place
    assert where_raised(ValueError(secret)) == "ValueError"
