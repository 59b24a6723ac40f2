from io import BytesIO

from flask import Flask
from sqlalchemy.orm.session import Session as Db

from actions import clock
from actions.actors import Actor, Role
from actions.staff.roles import StaffRole
from actions.supporters.models import Supporter
from actions.transfers import running, uploads
from actions.transfers.models import Transfer, TransferState
from tests.factories.organisation import make_list, make_organisation
from tests.factories.staff import make_staff
from workers.transfers import run, sweep


def test_an_import_whose_nudge_was_lost_is_found_by_the_sweep(app: Flask, session: Db) -> None:
    make_organisation()
    updates, member = make_list(), Actor(Role.STAFF, make_staff(StaffRole.EDITOR).id)
    transfer = uploads.keep(BytesIO(b"email\nann@example.org\n"), by=member)
    running.begin(transfer, updates, columns=["email"], evidence="fair", consented_at=clock.now(), by=member)
    session.commit()
    import_id = transfer.id
    sweep()
    assert session.get_one(Transfer, import_id, populate_existing=True).state is TransferState.DONE
    run(import_id)
    assert session.query(Supporter).count() == 1
