from flask import Flask
from sqlalchemy import select

from actions.actors import WORKER
from actions.extensions import db
from actions.supporters.models import Supporter
from actions.suppressions import operations, queries
from actions.suppressions.models import SuppressionReason
from tests.factories.supporters import make_supporter


def test_a_row_of_supporters_knows_whether_it_gets_mail(app: Flask) -> None:
    ann, bea = make_supporter("ann@example.org"), make_supporter("bea@example.org")
    operations.suppress(ann.email_hash or b"", SuppressionReason.OBJECTION, by=WORKER)
    chosen = select(Supporter.id).where(queries.suppressed(Supporter.email_hash))  # type: ignore[arg-type]  # both have a hash
    assert db.session.scalars(chosen).all() == [ann.id]
    operations.lift([ann.email_hash or b""], by=WORKER)
    assert db.session.scalars(chosen).all() == []
    assert not queries.is_suppressed([bea.email_hash or b""])


def test_only_a_complaint_is_one(app: Flask) -> None:
    ann = make_supporter()
    operations.suppress(ann.email_hash or b"", SuppressionReason.OBJECTION, by=WORKER)
    assert not queries.complained([ann.email_hash or b""])
    operations.suppress(ann.email_hash or b"", SuppressionReason.COMPLAINT, by=WORKER)
    assert queries.complained([ann.email_hash or b""])
    assert not queries.complained([])
