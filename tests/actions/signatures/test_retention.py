from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select

from actions import clock
from actions.actors import WORKER
from actions.addresses import parse_address
from actions.extensions import db
from actions.pages.models import PageState
from actions.signatures.models import Handover, Signature, SignatureState
from actions.signatures.retention import forget_signers
from actions.supporters.operations import find_or_add
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page
from tests.factories.supporters import make_supporter, sign


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


@pytest.mark.requirement("C-44")
def test_the_time_begins_when_the_petition_is_handed_over(app: Flask) -> None:
    make_organisation()
    page = make_page(retention_months=6)
    signature = sign(page, make_supporter(), SignatureState.COUNTED)
    page.ended_at, page.state = clock.now() - timedelta(days=300), PageState.CLOSED
    handed_over = Handover(
        page_id=page.id, frozen_at=clock.now(), handed_over_on=clock.now() - timedelta(days=100), contents={}
    )
    db.session.add(handed_over)
    db.session.commit()
    assert forget_signers(by=WORKER) == 0
    handed_over.handed_over_on = clock.now() - timedelta(days=190)
    page.state = PageState.OPEN
    db.session.commit()
    assert forget_signers(by=WORKER) == 0, "people still sign it"
    page.state = PageState.CLOSED
    db.session.commit()
    assert forget_signers(by=WORKER) == 1
    db.session.refresh(signature)
    assert signature.supporter_id is None
