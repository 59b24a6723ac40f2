"""Sessions of the desk, as rows that one can see and end (W-04). No other path has a session, and none sets a cookie.

The cookie holds 256 random bits; the row, their hash and what the session knows, sealed. Whoever signs in, or proves it
again, gets a new secret, so that one that was planted is worth nothing.
"""

import hashlib
import json
import secrets
from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from flask import Flask, Request, Response, request
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy import ColumnElement, Executable, delete, insert, select, update
from werkzeug.datastructures import CallbackDict

from actions import clock
from actions.config import settings
from actions.encryption import next_id
from actions.extensions import db
from actions.staff.models import Staff, StaffSession

PATH = "/desk"
IDLE = timedelta(minutes=30)
LONGEST = timedelta(hours=12)
# So often is it written down that a browser is still there.
SEEN = timedelta(minutes=1)
# What a proof of identity changes: who it is, and when it was proven (Flask-Login's name and Flask-Security's).
PROOF = ("_user_id", "fs_paa")
BROWSERS = ("Firefox", "Edg", "Chrome", "Safari")
SYSTEMS = ("Android", "iPhone", "iPad", "Windows", "Macintosh", "Linux")


class NoSession(dict[str, Any], SessionMixin):
    """Of every path but the desk's: what is put into it is forgotten."""


class Standing(NamedTuple):
    """A row that is not past its time."""

    id: int
    data_sealed: bytes
    created_at: datetime
    seen_at: datetime


class DeskSession(CallbackDict[str, Any], SessionMixin):
    def __init__(self, row: Standing | None) -> None:
        known = StaffSession.data.open(row.data_sealed, row.id) if row else None
        super().__init__(json.loads(known or "{}"), on_update=DeskSession._note)
        self.row = row
        self.proof = self.proven
        self.modified = False

    @property
    def proven(self) -> tuple[object, ...]:
        return tuple(self.get(name) for name in PROOF)

    def _note(self) -> None:
        self.modified = True


class RowSessions(SessionInterface):
    """Its rows are written apart from what the request does, which may be rolled back."""

    def open_session(self, app: Flask, request: Request) -> SessionMixin:
        if not is_desk(request.path):
            return NoSession()
        secret = request.cookies.get(cookie_name())
        return DeskSession(_standing(secret) if secret else None)

    def save_session(self, app: Flask, session: SessionMixin, response: Response) -> None:
        if not isinstance(session, DeskSession):
            return
        response.vary.add("Cookie")
        row = session.row
        if row is not None and (not session or session.proof != session.proven):
            _change(delete(StaffSession).where(StaffSession.id == row.id))
        if not session:
            if row is not None:
                response.delete_cookie(cookie_name(), path="/", secure=_is_secure(), httponly=True, samesite="Lax")
        elif row is None or session.proof != session.proven:
            _give(session, response)
        elif session.modified or (clock.now() - row.seen_at > SEEN and not is_asked_again()):
            sealed = StaffSession.data.seal(json.dumps(dict(session)), row.id)
            values = {"data_sealed": sealed, "seen_at": clock.now()}
            _change(update(StaffSession).where(StaffSession.id == row.id).values(values))


def is_asked_again() -> bool:
    """A screen has asked for itself, which does not say that anybody sits before it."""
    return "HX-Request" in request.headers


def is_desk(path: str) -> bool:
    return path == PATH or path.startswith(f"{PATH}/")


def cookie_name() -> str:
    """With the prefix by which a browser makes sure of its flags, wherever there is https (W-03)."""
    return "__Host-desk" if _is_secure() else "desk"


def end_sessions(staff_id: int) -> None:
    """Of one member, in the caller's transaction."""
    db.session.execute(delete(StaffSession).where(StaffSession.staff_id == staff_id))


def sessions_of(staff_id: int) -> Iterator[StaffSession]:
    """The newest first."""
    return iter(
        db.session.scalars(
            select(StaffSession)
            .where(StaffSession.staff_id == staff_id, *_is_standing())
            .order_by(StaffSession.seen_at.desc())
        )
    )


def forget_ended() -> int:
    """How many sessions were past their time."""
    now = clock.now()
    ended = delete(StaffSession).where(
        (StaffSession.seen_at <= now - IDLE) | (StaffSession.created_at <= now - LONGEST)
    )
    return db.session.connection().execute(ended).rowcount


def whose_session_this_was() -> int | None:
    """The member whose session the browser still names, though it is past its time; until its row is forgotten."""
    secret = request.cookies.get(cookie_name(), "")
    return db.session.scalar(select(StaffSession.staff_id).where(StaffSession.secret_hash == _hash(secret)))


def _is_standing() -> tuple[ColumnElement[bool], ...]:
    now = clock.now()
    return StaffSession.seen_at > now - IDLE, StaffSession.created_at > now - LONGEST


def _standing(secret: str) -> Standing | None:
    columns = [getattr(StaffSession, name) for name in Standing._fields]
    with db.engine.connect() as connection:
        found = connection.execute(
            select(*columns).where(StaffSession.secret_hash == _hash(secret), *_is_standing())
        ).one_or_none()
    return Standing(*found) if found else None


def _hash(secret: str) -> bytes:
    return hashlib.sha256(secret.encode()).digest()


def _is_secure() -> bool:
    return settings().base_url.startswith("https://")


def _give(session: DeskSession, response: Response) -> None:
    """A new row and a new secret. Its time runs from the first sign-in, however often it is proven again."""
    now, secret, row_id = clock.now(), secrets.token_urlsafe(32), next_id("staff_sessions")
    is_proven_again = session.row is not None and session.proof[0] == session.proven[0] is not None
    values = {
        "id": row_id,
        "secret_hash": _hash(secret),
        "staff_id": _member(session),
        "data_sealed": StaffSession.data.seal(json.dumps(dict(session)), row_id),
        "browser": _browser(),
        "created_at": session.row.created_at if session.row is not None and is_proven_again else now,
        "seen_at": now,
    }
    _change(insert(StaffSession).values(values))
    response.set_cookie(cookie_name(), secret, path="/", httponly=True, secure=_is_secure(), samesite="Lax")


def _member(session: DeskSession) -> int | None:
    uniquifier = session.get("_user_id")
    return db.session.scalar(select(Staff.id).where(Staff.fs_uniquifier == uniquifier)) if uniquifier else None


def _change(statement: Executable) -> None:
    with db.engine.begin() as connection:
        connection.execute(statement)


def _browser() -> str:
    """Words of our own list alone: enough for a member to tell their browsers apart."""
    said = request.user_agent.string
    browser = next((name for name in BROWSERS if name in said), "")
    system = next((name for name in SYSTEMS if name in said), "")
    return " on ".join(part for part in (browser.replace("Edg", "Edge"), system.replace("Macintosh", "Mac")) if part)
