import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from email_validator import EmailNotValidError, validate_email
from sqlalchemy import select

from actions.actors import Actor
from actions.extensions import db
from actions.organisation.colours import can_be_read
from actions.organisation.models import Organisation, Sender
from email_templates.language import LANGUAGES
from email_templates.sanitising import is_web_address

_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]")


class OrganisationRefused(Exception):
    """Mail or pages could not say who sends; `problems` says what is missing, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


@dataclass(frozen=True, kw_only=True)
class OrganisationDetails:
    """`wordings`: language -> {"name", "about", "supervisory_authority"}; `networks`: [{"name", "url"}]."""

    name: str
    postal_lines: list[str]
    contact_email: str
    data_protection: str
    supervisory_authority: str
    country: str
    default_language: str = "en"
    contact_url: str | None = None
    donation_url: str | None = None
    networks: list[dict[str, str]] = field(default_factory=list)
    wordings: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    demonstration: bool = False
    logo: str | None = None
    logo_width: int | None = None
    logo_height: int | None = None
    colour: str | None = None


def save_organisation(details: OrganisationDetails, *, by: Actor) -> Organisation:
    """The one organisation, new or changed. Raises OrganisationRefused."""
    problems = problems_of(details)
    if problems:
        raise OrganisationRefused(problems)
    organisation = db.session.scalars(select(Organisation)).one_or_none()
    if organisation is None:
        organisation = Organisation(**asdict(details))
        db.session.add(organisation)
    for name, value in asdict(details).items():
        setattr(organisation, name, value)
    db.session.flush()
    return organisation


def save_sender(lane: str, name: str, address: str, reply_to: str | None, *, by: Actor) -> Sender:
    """Who the lane's mail comes from. Raises OrganisationRefused for a name or address that no header can hold."""
    wrong = [value for value in (address, reply_to) if value is not None and not _is_address(value)]
    if wrong or not name.strip() or _CONTROL.search(name):
        raise OrganisationRefused(["a sender needs a name of one line and addresses that are addresses"])
    sender = db.session.scalars(select(Sender).where(Sender.lane == lane)).one_or_none()
    if sender is None:
        sender = Sender(lane=lane)
        db.session.add(sender)
    sender.name, sender.address, sender.reply_to = name, address, reply_to
    db.session.flush()
    return sender


def problems_of(details: OrganisationDetails) -> list[str]:
    required: Mapping[str, Any] = {
        "a name": details.name,
        "a postal address": details.postal_lines,
        "a contact for data protection": details.data_protection,
        "an authority that readers can complain to": details.supervisory_authority,
    }
    problems = [f"it needs {what}" for what, value in required.items() if not value]
    if not _is_address(details.contact_email):
        problems.append("its contact address is not one")
    if details.default_language not in LANGUAGES:
        problems.append(f"its language is not one of {', '.join(LANGUAGES)}")
    if details.colour is not None and not can_be_read(details.colour):
        problems.append("its colour is too light, or none: white words on it could not be read")
    return problems + [f"{url!r} does not begin with https:// or http://" for url in _wrong_links(details)]


def _wrong_links(details: OrganisationDetails) -> Sequence[str]:
    links = [details.contact_url, details.donation_url, *(network["url"] for network in details.networks)]
    return [link for link in links if link is not None and not is_web_address(link)]


def _is_address(text: str) -> bool:
    """Reserved names such as .test pass: a demonstration's addresses must reach nobody."""
    try:
        validate_email(text, check_deliverability=False, test_environment=True)
    except EmailNotValidError:
        return False
    return True
