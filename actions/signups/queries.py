from sqlalchemy import select

from actions.extensions import db
from actions.lists.models import MailingList
from actions.signups.models import Signup, SignupState


def waiting(list_id: int, supporter_id: int, hashes: list[bytes]) -> Signup:
    """The same wish, which waits. Raises NoResultFound where there is none."""
    wanted = select(Signup).where(
        Signup.list_id == list_id,
        Signup.supporter_id == supporter_id,
        Signup.content_hash.in_(hashes),
        Signup.state == SignupState.UNCONFIRMED,
    )
    return db.session.scalars(wanted).one()


def list_of(signup: Signup) -> MailingList:
    return db.session.get_one(MailingList, signup.list_id)
