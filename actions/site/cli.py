import click
from flask.cli import AppGroup

from actions.actors import OPERATOR
from actions.config import settings
from actions.site.demo import NotADemonstration, load_demo
from actions.transaction import transaction

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
