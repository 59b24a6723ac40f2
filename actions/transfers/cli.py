import time
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click
from flask.cli import AppGroup

from actions.actors import OPERATOR
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import by_slug, the_lists
from actions.transaction import transaction
from actions.transfers.operations import Imported
from actions.transfers.people import COLUMNS, NotAPeopleFile, Row
from actions.transfers.refusals import RefusedFile
from actions.transfers.running import BATCH, take_in
from actions.transfers.tables import Incoming, Place, Records, separator_of
from actions.transfers.uploads import plain_name

COUNTS = ("joined", "waiting", "known", "merged")
LOOK_EVERY = 5.0

supporters = AppGroup("supporters", help="People: bring them in.")


@supporters.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "list_slug", required=True, help="The list that they agreed to be on.")
@click.option("--evidence", required=True, help="Where their consent can be shown, such as “forms, spring fair 2026”.")
def import_(file: Path, list_slug: str, evidence: str) -> None:
    """Put the people in FILE on a list; CSV with the columns email, first_name, last_name, country, language,
    consent_date and tags (commas between them). Without a consent_date somebody is kept, and gets no mail.
    FILE.refused.csv says who was not taken.

    The file is read through before anybody is taken in. One that was stopped may be begun again: nobody comes twice.
    """
    if not evidence.strip():
        raise click.ClickException("--evidence must say where their consent can be shown.")
    joined = _list(list_slug)
    try:
        table = Table(file)
    except NotAPeopleFile as error:
        raise click.ClickException(str(error)) from error
    outcome, refused, source = Imported(), 0, iter(table)
    refused_file, progress = file.with_suffix(".refused.csv"), Progress(table.size)
    with RefusedFile(refused_file, table.columns) as out:
        while batch := list(islice(source, BATCH)):
            with transaction():
                joined = db.session.get_one(MailingList, joined.id)
                taken = take_in(batch, joined, evidence=" ".join(evidence.split()), consented_at=None, by=OPERATOR)
            db.session.expunge_all()
            out.write(taken.refused)
            refused += len(taken.refused)
            for name in COUNTS:
                setattr(outcome, name, getattr(outcome, name) + getattr(taken, name))
            progress.add(len(batch))
    for line in _what_happened(outcome, list_slug, table.columns):
        click.echo(line)
    if refused:
        click.echo(f"{refused} were refused; {refused_file} says why.")


class Table:
    """A file of people, read through once so that a broken one brings in nobody. Raises NotAPeopleFile."""

    def __init__(self, file: Path) -> None:
        self._file = file
        with file.open("rb") as stream:
            incoming = Incoming(stream)
            for _ in incoming:
                pass
        self._encoding = incoming.encoding
        self._separator = separator_of(self._pieces)
        self.columns = [plain_name(name) for _, cells in islice(self._records(), 1) for name in cells]
        if "email" not in self.columns:
            raise NotAPeopleFile(
                f"The first line must name the columns, one of them email; others are {', '.join(COLUMNS[1:])}."
            )
        self.size = sum(1 for _ in self._records()) - 1

    def __iter__(self) -> Iterator[Row]:
        for line, cells in islice(self._records(), 1, None):
            yield Row(line, dict(zip(self.columns, cells, strict=False)))

    def _records(self) -> Iterator[tuple[int, list[str]]]:
        return iter(Records(self._pieces, self._encoding, self._separator, Place()))

    def _pieces(self, number: int) -> Iterator[bytes]:
        with self._file.open("rb") as stream:
            yield from islice(Incoming(stream), number, None)


class Progress:
    """A line every few seconds, apart from what the command answers."""

    def __init__(self, size: int) -> None:
        self._size, self._done, self._next = size, 0, time.monotonic() + LOOK_EVERY

    def add(self, rows: int) -> None:
        self._done += rows
        if time.monotonic() >= self._next:
            click.echo(f"{self._done:,} of {self._size:,} rows", err=True)
            self._next = time.monotonic() + LOOK_EVERY


def _what_happened(outcome: Imported, list_slug: str, columns: list[str]) -> Iterator[str]:
    yield f"{outcome.joined} joined the list “{list_slug}”."
    if outcome.waiting:
        yield f"{outcome.waiting} came without a consent_date: they are kept as unconfirmed and get no mail."
    if outcome.known:
        yield f"{outcome.known} were on it already; nothing of theirs was changed."
    if outcome.merged:
        yield f"{outcome.merged} rows repeated an address and were merged with its first."
    ignored = [name for name in columns if name not in COLUMNS]
    if ignored:
        yield f"Columns that were not taken: {', '.join(ignored)}."


def _list(slug: str) -> MailingList:
    found = by_slug(slug)
    if found is None:
        raise click.ClickException(
            f"There is no list “{slug}”; there are: {', '.join(one.slug for one in the_lists())}."
        )
    return found
