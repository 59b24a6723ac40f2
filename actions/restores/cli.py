"""`restore-check`: what stands after a backup was put back, and when to go on."""

from collections.abc import Iterator

import click
from flask.cli import with_appcontext
from sqlalchemy import ColumnElement, func, select

from actions.actors import OPERATOR
from actions.deliveries.models import Delivery, Lane
from actions.extensions import db
from actions.mailings.models import Held, Mailing
from actions.restores import operations, witness
from actions.restores.models import RestoreMark
from actions.restores.operations import WAITING
from actions.transaction import transaction


@click.command("restore-check")
@click.option("--restored", is_flag=True, help="Say that a backup was put back, where no mark outside shows it.")
@click.option("--go-on", "go_on", is_flag=True, help="After a look: letters and new mailings go again.")
@with_appcontext
def restore_check(*, restored: bool, go_on: bool) -> None:
    """See whether the database is a backup put back, and how many may get a second copy. Ends with 1 while it holds."""
    with transaction():
        operations.holds_back(Lane.BULK, by=OPERATOR)
        if restored:
            operations.note_restore(by=OPERATOR)
    found = operations.standing_restore()
    if found is None:
        click.echo("This database is as new as its mark outside; nothing is held.")
        return
    click.echo("\n".join(_report(found)))
    if not go_on:
        raise SystemExit(1)
    with transaction():
        letters = operations.go_on(by=OPERATOR)
    if letters:
        click.echo(f"{letters} letters to targets now wait for a person, since nobody knows whether they went.")
    click.echo("Letters and new mailings go again.")


def _report(found: RestoreMark) -> Iterator[str]:
    yield (
        f"This database is a backup from {found.lost_since:%d %B, %H:%M} UTC or before. Nothing of the lanes bulk and "
        "letters is sent."
    )
    if witness.has_log():
        yield "What people withdrew, unsubscribed or had erased since then was done again from the log in WITNESS_DIR."
    else:
        yield "There is no log in WITNESS_DIR, so who unsubscribed or was erased since then is on the lists again."
    held = select(Mailing).where(Mailing.held_because == Held.RESTORED).order_by(Mailing.id)
    for mailing in db.session.scalars(held):
        number = _waiting(Delivery.mailing_id == mailing.id)
        yield (
            f"Mailing {mailing.id} is paused: up to {number} of {mailing.audience} may get a second copy, with the "
            f"same Message-ID. Then: flask --app wsgi mailings resume {mailing.id}, or cancel {mailing.id}."
        )
    yield f"{_waiting(Delivery.lane == Lane.LETTERS)} letters to targets were waiting. None of them is sent by itself."
    yield "When you have looked: flask --app wsgi restore-check --go-on"


def _waiting(of: ColumnElement[bool]) -> int:
    counted = select(func.count()).select_from(Delivery).where(of, Delivery.state.in_(WAITING))
    return db.session.scalars(counted).one()
