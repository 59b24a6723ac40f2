from actions.extensions import db
from actions.lists.models import MailingList
from actions.signups.models import Signup


def list_of(signup: Signup) -> MailingList:
    return db.session.get_one(MailingList, signup.list_id)
