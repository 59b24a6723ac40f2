from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from actions.extensions import db
from tests.factories.deliveries import let_leases_lapse, make_delivery
from tests.factories.engine import LEASE, claim
from workers.sending.lease import Lease, boot_time


@pytest.mark.requirement("O-05")
def test_a_lease_is_trusted_until_shortly_before_its_end() -> None:
    length = timedelta(seconds=30)
    assert Lease(list, length, boot_time()).is_safe()
    assert Lease(list, length, boot_time() - 24).is_safe()
    assert not Lease(list, length, boot_time() - 26).is_safe()


@pytest.mark.requirement("O-05")
def test_it_is_renewed_in_time(app: Flask) -> None:
    make_delivery()
    claims = claim()
    lease = Lease(lambda: claims, LEASE, boot_time() - 20)
    lease.renew_in_time()
    assert lease.is_safe()
    assert boot_time() - lease._since < 5  # noqa: SLF001  # the only trace that a renewal leaves here


@pytest.mark.requirement("O-05")
def test_one_that_cannot_be_renewed_is_lost_at_once(app: Flask) -> None:
    make_delivery()
    claims = claim()
    let_leases_lapse()
    lease = Lease(lambda: claims, LEASE, boot_time() - 20)
    assert lease.is_safe()
    lease.renew_in_time()
    assert not lease.is_safe()


def test_a_database_that_is_away_does_not_end_it_before_its_time(app: Flask) -> None:
    make_delivery()
    claims = claim()
    lease = Lease(lambda: claims, LEASE, boot_time() - 20)
    with db.engine.connect() as other:
        other.execute(text("ALTER TABLE deliveries RENAME TO elsewhere"))
        other.commit()
        lease.renew_in_time()
        other.execute(text("ALTER TABLE elsewhere RENAME TO deliveries"))
        other.commit()
    assert lease.is_safe()
    lease.renew_in_time()
    assert lease.is_safe()
