"""An organisation with its senders, its list and the sentences that one agrees to."""

from actions import clock
from actions.consents.models import ConsentPurpose, ConsentText
from actions.extensions import db
from actions.lists.models import MailingList
from actions.organisation.models import Organisation, Sender


def make_organisation() -> Organisation:
    made = Organisation(
        name="Open Door Fund",
        postal_lines=["100 Example Street", "San Francisco"],
        contact_email="hello@open-door.test",
        data_protection="privacy@open-door.test",
        supervisory_authority="the authority where you live",
        networks=[],
        default_language="en",
        country="US",
    )
    db.session.add(made)
    for lane in ("now", "letters", "bulk"):
        db.session.add(Sender(lane=lane, name="Open Door Fund", address=f"{lane}@open-door.test"))
    # All at once: thousands of tests begin with them.
    db.session.add_all(
        ConsentText(
            purpose=purpose,
            language="en",
            version=1,
            text=f"I agree to {purpose.value}.",
            sha256=f"{purpose.value:0>64}",
            created_at=clock.now(),
        )
        for purpose in ConsentPurpose
    )
    db.session.commit()
    return made


def make_list(slug: str = "updates") -> MailingList:
    made = MailingList(
        slug=slug,
        label=f"l-{slug}",
        wordings={"en": {"name": "Updates", "description": "What we do, twice a month."}},
        created_at=clock.now(),
    )
    db.session.add(made)
    db.session.commit()
    return made
