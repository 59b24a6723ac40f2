"""Letters that their writers post, or send themselves: counted when they say so. Neither name nor words are stored."""

import secrets

from sqlalchemy.exc import IntegrityError

from actions import clock
from actions.actors import Actor
from actions.encryption import ring
from actions.extensions import db
from actions.letters import queries
from actions.letters.journal import begin, move
from actions.letters.models import Letter, LetterState
from actions.pages.models import Page
from actions.targets.models import Target
from actions.tokens import InvalidToken, Purpose, tokens

SECRET_BYTES = 16


def print_letter(page: Page, target: Target, *, country: str, language: str, by: Actor) -> str:
    """That somebody prints one: page, target and country. Returns the token to say "I posted it" with."""
    secret = secrets.token_urlsafe(SECRET_BYTES)
    letter = Letter(
        page_id=page.id,
        target_id=target.id,
        state=LetterState.PRINTED,
        page_version=page.version,
        language=language,
        country=country,
        posting_hash=ring.blind_index(secret, queries.POSTING),
        created_at=clock.now(),
    )
    begin(letter, by=by)
    return tokens.sign(Purpose.POSTED, secret)


def mark_posted(letter: Letter, *, by: Actor) -> bool:
    """Its writer says so; False for one that was counted before."""
    return move(letter, LetterState.POSTED, by=by, reason="its writer says so", confirmed_at=clock.now()) is not None


def self_sent_token(page: Page, target: Target, *, country: str, language: str) -> str:
    """To say "I sent it" with, once; until then nothing of it is stored."""
    return tokens.sign(Purpose.SELF_SENT, secrets.token_urlsafe(SECRET_BYTES), page.id, target.id, language, country)


def mark_self_sent(page: Page, token: str, *, by: Actor) -> bool:
    """Its writer says so; False for one that was counted before. Raises InvalidToken."""
    secret, page_id, target_id, language, country = tokens.read(Purpose.SELF_SENT, token)
    if page_id != str(page.id):
        raise InvalidToken
    now = clock.now()
    letter = Letter(
        page_id=page.id,
        target_id=int(target_id),
        state=LetterState.SELF_SENT,
        page_version=page.version,
        language=language,
        country=country or None,
        posting_hash=ring.blind_index(secret, queries.POSTING),
        created_at=now,
        confirmed_at=now,
        ended_at=now,
    )
    try:
        with db.session.begin_nested():
            begin(letter, by=by)
    except IntegrityError:
        return False
    return True
