from pathlib import Path

import click
from flask.cli import AppGroup

from actions.actors import OPERATOR
from actions.config import settings
from actions.site.demo import NotADemonstration, load_demo, load_organisation
from actions.site.seeding import SIZES, NotEmpty, seed
from actions.transaction import transaction

organisation = AppGroup("organisation", help="Who runs this installation.")
demo = AppGroup("demo", help="The demonstration's content.")


@demo.command("load")
def load() -> None:
    """Bring in the demonstration: an organisation, a list, two targets, two open pages. Again without harm."""
    try:
        with transaction():
            pages = load_demo(by=OPERATOR)
    except NotADemonstration as error:
        raise click.ClickException(
            "SMTP_URL names a server on another machine; the demonstration loads only where mail stays on this one"
        ) from error
    for page in pages:
        click.echo(f"{settings().base_url}/a/{page.slug}")


@demo.command("seed")
@click.option("--size", type=click.Choice(list(SIZES)), default="small", help="1,000, 100,000 or 1,000,000 people.")
def seed_people(size: str) -> None:
    """Fill an empty demonstration with made-up people who signed and were mailed."""
    try:
        with transaction():
            load_demo(by=OPERATOR)
            seed(SIZES[size], by=OPERATOR)
    except NotADemonstration as error:
        raise click.ClickException(
            "SMTP_URL names a server on another machine; made-up people stay on this one"
        ) from error
    except NotEmpty as error:
        raise click.ClickException("there are people here already; made-up ones would be lost among them") from error
    click.echo(f"{SIZES[size].people:,} people signed {SIZES[size].signatures:,} times.")


@organisation.command("load")
@click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))
def load_own(folder: Path) -> None:
    """Bring in the organisation, lists, sentences, targets and pictures of FOLDER, in the shape of actions/demo."""
    try:
        with transaction():
            load_organisation(folder, by=OPERATOR)
    except (OSError, ValueError) as error:
        raise click.ClickException(f"{folder} could not be read: {error}") from error
    click.echo("Your organisation is set up. Next: flask --app wsgi pages load PAGE.yaml, then pages open SLUG")
