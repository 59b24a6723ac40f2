"""Thirty minutes in which the next act on the same page needs no second mail: its owner just proved the mailbox."""

from actions.extensions import db
from actions.supporters.models import Supporter, SupporterState
from actions.tokens import InvalidToken, Purpose, tokens


def continued_by(token: str, page_id: int) -> Supporter | None:
    """The owner of a fresh continuation token for this very page; None for any other, and the form asks as usual."""
    try:
        ids = tokens.read_ids(Purpose.CONTINUE, token)
    except InvalidToken:
        return None
    if len(ids) != 3 or ids[1] != page_id:  # noqa: PLR2004  # supporter, page, generation
        return None
    found = db.session.get(Supporter, ids[0])
    if found is None or found.generation != ids[2] or found.state is not SupporterState.ACTIVE:
        return None
    return found
