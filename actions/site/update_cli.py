from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import click
from flask.cli import with_appcontext

from actions.actors import OPERATOR
from actions.config import settings
from actions.mailings.cli import FILE
from actions.mailings.control_cli import says_why
from actions.mailings.manuscripts import Manuscript, read_manuscripts, read_wordings
from actions.mailings.preflight import MailingNotReady, language_name
from actions.media.queries import pictures_named
from actions.pages.models import Outcome, Page
from actions.pages.operations import NotFromHere, PageNotReady
from actions.pages.queries import languages, page_by_slug
from actions.site.updates import CHANGEABLE, Published, Told, publish_update
from actions.transaction import transaction
from email_templates.language import LANGUAGES


@click.command("update")
@click.argument("slug")
@click.option("--outcome", type=click.Choice([outcome.value for outcome in Outcome]), required=True)
@click.option("--body", required=True, type=FILE, help="The news in Markdown; FILE.<language>.md beside it go along.")
@click.option("--headline", default="", help="In the language of FILE; the others' stand in the YAML.")
@click.option("--words", "words_file", type=FILE, help="YAML: headlines, and the appeal's and the letter's new words.")
@click.option("--lang", "language", type=click.Choice(list(LANGUAGES)), help="Of FILE; else the page's own.")
@click.option("--mail", is_flag=True, help="Tell those who signed or wrote and want news of this case.")
@with_appcontext
@says_why
def update(slug: str, outcome: str, body: Path, mail: bool, **lines: Any) -> None:  # noqa: ANN401, FBT001  # as click calls it
    """Publish what came of the page SLUG: the banner at once, new words with it, and a mail with --mail."""
    page = page_by_slug(slug)
    if page is None:
        raise click.ClickException(f"There is no page “{slug}”.")
    news = _news(page, body, **lines)
    try:
        with transaction():
            published = publish_update(page, Outcome(outcome), news, mail=mail, by=OPERATOR)
    except PageNotReady as refused:
        raise click.ClickException("\n".join(["The news cannot be published:", *refused.problems])) from refused
    except NotFromHere as refused:
        raise click.ClickException(f"The news cannot be published: {refused}.") from refused
    for line in _what_happened(page, news, published, mail=mail):
        click.echo(line)


def _news(page: Page, body: Path, *, headline: str, words_file: Path | None, language: str | None) -> dict[str, Told]:
    own = language or page.default_language
    content = read_wordings(words_file, body, own)
    manuscripts = read_manuscripts(body, own)
    first = next(iter(manuscripts))
    said = {first: {"headline": headline}} if headline else {}
    news = {
        code: _told(manuscript, content.get(code, {}) | said.get(code, {})) for code, manuscript in manuscripts.items()
    }
    problems = [problem for code, told in news.items() for problem in _problems(told, manuscripts[code])]
    if problems:
        raise MailingNotReady(problems)
    return news


def _told(manuscript: Manuscript, words: Mapping[str, Any]) -> Told:
    blocks = list(manuscript.blocks)
    if words.get("picture"):
        blocks.insert(1, {"type": "picture", "media": words["picture"], **_about_picture(words)})
    return Told(
        headline=str(words.get("headline", "")),
        subject=str(words.get("subject", "")),
        preheader=str(words.get("preheader", "")),
        blocks=blocks,
        changes={name: value for name, value in words.items() if name in CHANGEABLE},
    )


def _about_picture(words: Mapping[str, Any]) -> dict[str, str]:
    return {name: str(words.get(f"picture_{name}", "")) for name in ("alt", "caption", "credit")}


def _problems(told: Told, manuscript: Manuscript) -> Iterator[str]:
    if not told.headline.strip():
        yield f"{manuscript.file.name} has no headline: give --headline, or one in the YAML for its language."
    if "{{" in manuscript.markdown:
        yield f"{manuscript.file.name} has a placeholder; news also stands on the page, where it means nothing."
    named = [str(block["media"]) for block in told.blocks if block["type"] == "picture"]
    known = pictures_named(named)
    yield from (f"There is no picture “{name}”." for name in named if name not in known)


def _what_happened(page: Page, news: Mapping[str, Told], published: Published, *, mail: bool) -> Iterator[str]:
    yield f"{settings().base_url}/a/{page.slug} shows it: {page.state.value}, version {page.version} of its words."
    if any(told.changes for told in news.values()):
        stale = [code for code in languages(page) if code not in news or not news[code].changes]
        yield from (f"The appeal's words in {language_name(code)} stay as they were." for code in stale)
    if published.held:
        yield f"{published.held} letters with the old words are held; their writers are asked."
    if published.cancelled:
        yield f"{published.cancelled} letters do not go any more; their writers are told."
    if published.mailing is not None:
        yield f"Mailing {published.mailing.id} tells {published.mailing.audience} of it."
    elif mail:
        yield "Nobody who signed or wrote asked for news of this case, so nothing was mailed."
