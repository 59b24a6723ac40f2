"""A mailing as one reader would get it, before anybody does."""

from enum import StrEnum

from actions.config import settings
from actions.mailings.models import Mailing, MailingText
from actions.mailings.wording import page_of, page_url, rendered, shared_values
from email_templates.language import country_name
from email_templates.merging import GREETING, fill, greeting
from email_templates.texts import Rendered


class Reader(StrEnum):
    """What we know of them."""

    NAMED = "named"
    UNNAMED = "unnamed"


def as_read_by(mailing: Mailing, text: MailingText, reader: Reader) -> Rendered:
    """Its personal links lead to public pages. Raises as `rendered` does."""
    page, base_url = page_of(mailing), settings().base_url
    known = reader is Reader.NAMED
    values = {
        GREETING: greeting("Samira" if known else "", text.language),
        "first_name": "Samira" if known else "",
        "full_name": "Samira Example" if known else "",
        "country": country_name("DE", text.language) if known else "",
        "act": page_url(page) if page else "",
        "unsubscribe": f"{base_url}/u/test",
        "preferences": f"{base_url}/p/test",
        "browser": f"{base_url}/archive",
    }
    return fill(rendered(mailing, text), values | (shared_values(page, text.language) if page else {}))


def in_the_dark(html: str) -> str:
    """As a mail program in dark mode shows it."""
    return html.replace("(prefers-color-scheme: dark)", "all").replace("(prefers-color-scheme:dark)", "all")
