"""Designs: a mailing's words in all its languages, kept under a name so that others begin with them."""

import json
import re
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, select
from sqlalchemy.exc import IntegrityError

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.mailings import queries
from actions.mailings.models import Mailing, MailingDesign, MailingKind
from actions.staff import audit

LONGEST_NAME = 100
# How long one that was deleted can be brought back.
UNDO_FOR = timedelta(days=30)
# The word act as the address of a link, and what is filled in from a page.
_OF_A_PAGE = re.compile(r'"act\\?"|\{\{\s*(?:act|page_title|count)\b')


class NameTaken(ValueError):
    """Another design has this name."""


class NameMissing(ValueError):
    """A design needs one."""


class PageMissing(ValueError):
    """It asks its readers to act, so a mailing with it is about a page."""


def standing() -> Sequence[MailingDesign]:
    """By name."""
    found = select(MailingDesign).where(MailingDesign.dropped_at.is_(None))
    return db.session.scalars(found.order_by(MailingDesign.name)).all()


def dropped() -> Sequence[MailingDesign]:
    """Deleted, and to be brought back; the latest first."""
    found = select(MailingDesign).where(MailingDesign.dropped_at.is_not(None))
    return db.session.scalars(found.order_by(MailingDesign.dropped_at.desc())).all()


def needs_page(design: MailingDesign) -> bool:
    return design.kind is MailingKind.ALERT or _OF_A_PAGE.search(json.dumps(design.words)) is not None


def save_design(mailing: Mailing, name: str, *, by: Actor) -> MailingDesign:
    """The same words under the same name again are the design that is there. Raises NameTaken and NameMissing."""
    words = [
        {part: getattr(text, part) for part in ("language", "subject", "preheader", "blocks")}
        for text in queries.texts_of(mailing).values()
    ]
    name = _tidy(name)
    there = db.session.scalars(select(MailingDesign).filter_by(name=name, dropped_at=None)).one_or_none()
    if there is not None and there.words == words:
        return there
    design = MailingDesign(name=name, kind=mailing.kind, words=words, made_at=clock.now())
    db.session.add(design)
    _write_name()
    audit.note("save design", by=by, about=("mailing_designs", design.id), after={"mailing": mailing.id})
    return design


def rename_design(design: MailingDesign, name: str, *, by: Actor) -> None:
    """Raises NameTaken and NameMissing."""
    before, design.name = design.name, _tidy(name)
    _write_name()
    audit.note(
        "rename design",
        by=by,
        about=("mailing_designs", design.id),
        before={"name": before},
        after={"name": design.name},
    )


def drop_design(design: MailingDesign, *, by: Actor) -> None:
    """Twice is once."""
    if design.dropped_at is None:
        design.dropped_at = clock.now()
        audit.note("drop design", by=by, about=("mailing_designs", design.id))


def bring_back(design: MailingDesign, *, by: Actor) -> None:
    """Raises NameTaken where another has its name by now."""
    if design.dropped_at is not None:
        design.dropped_at = None
        _write_name()
        audit.note("bring back design", by=by, about=("mailing_designs", design.id))


def forget_dropped(*, by: Actor) -> None:
    """Those that nobody has brought back in time."""
    old = delete(MailingDesign).where(MailingDesign.dropped_at < clock.now() - UNDO_FOR).returning(MailingDesign.id)
    for number in db.session.scalars(old).all():
        audit.note("forget design", by=by, about=("mailing_designs", number))


def _tidy(name: str) -> str:
    tidy = " ".join(name.split())[:LONGEST_NAME]
    if not tidy:
        raise NameMissing
    return tidy


def _write_name() -> None:
    """The index decides, also between two who save at once. Raises NameTaken."""
    try:
        db.session.flush()
    except IntegrityError as taken:
        raise NameTaken from taken
