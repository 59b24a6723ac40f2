from collections.abc import Collection
from datetime import datetime, timedelta

from sqlalchemy import select, update

from actions import clock
from actions.actors import Actor
from actions.answers import operations as answers
from actions.config import settings
from actions.confirmations import operations as confirmations
from actions.confirmations.giving import give
from actions.confirmations.models import Confirmation
from actions.consents import operations as consents
from actions.consents.models import ConsentPurpose
from actions.consents.operations import Ticked
from actions.consents.queries import text_for
from actions.deliveries import operations as deliveries
from actions.deliveries.models import TERMINAL, Delivery, Lane
from actions.deliveries.queries import about
from actions.exports import operations as exports
from actions.extensions import db
from actions.letters import operations as letters
from actions.letters.models import LetterState
from actions.lists import operations as lists
from actions.organisation.queries import letterhead
from actions.preferences.queries import choices_of, letters_of
from actions.signatures import operations as signatures
from actions.supporters import operations as supporters
from actions.supporters.models import Supporter, SupporterState
from actions.suppressions import operations as suppressions
from actions.suppressions.models import SuppressionReason
from actions.suppressions.queries import complained
from actions.tags import operations as tags
from actions.tokens import Purpose, tokens
from actions.unsubscribes import operations as unsubscribes
from email_templates.catalogue import ErasureDone, FreshLink

CHANNEL = "preferences"
MY_DATA = "my_data"
FRESH_LINK_INTERVAL = timedelta(minutes=15)
FRESH_LINKS_PER_DAY = 5
# How long a backup lives (C-38); after that nothing of an erased person is left anywhere.
BACKUP_DAYS = 30


def choose(
    supporter: Supporter, *, list_ids: Collection[int], page_ids: Collection[int], language: str, by: Actor
) -> None:
    """On these lists and with news of these cases, and on no other. A box newly ticked is a consent (C-36)."""
    choices = choices_of(supporter)
    supporter.language = language
    for joined, on in choices.lists:
        if on and joined.id not in list_ids:
            lists.leave(joined.id, supporter.id, by=by)
            consents.withdraw(supporter, ConsentPurpose.LIST, list_id=joined.id, channel=CHANNEL, by=by)
        elif not on and joined.id in list_ids:
            ticked = Ticked(ConsentPurpose.LIST, text_for(ConsentPurpose.LIST, language).id, list_id=joined.id)
            give(supporter, [ticked.to_json()], channel=CHANNEL, requested_at=clock.now(), by=by)
    for page in choices.cases:
        if page.id not in page_ids:
            consents.withdraw(supporter, ConsentPurpose.CASE_NEWS, page_id=page.id, channel=CHANNEL, by=by)
    db.session.flush()


def mail_fresh_link(supporter: Supporter, not_before: datetime | None = None, *, by: Actor) -> None:
    """A link to what they did and to their data, good for a day; a few a day at most, each with some time between."""
    # Forms that arrive together for one address are taken one after the other, so that the limit sees every mail.
    db.session.get(Supporter, supporter.id, with_for_update=True)
    # A mailbox that nobody proved gets its confirmation and no other mail (C-16).
    if supporter.state is not SupporterState.ACTIVE or supporter.email_hash is None:
        return
    if complained([supporter.email_hash]):
        return
    before = [one.queued_at for one in about(FreshLink.folder, supporter.id)]
    today = [moment for moment in before if moment > clock.now() - timedelta(days=1)]
    if len(today) >= FRESH_LINKS_PER_DAY:
        return
    due_at = max([clock.now(), not_before or clock.now(), *(moment + FRESH_LINK_INTERVAL for moment in today)])
    token = tokens.sign(Purpose.MY_DATA, supporter.id, supporter.generation, at=due_at)
    email = FreshLink(
        letterhead=letterhead(),
        language=supporter.language,
        link=f"{settings().base_url}/p/{token}",
        requested_at=clock.now(),
        valid_hours=24,
    )
    deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=supporter.id, due_at=due_at, by=by)


def mail_my_data(supporter: Supporter, not_before: datetime, by: Actor) -> None:
    """As `mail_fresh_link`, asked for by an address alone."""
    mail_fresh_link(supporter, not_before, by=by)


def erase_everything(supporter: Supporter, *, by: Actor) -> None:
    """Name, address and words go from every table; a keyed hash stays so that no import brings them back (C-38, C-39).

    The last mail says what was erased and which letters cannot be called back; its address goes with it.
    """
    address, language = supporter.email, supporter.language
    gone = tuple(
        dict.fromkeys(target.name for letter, _, target in letters_of(supporter) if letter.state is LetterState.SENT)
    )
    unsubscribes.leave_all(supporter, by=by, channel=CHANNEL)
    open_ones = select(Confirmation).where(Confirmation.supporter_id == supporter.id, Confirmation.closed_at.is_(None))
    for confirmation in db.session.scalars(open_ones).all():
        confirmations.refuse_waiting(confirmation, by=by)
    letters.erase_of(supporter, by=by)
    answers.erase_of(supporter, by=by)
    signatures.erase_of(supporter, by=by)
    tags.erase_of(supporter, by=by)
    exports.erase_of(supporter, by=by)
    _call_back_mail(supporter, by=by)
    if supporter.email_hash is not None:
        suppressions.suppress(supporter.email_hash, SuppressionReason.ERASED, by=by)
    supporters.erase(supporter, by=by)
    if address is None:
        return
    email = ErasureDone(
        letterhead=letterhead(),
        language=language,
        erased_at=clock.now(),
        delivered_to=gone,
        backup_days=BACKUP_DAYS,
    )
    deliveries.queue(email, to=supporter, lane=Lane.NOW, about_id=supporter.id, address=address, by=by)


def _call_back_mail(supporter: Supporter, *, by: Actor) -> None:
    waiting = select(Delivery.id).where(Delivery.supporter_id == supporter.id, Delivery.state.not_in(TERMINAL))
    deliveries.cancel(db.session.scalars(waiting).all(), by=by)
    db.session.execute(update(Delivery).where(Delivery.supporter_id == supporter.id).values(values_sealed=None))
