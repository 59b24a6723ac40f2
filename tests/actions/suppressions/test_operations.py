import pytest
from flask import Flask
from sqlalchemy import select

from actions.actors import WORKER
from actions.addresses import Address, parse_address
from actions.encryption import ring
from actions.extensions import db
from actions.suppressions.models import Suppression, SuppressionReason
from actions.suppressions.operations import cure, lift, suppress
from actions.suppressions.queries import complained, is_suppressed

OLD = "old-key-0123456789abcdefghijklmnopqrstuv"
NEW = "new-key-0123456789abcdefghijklmnopqrstuv"
REASONS = list(SuppressionReason)


@pytest.fixture
def ann(app: Flask) -> Address:
    return parse_address("ann@example.org")


@pytest.mark.requirement("C-39")
def test_an_objection_is_remembered_as_a_keyed_hash_alone(ann: Address) -> None:
    suppress(ann.hash, SuppressionReason.OBJECTION, by=WORKER)
    row = db.session.scalars(select(Suppression)).one()
    assert row.address_hash == ann.hash
    columns = {column.key for column in Suppression.__mapper__.column_attrs}
    assert columns == {"id", "address_hash", "reason", "created_at", "lifted_at"}
    assert is_suppressed(ann.hashes)


@pytest.mark.requirement("C-39", "W-18")
def test_an_objection_is_remembered_while_keys_rotate(ann: Address) -> None:
    ring.bind([OLD])
    suppress(parse_address("ann@example.org").hash, SuppressionReason.OBJECTION, by=WORKER)
    ring.bind([NEW, OLD])
    assert is_suppressed(parse_address("ann@example.org").hashes)
    ring.bind([NEW])
    assert not is_suppressed(parse_address("ann@example.org").hashes)


def test_twice_is_once_and_the_last_reason_stands(ann: Address) -> None:
    suppress(ann.hash, SuppressionReason.HARD_BOUNCE, by=WORKER)
    suppress(ann.hash, SuppressionReason.OBJECTION, by=WORKER)
    assert db.session.scalars(select(Suppression.reason)).all() == [SuppressionReason.OBJECTION]


@pytest.mark.requirement("B-54")
@pytest.mark.parametrize("reason", REASONS)
def test_proving_the_mailbox_cures_what_was_about_the_mailbox(ann: Address, reason: SuppressionReason) -> None:
    suppress(ann.hash, reason, by=WORKER)
    cure(ann.hashes, by=WORKER)
    cured = reason in {SuppressionReason.HARD_BOUNCE, SuppressionReason.NOT_ME}
    assert is_suppressed(ann.hashes) is not cured


@pytest.mark.requirement("B-54", "C-11")
@pytest.mark.parametrize("reason", REASONS)
def test_asking_for_mail_lifts_everything_but_a_complaint(ann: Address, reason: SuppressionReason) -> None:
    suppress(ann.hash, reason, by=WORKER)
    lift(ann.hashes, by=WORKER)
    assert is_suppressed(ann.hashes) is (reason is SuppressionReason.COMPLAINT)


@pytest.mark.requirement("C-11")
@pytest.mark.parametrize("reason", REASONS)
def test_a_complaint_is_never_softened(ann: Address, reason: SuppressionReason) -> None:
    suppress(ann.hash, SuppressionReason.COMPLAINT, by=WORKER)
    suppress(ann.hash, reason, by=WORKER)
    assert complained(ann.hashes)


def test_what_was_lifted_can_stand_again(ann: Address) -> None:
    suppress(ann.hash, SuppressionReason.HARD_BOUNCE, by=WORKER)
    lift(ann.hashes, by=WORKER)
    suppress(ann.hash, SuppressionReason.HARD_BOUNCE, by=WORKER)
    assert is_suppressed(ann.hashes)
