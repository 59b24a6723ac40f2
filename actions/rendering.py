"""Pages in the reader's language: which one, its texts, and what every page is given."""

from collections.abc import Iterator, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from typing import Any

import structlog
from flask import Flask, current_app, make_response, request
from flask.wrappers import Response
from jinja2 import Environment
from markupsafe import Markup
from sqlalchemy.exc import SQLAlchemyError

from actions.assets import asset_url
from email_templates.language import (
    LANGUAGES,
    SOURCE_LANGUAGE,
    format_date,
    format_number,
    format_percent,
    language_name,
    language_of,
    translations,
)
from email_templates.sanitising import sanitise

log = structlog.get_logger()
TEXTS = Path(__file__).parent / "translations"


def request_language(
    offered: Sequence[str] = tuple(LANGUAGES), fallback: str = SOURCE_LANGUAGE, *, read_form: bool = True
) -> str:
    """The language asked for by ?lang= or the form, else by the browser, of those on offer; else `fallback`."""
    asked = (request.values if read_form else request.args).get("lang", "")
    if asked in offered:
        return asked
    return next((code for code in _accepted() if code in offered), fallback)


def languages_wanted() -> tuple[str, ...]:
    """Those of ours that the browser asks for, the most wanted first."""
    return tuple(dict.fromkeys(code for code in _accepted() if code in LANGUAGES))


def _accepted() -> Iterator[str]:
    accepted = (tag.lower() for tag, quality in request.accept_languages if quality > 0)
    # "ar-EG, en;q=0.1" wants Arabic; werkzeug's best_match would find English first.
    return (code for tag in accepted for code in (tag, tag.partition("-")[0]))


def render_page(template: str, *, language: str, status: int = 200, **context: Any) -> Response:  # noqa: ANN401  # what a template shows is of every type
    """`page_languages` in the context are codes; without it every language is offered, with an empty one none."""
    codes = context.pop("page_languages", tuple(LANGUAGES))
    given = {
        "language": language_of(language),
        "page_languages": [one for code, one in LANGUAGES.items() if code in codes],
        "organisation": _organisation_or_none(language),
        "asset_url": asset_url,
        **context,
    }
    response = make_response(environment(language).get_template(template).render(given), status)
    response.headers["Content-Language"] = language
    response.vary.update(("Accept-Language",))
    return response


def gettext(language: str, message: str, **values: object) -> str:
    """For words that do not stand in a template."""
    text = translations(TEXTS, language).gettext(message)
    return text % values if values else text


def ngettext(language: str, singular: str, plural: str, number: int) -> str:
    """As `gettext`, in the form that `number` asks for, which stands in the sentence as `%(number)s`."""
    text = translations(TEXTS, language).ngettext(singular, plural, number)
    return str(text) % {"number": format_number(number, language)}


@cache
def _environment(app: Flask, language: str) -> Environment:
    made = app.create_jinja_environment()
    made.trim_blocks = made.lstrip_blocks = True
    made.add_extension("jinja2.ext.i18n")
    made.filters["marked"] = marked
    made.globals["format_number"] = partial(format_number, language=language)
    made.globals["format_percent"] = partial(format_percent, language=language)
    made.globals["language_name"] = partial(language_name, language=language)
    made.globals["format_date"] = partial(format_date, language=language)
    made.install_gettext_translations(translations(TEXTS, language), newstyle=True)  # type: ignore[attr-defined]  # the extension adds it
    return made


def environment(language: str) -> Environment:
    """One for each language, so that a compiled template and its texts stay together."""
    return _environment(current_app._get_current_object(), language)  # type: ignore[attr-defined]  # noqa: SLF001  # Flask documents this way to the app behind its proxy


def _organisation_or_none(language: str) -> object | None:
    """Without the database a page still says what happened; it only cannot say who we are."""
    try:
        view: object | None = current_app.config["ORGANISATION_VIEW"](language)
    except SQLAlchemyError as error:
        log.warning("the organisation could not be read", error=type(error).__name__)
        return None
    return view


def marked(text: str) -> Markup:
    """The organisation's own words, in which a Latin address inside Arabic is set apart by an element."""
    return Markup(sanitise(text))  # noqa: S704  # cleaned by allow-list


def form_errors(errors: Mapping[str, Sequence[str]]) -> list[tuple[str, str]]:
    """(field, message) in the order of the form, for the summary on top."""
    return [(field, message) for field, messages in errors.items() for message in messages]


def words(sentence: str) -> str:
    """Marks a sentence that is translated later, where its reader's language is known."""
    return sentence
