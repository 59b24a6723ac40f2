"""Countries whose cases need care, and the safety note that a page about one of them begins with."""

from collections.abc import Mapping, Sequence

from sqlalchemy import delete, select

from actions.actors import Actor
from actions.extensions import db
from actions.pages.models import CountryNote
from actions.staff import audit


def save_note(country: str, wordings: Mapping[str, str], *, by: Actor) -> None:
    """Language -> text; without any text the country needs no more care. Pages that are begun already stay."""
    said = {language: text.strip() for language, text in wordings.items() if text.strip()}
    there = db.session.scalars(select(CountryNote).where(CountryNote.country == country)).one_or_none()
    if not said:
        db.session.execute(delete(CountryNote).where(CountryNote.country == country))
    elif there is None:
        db.session.add(CountryNote(country=country, wordings=said))
    else:
        there.wordings = said
    db.session.flush()
    audit.note("changed a safety note", by=by, after={"country": country, "languages": sorted(said)})


def note_on(country: str) -> Mapping[str, str]:
    """Language -> text; empty for a country that needs no care."""
    found = db.session.scalars(select(CountryNote.wordings).where(CountryNote.country == country)).one_or_none()
    return found or {}


def all_notes() -> Sequence[CountryNote]:
    return db.session.scalars(select(CountryNote).order_by(CountryNote.country)).all()
