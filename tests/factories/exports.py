"""Lists that somebody takes out."""

import csv
from io import StringIO

from actions.actors import WORKER, Actor, Role
from actions.exports import making, operations
from actions.exports.models import Export, ExportReason
from actions.extensions import db
from actions.lists.models import MailingList
from actions.spreadsheets import MARK
from actions.staff.models import Staff


def ask_for(joined: MailingList, member: Staff) -> Export:
    export = operations.ask(joined, ExportReason.COPY, by=Actor(Role.STAFF, member.id))
    db.session.commit()
    return export


def make_export(joined: MailingList, member: Staff) -> Export:
    """Ready."""
    export_id = ask_for(joined, member).id
    assert not making.run(export_id, by=WORKER)
    return db.session.get_one(Export, export_id)


def read_table(text: str) -> list[dict[str, str]]:
    assert text.startswith(MARK)
    return list(csv.DictReader(StringIO(text.removeprefix(MARK), newline="")))
