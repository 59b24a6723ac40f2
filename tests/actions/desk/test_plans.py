"""No screen of the desk reads a large table from end to end (O-20): each statement is planned with that forbidden."""

import re
from typing import Any

import pytest
from flask import Flask
from flask.testing import FlaskClient

from actions.actors import OPERATOR
from actions.extensions import db
from actions.site.demo import load_demo
from actions.site.seeding import Size, seed
from actions.staff.roles import StaffRole
from bench.desk import paths
from tests.factories.staff import make_staff, sign_in
from tests.factories.statements import noted_statements

SIZE = Size(people=60, signatures=120, deliveries=200, pages=4, mailings=4)
LARGE = re.compile(
    r"Seq Scan on (deliveries|signatures|supporters|subscriptions|taggings|consents|letters|letter_events"
    r"|page_counts)\b"
)


@pytest.mark.requirement("O-20")
def test_no_screen_reads_a_large_table_from_end_to_end(app: Flask, client: FlaskClient) -> None:
    load_demo(by=OPERATOR)
    seed(SIZE, by=OPERATOR)
    db.session.commit()
    sign_in(client, make_staff(StaffRole.ADMIN))
    asked: dict[str, tuple[str, object]] = {}
    with app.test_request_context():
        screens = paths(app)
    for shown in screens:
        with noted_statements() as noted:
            assert client.get(shown).status_code in {200, 302, 303}, shown
        for one in noted:
            if one.text.startswith("SELECT"):
                asked.setdefault(one.text, (shown, one.values))
    assert len(asked) > len(screens) / 2
    assert scans({"SELECT count(*) FROM signatures WHERE tallied": ("the check itself", None)})
    assert sorted({f"{where}: {scanned}" for where, scanned in scans(asked)}) == []


def scans(asked: dict[str, tuple[str, object]]) -> list[tuple[str, str]]:
    """(screen, table) of each statement that can only be answered by reading all of a large table."""
    cursor: Any = db.session.connection().connection.cursor()
    cursor.execute("SET LOCAL enable_seqscan = off")
    found = []
    for statement, (where, parameters) in asked.items():
        cursor.execute(f"EXPLAIN {statement}", parameters)
        plan = "\n".join(row[0] for row in cursor.fetchall())
        found += [(where, table) for table in LARGE.findall(plan)]
    return found
