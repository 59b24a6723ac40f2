"""`letters …`: stop them, and let them go on."""

from collections.abc import Callable

import click
from flask.cli import AppGroup

from actions.actors import OPERATOR
from actions.letters import stopping
from actions.pages.models import Page
from actions.pages.queries import page_by_slug
from actions.transaction import transaction

letters = AppGroup("letters", help="Letters to targets: stop them, let them go on.")
of_page = click.option("--page", "slug", metavar="SLUG", help="Only those of this page; without it all.")


@letters.command("stop")
@of_page
def stop(slug: str | None) -> None:
    """Release and send no letter from now on, within a minute. People can go on writing."""
    done = _do(stopping.stop, slug)
    click.echo(f"{_whose(slug)} are stopped." if done else f"{_whose(slug)} are stopped already.")


@letters.command("go-on")
@of_page
def go_on(slug: str | None) -> None:
    """Let letters that were stopped go on, within what each office takes in."""
    done = _do(stopping.go_on, slug)
    click.echo(f"{_whose(slug)} go on." if done else f"{_whose(slug)} were not stopped.")
    if slug and None in stopping.stopped_pages():
        click.echo("All letters are stopped, those of this page too: flask --app wsgi letters go-on")


def _do(change: Callable[..., bool], slug: str | None) -> bool:
    page: Page | None = page_by_slug(slug) if slug else None
    if slug and page is None:
        raise click.ClickException(f"there is no page {slug!r}")
    with transaction():
        return change(page, by=OPERATOR)


def _whose(slug: str | None) -> str:
    return f"Letters of /a/{slug}" if slug else "All letters"
