"""A picture that the database knows; no file lies behind it."""

from actions import clock
from actions.extensions import db
from actions.media.models import Picture


def make_picture(name: str = "gate.webp") -> Picture:
    made = Picture(name=name, digest="0" * 64, content_type="image/webp", width=4, height=3, created_at=clock.now())
    db.session.add(made)
    db.session.commit()
    return made
