from collections.abc import Iterator
from pathlib import Path

import click
from flask.cli import AppGroup

from actions.actors import OPERATOR
from actions.lists.models import MailingList
from actions.lists.queries import by_slug, the_lists
from actions.transaction import transaction
from actions.transfers.operations import Imported, import_people
from actions.transfers.people import COLUMNS, NotAPeopleFile, Person, Refusal, read_people, read_rows
from actions.transfers.refusals import write_refusals

supporters = AppGroup("supporters", help="People: bring them in.")


@supporters.command("import")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--list", "list_slug", required=True, help="The list that they agreed to be on.")
@click.option("--evidence", required=True, help="Where their consent can be shown, such as “forms, spring fair 2026”.")
def import_(file: Path, list_slug: str, evidence: str) -> None:
    """Put the people in FILE on a list; CSV with the columns email, first_name, last_name, country, language and
    consent_date. Without a consent_date somebody is kept, and gets no mail. FILE.refused.csv says who was not taken.
    """
    if not evidence.strip():
        raise click.ClickException("--evidence must say where their consent can be shown.")
    joined = _list(list_slug)
    try:
        columns, rows = read_rows(file.read_bytes())
    except NotAPeopleFile as error:
        raise click.ClickException(str(error)) from error
    read = list(read_people(rows))
    people = [one for one in read if isinstance(one, Person)]
    with transaction():
        outcome = import_people(people, joined, evidence=" ".join(evidence.split()), by=OPERATOR)
    outcome.refused = [one for one in read if isinstance(one, Refusal)] + outcome.refused
    for line in _what_happened(outcome, list_slug, columns):
        click.echo(line)
    if outcome.refused:
        refused_file = file.with_suffix(".refused.csv")
        write_refusals(refused_file, columns, sorted(outcome.refused, key=lambda refusal: refusal.row.line))
        click.echo(f"{len(outcome.refused)} were refused; {refused_file} says why.")


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
