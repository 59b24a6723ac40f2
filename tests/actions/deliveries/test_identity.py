import re

import pytest
from flask import Flask

from actions.deliveries.identity import identity_of, newest_key_id, read_return_path

OLD = "older-secret-0123456789abcdefghijklmnop"


@pytest.mark.requirement("B-18")
def test_a_message_id_is_unguessable_unique_and_the_same_each_time(app: Flask) -> None:
    first, second = identity_of(1, newest_key_id()), identity_of(2, newest_key_id())
    assert first == identity_of(1, newest_key_id())
    assert first.message_id != second.message_id
    assert re.fullmatch(r"<[0-9a-f]{40}@open-door\.test>", first.message_id)


@pytest.mark.requirement("B-50", "B-36")
@pytest.mark.parametrize("delivery_id", [1, 31, 32, 10**6, 2**63 - 1])
def test_a_return_path_is_read_back_in_any_case(app: Flask, delivery_id: int) -> None:
    path = identity_of(delivery_id, None).return_path
    assert re.fullmatch(r"b-[0-9a-f]+-[0-9a-f]{20}@bounce\.open-door\.test", path)
    assert len(path.partition("@")[0]) <= 64
    assert read_return_path(path) == delivery_id
    assert read_return_path(path.upper()) == delivery_id


@pytest.mark.parametrize(
    "forged",
    ["", "b-ae-x@bounce.open-door.test", "b--@bounce.open-door.test", "b-1-é@bounce.open-door.test", "x@y", "b-!-a@b"],
)
def test_a_forged_return_path_is_nobodys(app: Flask, forged: str) -> None:
    assert read_return_path(forged) is None
    path = identity_of(5, None).return_path
    assert read_return_path(path.replace("b-", "b-a", 1)) is None
    assert read_return_path(path.replace("@", "a@")) is None
    assert read_return_path(path.replace("bounce.", "elsewhere.")) is None


@pytest.mark.requirement("W-18", "B-50")
def test_an_identity_survives_a_new_key(app: Flask) -> None:
    key_id = newest_key_id()
    before = identity_of(9, key_id)
    settings = app.config["SETTINGS"]
    app.config["SETTINGS"] = settings.model_copy(update={"secret_keys": (OLD, *settings.secret_keys)})
    assert newest_key_id() != key_id
    assert identity_of(9, key_id) == before
    assert identity_of(9, newest_key_id()) != before
    assert read_return_path(before.return_path) == 9
