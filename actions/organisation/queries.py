from dataclasses import dataclass

from sqlalchemy import select

from actions import published
from actions.config import settings
from actions.extensions import db
from actions.organisation.colours import Shades, shades
from actions.organisation.models import Organisation, Sender
from email_templates.catalogue import Letterhead, Logo
from email_templates.environment import ACT, DARK_ACT

# Points at the head of a mail.
LOGO_WIDEST, LOGO_TALLEST = 160, 44


class NoOrganisation(Exception):
    """Nothing is set up yet: `flask --app wsgi demo load` or the first steps in the README do it."""


@dataclass(frozen=True)
class OrganisationView:
    """What every page shows of the organisation, in the page's language where there are words in it."""

    name: str
    about: str
    imprint: tuple[str, ...]
    contact_email: str
    contact_url: str | None
    data_protection: str
    supervisory_authority: str
    donation_url: str | None
    networks: tuple[tuple[str, str], ...]
    default_language: str
    country: str
    demonstration: bool
    logo_url: str | None = None
    colour: str | None = None


def the_organisation() -> Organisation:
    """Raises NoOrganisation before the first set-up."""
    found = db.session.scalars(select(Organisation)).one_or_none()
    if found is None:
        raise NoOrganisation
    return found


def organisation_view(language: str | None = None) -> OrganisationView | None:
    """None before the first set-up: an error page is shown even then."""
    return published.remembered(("organisation", language), lambda: _view(language))


def _view(language: str | None) -> OrganisationView | None:
    try:
        found = the_organisation()
    except NoOrganisation:
        return None
    words = words_in(found, language)
    return OrganisationView(
        name=words.get("name", found.name),
        about=words.get("about", ""),
        imprint=tuple(found.postal_lines),
        contact_email=found.contact_email,
        contact_url=found.contact_url,
        data_protection=found.data_protection,
        supervisory_authority=words.get("supervisory_authority", found.supervisory_authority),
        donation_url=found.donation_url,
        networks=tuple((network["name"], network["url"]) for network in found.networks),
        default_language=found.default_language,
        country=found.country,
        demonstration=found.demonstration,
        logo_url=f"/media/{found.logo}.webp" if found.logo else None,
        colour=found.colour,
    )


def words_in(organisation: Organisation, language: str | None) -> dict[str, str]:
    """The organisation's words in `language`, else in its default language; both may lack some."""
    for code in (language, organisation.default_language):
        if code in organisation.wordings:
            words: dict[str, str] = organisation.wordings[code]
            return words
    return {}


def letterhead(language: str | None = None) -> Letterhead:
    """Who sends, for the head and foot of every email."""
    base_url = settings().base_url
    return published.remembered(("letterhead", language, base_url), lambda: _letterhead(language, base_url))


def _letterhead(language: str | None, base_url: str) -> Letterhead:
    found = the_organisation()
    made = shades(found.colour) if found.colour else Shades(ACT, ACT, DARK_ACT, DARK_ACT)
    return Letterhead(
        name=words_in(found, language).get("name", found.name),
        postal_address=tuple(line for line in found.postal_lines if line != found.name),
        contact_address=found.contact_email,
        base_url=base_url,
        logo=_logo(found, base_url),
        colour=made.act,
        colour_in_the_dark=made.dark_act,
    )


def _logo(found: Organisation, base_url: str) -> Logo | None:
    """As it fits into the head of a mail, never larger than it is."""
    if found.logo is None or not found.logo_width or not found.logo_height:
        return None
    shrunk = min(1, LOGO_WIDEST / found.logo_width, LOGO_TALLEST / found.logo_height)
    width, height = (max(1, round(side * shrunk)) for side in (found.logo_width, found.logo_height))
    return Logo(url=f"{base_url}/media/{found.logo}.jpg", width=width, height=height)


def senders() -> dict[str, Sender]:
    """By lane; a lane may have none yet."""
    return {sender.lane: sender for sender in db.session.scalars(select(Sender))}


def sender_of(lane: str) -> Sender:
    return db.session.scalars(select(Sender).where(Sender.lane == lane)).one()
