"""The numbers on the pages: what every kind of act adds up to."""

import click
from flask.cli import with_appcontext

from actions.letters.queries import ACTS as LETTERS
from actions.pages.counting import recount, tally
from actions.signatures.queries import ACTS as SIGNATURES
from actions.transaction import transaction

ACTS = (SIGNATURES, *LETTERS)


def tally_all() -> int:
    """Add what came to count since the last time; returns how many acts that were."""
    return sum(tally(acts) for acts in ACTS)


def recount_all() -> None:
    """Count everything again, and repair."""
    for acts in ACTS:
        recount(acts)


@click.command("count")
@with_appcontext
def count() -> None:
    """Bring the numbers on all pages up to date; the workers do it every few seconds."""
    with transaction():
        counted = tally_all()
    click.echo(f"{counted} acts counted")
