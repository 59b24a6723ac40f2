"""Letters on paper: counted when their writers say that they posted them. Neither name nor words are stored."""

import secrets

from actions import clock
from actions.actors import Actor
from actions.encryption import ring
from actions.letters import queries
from actions.letters.journal import begin, move
from actions.letters.models import Letter, LetterState
from actions.pages.models import Page
from actions.targets.models import Target
from actions.tokens import Purpose, tokens

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
