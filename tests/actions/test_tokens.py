import itertools
from datetime import timedelta

import pytest
from flask import Flask
from itsdangerous import Signer

from actions.clock import clock
from actions.encryption import derive, secret_id
from actions.tokens import ExpiredToken, InvalidToken, Purpose, Tokens, tokens

KEYS = tuple(f"key-{number}-0123456789abcdefghijklmnopqrstuv" for number in range(4))


def bound(*secrets: str, unsubscribe: tuple[str, ...] = ()) -> Tokens:
    made = Tokens()
    made.bind(secrets, unsubscribe)
    return made


@pytest.mark.requirement("C-02")
@pytest.mark.parametrize(("made_for", "read_as"), list(itertools.permutations(Purpose, 2)))
def test_a_token_of_one_purpose_is_refused_for_every_other(app: Flask, made_for: Purpose, read_as: Purpose) -> None:
    token = tokens.sign(made_for, 1, 1)
    with pytest.raises(InvalidToken):
        tokens.read(read_as, token)


@pytest.mark.requirement("C-02")
@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_token_gives_back_what_was_signed(app: Flask, purpose: Purpose) -> None:
    assert tokens.read(purpose, tokens.sign(purpose, "l", 42)) == ["l", "42"]
    assert tokens.read_ids(purpose, tokens.sign(purpose, 7, 42)) == [7, 42]


def test_every_purpose_has_a_salt_of_its_own() -> None:
    assert len({purpose.salt for purpose in Purpose}) == len(Purpose)


@pytest.mark.requirement("C-03")
@pytest.mark.parametrize("purpose", [purpose for purpose in Purpose if purpose.lifetime])
def test_a_token_ends_with_its_lifetime_and_not_before(app: Flask, purpose: Purpose) -> None:
    token = tokens.sign(purpose, 1)
    lifetime = purpose.lifetime or timedelta()
    clock.move(lifetime - timedelta(seconds=5))
    assert tokens.read(purpose, token) == ["1"]
    clock.move(timedelta(seconds=10))
    with pytest.raises(ExpiredToken):
        tokens.read(purpose, token)


@pytest.mark.requirement("B-44")
def test_a_link_to_leave_works_after_ten_years_and_every_rotation(app: Flask) -> None:
    token = bound(KEYS[0]).sign(Purpose.UNSUBSCRIBE, "l", 1)
    clock.move(timedelta(days=3650))
    later = bound(KEYS[2], KEYS[1], unsubscribe=(KEYS[0],))
    assert later.read(Purpose.UNSUBSCRIBE, token) == ["l", "1"]


@pytest.mark.requirement("W-18")
def test_the_newest_key_signs_and_every_listed_one_verifies() -> None:
    first = bound(KEYS[0]).sign(Purpose.CONFIRM, 1)
    twice_rotated = bound(KEYS[2], KEYS[1], KEYS[0])
    assert twice_rotated.read(Purpose.CONFIRM, first) == ["1"]
    newest = twice_rotated.sign(Purpose.CONFIRM, 1)
    assert bound(KEYS[2]).read(Purpose.CONFIRM, newest) == ["1"]
    with pytest.raises(InvalidToken):
        bound(KEYS[0]).read(Purpose.CONFIRM, newest)
    with pytest.raises(InvalidToken):
        bound(KEYS[2]).read(Purpose.CONFIRM, first)


@pytest.mark.requirement("B-19", "W-18")
@pytest.mark.parametrize("purpose", [Purpose.ACT, Purpose.UNSUBSCRIBE, Purpose.PREFERENCES])
def test_a_link_made_by_the_key_that_a_row_names_stays_the_same_while_keys_rotate(purpose: Purpose) -> None:
    old, made_with = bound(KEYS[0]), secret_id(KEYS[0])
    rotated = bound(KEYS[1], KEYS[0])
    assert rotated.sign(purpose, 1, key_id=made_with) == old.sign(purpose, 1) != rotated.sign(purpose, 1)
    assert rotated.read(purpose, rotated.sign(purpose, 1, key_id=made_with)) == ["1"]
    assert bound(KEYS[1]).sign(purpose, 1, key_id=made_with) == bound(KEYS[1]).sign(purpose, 1)


@pytest.mark.requirement("W-18")
def test_a_key_kept_for_leaving_opens_nothing_else() -> None:
    old = bound(KEYS[0])
    later = bound(KEYS[1], unsubscribe=(KEYS[0],))
    for purpose in set(Purpose) - {Purpose.UNSUBSCRIBE, Purpose.PREFERENCES}:
        with pytest.raises(InvalidToken):
            later.read(purpose, old.sign(purpose, 1))
    signed_now = later.sign(Purpose.UNSUBSCRIBE, "l", 1)
    assert bound(KEYS[1]).read(Purpose.UNSUBSCRIBE, signed_now) == ["l", "1"]


@pytest.mark.requirement("C-07")
@pytest.mark.parametrize("purpose", list(Purpose))
def test_a_token_changed_anywhere_is_refused(app: Flask, purpose: Purpose) -> None:
    token = tokens.sign(purpose, 12, 34)
    for place in range(len(token)):
        other = "A" if token[place] != "A" else "B"
        # The last letter holds two bits that count and four that do not.
        if place == len(token) - 1:
            continue
        with pytest.raises(InvalidToken):
            tokens.read(purpose, token[:place] + other + token[place + 1 :])


@pytest.mark.requirement("C-07")
@pytest.mark.parametrize("junk", ["", ".", "..", "1", "1.2.3", "a" * 5000, "é.ü", "\0", "1.\ud800", "=.="])
def test_junk_is_refused_and_breaks_nothing(app: Flask, junk: str) -> None:
    for purpose in Purpose:
        with pytest.raises(InvalidToken):
            tokens.read(purpose, junk)
        with pytest.raises(InvalidToken):
            tokens.read_ids(purpose, junk)


def test_words_are_no_ids(app: Flask) -> None:
    with pytest.raises(InvalidToken):
        tokens.read_ids(Purpose.UNSUBSCRIBE, tokens.sign(Purpose.UNSUBSCRIBE, "l", 1))


@pytest.mark.requirement("C-01")
def test_a_token_is_short_and_holds_a_mac_of_160_bits(app: Flask) -> None:
    for purpose in Purpose:
        token = tokens.sign(purpose, 10**9, 10**9)
        assert len(token.rpartition(".")[2]) == 27
        # The address of a one-click link is wanted within 75 characters (B-13).
        assert len(token) < 65


def test_the_same_moment_makes_the_same_token(app: Flask) -> None:
    moment = clock.now()
    assert tokens.sign(Purpose.CONFIRM, 1, at=moment) == tokens.sign(Purpose.CONFIRM, 1, at=moment)
    assert tokens.sign(Purpose.CONFIRM, 1, at=moment) != tokens.sign(
        Purpose.CONFIRM, 1, at=moment + timedelta(seconds=1)
    )


def test_a_token_is_what_itsdangerous_would_sign() -> None:
    signer = Signer(derive(KEYS[0], "token/act"), salt="act", sep=".")
    assert bound(KEYS[0]).sign(Purpose.ACT, 1, "x") == signer.sign("1.x").decode()
