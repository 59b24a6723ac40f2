from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions import clock
from actions.actors import WORKER
from actions.addresses import parse_address
from actions.extensions import db
from actions.signatures.models import Signature, SignatureState
from actions.signatures.retention import forget_signers
from actions.supporters.operations import find_or_add
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page


@pytest.mark.requirement("C-44")
def test_a_signature_forgets_its_signer_months_after_its_petition_was_over(app: Flask) -> None:
    make_organisation()
    make_list()
    page = make_page(retention_months=6)
    signer = find_or_add(parse_address("ann@example.org"), language="en", source="x", by=WORKER)
    db.session.add(
        Signature(
            page_id=page.id,
            supporter_id=signer.id,
            state=SignatureState.COUNTED,
            page_version=1,
            language="en",
            first_name="Ann",
            ticked=[],
            content_hash=b"x",
            created_at=clock.now(),
        )
    )
    page.action_until = clock.now() - timedelta(days=170)
    db.session.commit()
    assert forget_signers(by=WORKER) == 0
    page.action_until = clock.now() - timedelta(days=190)
    db.session.commit()
    assert forget_signers(by=WORKER) == 1
    db.session.expire_all()
    row = db.session.scalars(select(Signature)).one()
    assert (row.supporter_id, row.first_name, row.state) == (None, None, SignatureState.COUNTED)
    assert db.session.scalar(select(func.count()).select_from(Signature)) == 1
