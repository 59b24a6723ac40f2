from pathlib import Path

import click
import yaml
from flask.cli import AppGroup
from pydantic import ValidationError

from actions.actors import OPERATOR
from actions.pages import loading, operations
from actions.pages.models import PageState
from actions.pages.operations import NotFromHere, PageNotReady
from actions.pages.queries import page_by_slug
from actions.transaction import transaction

pages = AppGroup("pages", help="Action pages: load, open, update.")


@pages.command("load")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def load(file: Path) -> None:
    """Bring in the page that FILE holds, or its next version."""
    content = yaml.safe_load(file.read_text(encoding="utf-8"))
    try:
        with transaction():
            page = loading.load_page(content, by=OPERATOR)
            if page.state is not PageState.DRAFT:
                loading.load_updates(page, content, by=OPERATOR)
    except ValidationError as error:
        raise click.ClickException(f"{file} has another shape:\n{error}") from error
    except (PageNotReady, NotFromHere) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"{page.slug}: {page.state}, version {page.version} of its words")


@pages.command("open")
@click.argument("slug")
def open_(slug: str) -> None:
    """Open the draft SLUG to everybody."""
    page = page_by_slug(slug)
    if page is None:
        raise click.ClickException(f"there is no page {slug!r}")
    try:
        with transaction():
            operations.open_page(page, by=OPERATOR)
    except PageNotReady as error:
        raise click.ClickException("\n".join(["it cannot be opened yet:", *error.problems])) from error
    except NotFromHere as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"/a/{slug} is open")
