"""A file as it is sent, kept sealed piece by piece: none of it ever lies on a disk in clear, or whole in memory."""

from collections.abc import Sequence
from datetime import timedelta
from typing import BinaryIO

from sqlalchemy import delete, select, update
from sqlalchemy.dialects.postgresql import insert

from actions import clock
from actions.actors import Actor
from actions.encryption import next_id
from actions.extensions import db
from actions.form_files import BrokenOff
from actions.staff.audit import note
from actions.transaction import transaction
from actions.transfers import uploads
from actions.transfers.models import PartKind, Transfer, TransferPart, TransferState
from actions.transfers.tables import Incoming

# With no piece in this time whoever sends it is gone, or this process was killed.
SILENCE = timedelta(minutes=15)


def receive(stream: BinaryIO, *, by: Actor) -> Transfer:
    """The file, looked at and not yet begun. Each piece is committed, so that no transaction waits for its sender.

    What cannot be used, or breaks off, leaves nothing behind. Raises NotAPeopleFile, BrokenOff.
    """
    with transaction():
        transfer = uploads.new_transfer(by=by)
    try:
        incoming = Incoming(stream)
        for number, piece in enumerate(incoming):
            if piece:
                with transaction():
                    _keep(transfer.id, number, piece)
        with transaction():
            transfer.encoding = incoming.encoding
            uploads.look_at(transfer)
            note("uploaded a list", by=by, about=(Transfer.__tablename__, transfer.id))
    except BaseException:
        with transaction():
            _forget([transfer.id])
        raise
    return transfer


def forget_broken_off(*, by: Actor) -> None:
    """What was being sent when this service, or the machine that it came from, was switched off."""
    silent = (Transfer.state == TransferState.UPLOADING, Transfer.heard_at < clock.now() - SILENCE)
    _forget(db.session.scalars(select(Transfer.id).where(*silent)).all())


def _keep(transfer_id: int, number: int, content: bytes) -> None:
    here = update(Transfer).where(Transfer.id == transfer_id, Transfer.state == TransferState.UPLOADING)
    if not db.session.scalars(here.values(heard_at=clock.now()).returning(Transfer.id)).all():
        raise BrokenOff
    part_id = next_id(TransferPart.__tablename__)
    # Not as an entity: those are held until the request ends.
    db.session.execute(
        insert(TransferPart).values(
            id=part_id,
            transfer_id=transfer_id,
            kind=PartKind.UPLOADED,
            number=number,
            content_sealed=TransferPart.content.seal(content.decode("latin-1"), part_id),
        )
    )


def _forget(ids: Sequence[int]) -> None:
    db.session.execute(delete(TransferPart).where(TransferPart.transfer_id.in_(ids)))
    db.session.execute(delete(Transfer).where(Transfer.id.in_(ids), Transfer.state == TransferState.UPLOADING))
