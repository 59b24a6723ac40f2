"""A picture that a campaigner brings: it comes with words for those who cannot see it, and with its credit."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from actions.actors import Actor
from actions.extensions import db
from actions.media.models import Picture
from actions.media.operations import store_picture
from actions.staff.audit import note

MIDDLE = (50, 50)
DESCRIBED = ("alt", "credit", "focus_x", "focus_y")


@dataclass(frozen=True, kw_only=True)
class Described:
    """What a picture shows and who made it; `focus` is where to look, in percent from the left and from the top."""

    alt: str
    credit: str
    focus: tuple[int, int] = MIDDLE


class NotDescribed(Exception):
    """A picture is taken only with words for those who cannot see it, and with its credit; `fields` lack them."""

    def __init__(self, fields: Sequence[str]) -> None:
        super().__init__(", ".join(fields))
        self.fields = fields


def add_picture(data: bytes, described: Described, *, by: Actor) -> Picture:
    """One that a campaigner brings; its name is drawn by lot, since file names tell of people and places (W-16).

    Raises NotDescribed and NotAPicture.
    """
    _refuse_undescribed(described)
    picture = store_picture(secrets.token_hex(8), data, by=by)
    _describe(picture, described)
    note("picture added", by=by, about=("picture", picture.id))
    return picture


def describe_picture(picture: Picture, described: Described, *, by: Actor) -> None:
    """Other words, credit or focus; blocks that show it already keep their own words. Raises NotDescribed."""
    _refuse_undescribed(described)
    before = {name: getattr(picture, name) for name in DESCRIBED}
    _describe(picture, described)
    after = {name: getattr(picture, name) for name in DESCRIBED}
    note("picture described", by=by, about=("picture", picture.id), before=before, after=after)


def _refuse_undescribed(described: Described) -> None:
    lacking = [name for name in ("alt", "credit") if not getattr(described, name).strip()]
    if lacking:
        raise NotDescribed(lacking)


def _describe(picture: Picture, described: Described) -> None:
    picture.alt, picture.credit = described.alt.strip(), described.credit.strip()
    picture.focus_x, picture.focus_y = (min(max(part, 0), 100) for part in described.focus)
    db.session.flush()
