import pytest
from flask import Flask
from sqlalchemy import LargeBinary, func, select, text, update

from actions import clock
from actions.encryption import CannotDecrypt, KeyRing, derive, draw_ids, insert_or_find, next_id, next_ids, place, ring
from actions.extensions import db
from actions.supporters.models import Supporter, SupporterState
from tests.factories.statements import noted_statements
from tests.factories.supporters import make_supporter

OLD = "old-key-0123456789abcdefghijklmnopqrstuv"
NEW = "new-key-0123456789abcdefghijklmnopqrstuv"
WHERE = "supporters.email_sealed.1"


def ring_of(*secrets: str) -> KeyRing:
    made = KeyRing()
    made.bind(secrets)
    return made


@pytest.mark.requirement("P-07")
def test_what_is_sealed_opens_in_its_own_place_only() -> None:
    keys = ring_of(OLD)
    sealed = keys.seal("ada@example.org", WHERE)
    assert keys.open(sealed, WHERE) == "ada@example.org"
    for elsewhere in ("supporters.email_sealed.2", "supporters.last_name_sealed.1", "letters.email_sealed.1"):
        with pytest.raises(CannotDecrypt, match="moved"):
            keys.open(sealed, elsewhere)


@pytest.mark.requirement("P-07")
def test_the_same_value_is_never_sealed_the_same_way() -> None:
    keys = ring_of(OLD)
    assert len({keys.seal("ada@example.org", WHERE) for _ in range(200)}) == 200


@pytest.mark.requirement("P-07")
@pytest.mark.parametrize("position", [0, 4, 16, -1])
def test_a_changed_octet_fails_closed(position: int) -> None:
    keys = ring_of(OLD)
    sealed = bytearray(keys.seal("ada@example.org", WHERE))
    sealed[position] ^= 1
    with pytest.raises(CannotDecrypt):
        keys.open(bytes(sealed), WHERE)
    with pytest.raises(CannotDecrypt):
        keys.open(b"", WHERE)


@pytest.mark.requirement("P-07", "W-18")
def test_the_newest_key_seals_and_every_listed_one_opens() -> None:
    before = ring_of(OLD).seal("ada@example.org", WHERE)
    both = ring_of(NEW, OLD)
    assert both.open(before, WHERE) == "ada@example.org"
    after = both.seal("ada@example.org", WHERE)
    assert after[:4] == ring_of(NEW).newest.id
    with pytest.raises(CannotDecrypt, match="not in ENCRYPTION_KEYS"):
        ring_of(NEW).open(before, WHERE)
    with pytest.raises(CannotDecrypt, match="not in ENCRYPTION_KEYS"):
        ring_of(OLD).open(after, WHERE)


@pytest.mark.requirement("W-18")
def test_a_look_up_compares_under_every_key_while_keys_rotate() -> None:
    stored = ring_of(OLD).blind_index("ada@example.org", "email")
    assert stored in ring_of(NEW, OLD).blind_indexes("ada@example.org", "email")
    assert stored != ring_of(NEW, OLD).blind_index("ada@example.org", "email")


@pytest.mark.requirement("W-17")
def test_no_two_uses_of_a_secret_share_a_key() -> None:
    assert derive(OLD, "column") != derive(OLD, "blind-index")
    keys = ring_of(OLD)
    assert keys.blind_index("x", "email") != keys.blind_index("x", "site")


@pytest.mark.requirement("P-07")
def test_a_row_takes_its_id_before_any_value_so_that_the_value_is_bound_to_it(app: Flask) -> None:
    ada, bea = make_supporter("ada@example.org"), make_supporter("bea@example.org")
    assert ada.id != bea.id
    assert next_id("supporters") > bea.id
    assert ring.open(ada.email_sealed or b"", place("supporters", "email_sealed", ada.id)) == "ada@example.org"


@pytest.mark.requirement("P-07")
def test_ciphertexts_swapped_between_rows_do_not_open(app: Flask) -> None:
    ada, bea = make_supporter("ada@example.org"), make_supporter("bea@example.org")
    db.session.execute(update(Supporter).where(Supporter.id == ada.id).values(email_sealed=bea.email_sealed))
    db.session.commit()
    db.session.expire_all()
    with pytest.raises(CannotDecrypt):
        _ = ada.email
    db.session.execute(update(Supporter).where(Supporter.id == bea.id).values(first_name_sealed=Supporter.email_sealed))
    db.session.expire_all()
    with pytest.raises(CannotDecrypt):
        _ = bea.first_name
    assert bea.email == "bea@example.org"


def test_an_empty_value_stays_empty(app: Flask) -> None:
    ada = make_supporter(first_name="Ada", last_name=None)
    assert (ada.first_name, ada.last_name) == ("Ada", None)
    ada.first_name = None
    assert ada.first_name_sealed is None


@pytest.mark.requirement("P-07")
def test_the_table_itself_holds_no_word_of_it(app: Flask) -> None:
    make_supporter("canary@heron.test", first_name="Kanari", last_name="Vogel")
    row = db.session.execute(text("SELECT supporters::text FROM supporters")).scalar_one()
    stored = db.session.execute(select(Supporter.email_sealed, Supporter.email_hash)).one()
    for canary in (b"canary", b"heron", b"Kanari", b"Vogel"):
        assert canary not in b"".join(stored)
        assert canary.decode() not in row
        assert canary.hex() not in row
    assert isinstance(Supporter.__table__.c.email_sealed.type, LargeBinary)


def unsaved(email: str) -> Supporter:
    return Supporter(
        state=SupporterState.UNCONFIRMED,
        email=email,
        email_hash=ring.blind_index(email, "email"),
        site_hash=b"s",
        language="en",
        source="test",
        generation=1,
        created_at=clock.now(),
    )


@pytest.mark.requirement("C-10")
def test_a_row_is_written_or_its_like_is_found_by_one_and_the_same_statement(app: Flask) -> None:
    rows = [unsaved("ada@example.org"), unsaved("ada@example.org"), unsaved("bob@example.org")]
    with noted_statements() as statements:
        first, again, other = (insert_or_find(row, ("email_hash",)) for row in rows)
    assert first is again
    assert (first.email, other.email) == ("ada@example.org", "bob@example.org")
    assert first.id == rows[0].id
    assert other.id != first.id
    assert len(statements) == 3
    assert len({one.text for one in statements}) == 1
    assert db.session.scalar(select(func.count()).select_from(Supporter)) == 2


def test_ids_drawn_ahead_are_those_of_the_next_rows_and_of_one_row_each(app: Flask) -> None:
    draw_ids("supporters", "signatures", also=func.pg_advisory_xact_lock(1))
    one, other = unsaved("ada@example.org"), unsaved("bob@example.org")
    assert other.id == one.id + 1
    assert next_id("signatures") + 1 == next_id("signatures")


def test_ids_for_many_rows_are_drawn_at_once_and_given_to_no_other(app: Flask) -> None:
    drawn = next_ids("signatures", 3)
    assert len({*drawn, next_id("signatures")}) == 4
