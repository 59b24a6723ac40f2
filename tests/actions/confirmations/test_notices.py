from datetime import timedelta

import pytest
from flask import Flask

from actions.actors import VISITOR, WORKER
from actions.clock import clock
from actions.confirmations.notices import tell_already_done
from actions.deliveries.composing import read_values
from actions.extensions import db
from actions.supporters.models import Supporter
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from email_templates.catalogue import LeftToDo, WaitingItem
from tests.factories.organisation import make_organisation
from tests.factories.supporters import make_supporter
from tests.factories.waiting import mails

URL = "http://localhost:8000/a/free-her"


@pytest.fixture
def ann(app: Flask) -> Supporter:
    make_organisation()
    return make_supporter()


def tell(ann: Supporter, about_id: int = 7) -> None:
    left = [LeftToDo(kind="letter", title="Free her", url=f"{URL}/write", target="Ambassador Example")]
    item = WaitingItem(kind="signature", title="Free her")
    tell_already_done(ann, item, about_id=about_id, page_url=URL, left_to_do=left, by=VISITOR)
    db.session.commit()


@pytest.mark.requirement("C-11")
def test_a_notice_comes_once_a_day_about_one_act(ann: Supporter) -> None:
    tell(ann)
    tell(ann)
    assert len(mails("already_done")) == 1
    tell(ann, about_id=8)
    assert len(mails("already_done")) == 2
    clock.move(timedelta(hours=25))
    tell(ann)
    assert len(mails("already_done")) == 3


@pytest.mark.requirement("C-11")
def test_two_people_are_each_told(ann: Supporter) -> None:
    tell(ann)
    tell(make_supporter("bea@example.org"))
    assert len(mails("already_done")) == 2


@pytest.mark.requirement("C-11")
def test_who_complained_or_is_gone_is_not_told(ann: Supporter) -> None:
    suppress(ann.email_hash or b"", SuppressionReason.COMPLAINT, by=WORKER)
    tell(ann)
    bea = make_supporter("bea@example.org")
    bea.email_hash = None
    tell(bea)
    assert mails("already_done") == []


def test_the_notice_says_what_is_left_to_do(ann: Supporter) -> None:
    tell(ann)
    assert f"{URL}/write" in str(read_values(mails("already_done")[0]).email)
