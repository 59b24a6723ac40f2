"""The numbers of a mailing that is over, added up once: its screens must not read a million rows, nor lose them when
the ledger forgets.
"""

from dataclasses import asdict
from typing import Any

from sqlalchemy import func, select

from actions.deliveries.models import Delivery
from actions.extensions import db
from actions.mailings import results, sites
from actions.mailings.models import Mailing


def sum_up(mailing: Mailing) -> None:
    """For a mailing whose every row has ended."""
    mailing.summary = None
    counted = select(Delivery.state, func.count()).where(Delivery.mailing_id == mailing.id).group_by(Delivery.state)
    summary: dict[str, Any] = {
        "states": {state.value: number for state, number in db.session.execute(counted)},
        "lines": {by.value: results.numbers(mailing, by) for by in results.By},
        "sites": [asdict(site) for site in sites.largest_sites(mailing)],
        "reasons": sites.reasons(mailing),
    }
    mailing.summary = summary
    db.session.flush()
