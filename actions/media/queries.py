from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from sqlalchemy import select

from actions.config import settings
from actions.extensions import db
from actions.media.models import Picture as StoredPicture
from email_templates.content import Picture

Blocks = Iterable[Mapping[str, Any]]


def pictures_for(blocks: Blocks, lead: str | None = None) -> dict[str, Picture]:
    """What a page shows, by name: WebP under a path of ours. A name without a picture is left out."""
    return _found({*names_in(blocks), lead}, "/media/", ".webp")


def pictures_in_mail(blocks: Blocks, lead: str | None = None) -> dict[str, Picture]:
    """As `pictures_for` with whole addresses, and as JPEG: Outlook for Windows shows no WebP."""
    return _found({*names_in(blocks), lead}, f"{settings().base_url}/media/", ".jpg")


def pictures_named(names: Iterable[str | None]) -> dict[str, Picture]:
    """The pictures of these names for a page."""
    return _found(set(names), "/media/", ".webp")


def stored_named(names: Iterable[str]) -> dict[str, StoredPicture]:
    """The rows of these names."""
    wanted = set(names)
    if not wanted:
        return {}
    return {row.name: row for row in db.session.scalars(select(StoredPicture).where(StoredPicture.name.in_(wanted)))}


def all_pictures() -> Sequence[StoredPicture]:
    """The newest first."""
    return db.session.scalars(
        select(StoredPicture).order_by(StoredPicture.created_at.desc(), StoredPicture.id.desc())
    ).all()


def names_in(blocks: Blocks) -> list[str]:
    """Of every picture that the blocks show."""
    return [str(block["media"]) for block in blocks if block.get("type") == "picture"]


def _found(names: set[str | None], before: str, after: str) -> dict[str, Picture]:
    wanted = {name for name in names if name}
    if not wanted:
        return {}
    rows = db.session.scalars(select(StoredPicture).where(StoredPicture.name.in_(wanted)))
    return {row.name: _picture(row, f"{before}{row.digest}{after}") for row in rows}


def _picture(row: StoredPicture, url: str) -> Picture:
    return Picture(url, row.width, row.height, focus=(row.focus_x, row.focus_y), alt=row.alt, credit=row.credit)


def described(blocks: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """The blocks, in which a picture without words or credit takes those that it came with."""
    every = [dict(block) for block in blocks]
    known = stored_named(names_in(every))
    for block in every:
        picture = known.get(str(block.get("media"))) if block["type"] == "picture" else None
        if picture is not None:
            block["alt"], block["credit"] = block["alt"] or picture.alt, block["credit"] or picture.credit
    return every
