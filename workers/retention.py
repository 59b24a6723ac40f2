"""What we said goes after a while goes (C-44): letters' words, deliveries, files of people."""

from actions.actors import WORKER
from actions.answers import retention as answers
from actions.deliveries import retention as deliveries
from actions.extensions import celery
from actions.letters import retention as letters
from actions.links import operations as links
from actions.mailings import designs
from actions.signatures import retention as signatures
from actions.staff import sessions
from actions.tags import retention as tags
from actions.transaction import transaction
from actions.transfers import running as transfers


@celery.task(name="workers.retention.forget")
def forget() -> None:
    with transaction():
        letters.scrub_ended(by=WORKER)
    with transaction():
        answers.forget_old(by=WORKER)
    with transaction():
        signatures.forget_signers(by=WORKER)
    with transaction():
        deliveries.forget_ended(by=WORKER)
    with transaction():
        sessions.forget_ended()
    with transaction():
        tags.forget_removed(by=WORKER)
    with transaction():
        transfers.forget_old(by=WORKER)
    with transaction():
        links.forget_old(by=WORKER)
    with transaction():
        designs.forget_dropped(by=WORKER)
