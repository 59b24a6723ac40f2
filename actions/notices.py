"""Mails to members of staff: an invitation, the link to a new password, and word of what changed about their way in."""

from datetime import datetime, timedelta

from actions import clock
from actions.actors import Actor
from actions.deliveries.models import Lane
from actions.deliveries.operations import queue
from actions.deliveries.queries import about
from actions.extensions import db
from actions.organisation.queries import letterhead, organisation_view
from actions.staff.followers import Change
from actions.staff.invitations import invitation_url, password_url
from actions.staff.models import Staff
from actions.staff.operations import name_password_link
from actions.tokens import DAY, Purpose
from email_templates.catalogue import Email, NewPassword, SecurityNotice, StaffInvitation

# What the form leaves for a worker to answer.
PASSWORD = "staff_password"  # noqa: S105  # a name
# A stranger may ask as well: so few that they fill no mailbox, with time between in which a link can be used.
BETWEEN = timedelta(minutes=5)
MOST_A_DAY = 5


def mail_invitation(member: Staff, *, by: Actor) -> None:
    """To the address that was invited. Not before an organisation is set up in whose name one could write."""
    days = (Purpose.STAFF_INVITE.lifetime or DAY) // DAY
    _mail(StaffInvitation, member, by=by, link=invitation_url(member), valid_days=days)


def mail_new_password(member: Staff, not_before: datetime, by: Actor) -> None:
    """The link, to a member who has joined: an invitation is an admin's to give."""
    # Requests that arrive together are taken one after the other, so that the limit sees every mail.
    db.session.get(Staff, member.id, with_for_update=True)
    now = clock.now()
    today = [one.queued_at for one in about(NewPassword.folder, member.id) if one.queued_at > now - DAY]
    if not member.active or member.joined_at is None or len(today) >= MOST_A_DAY:
        return
    if any(moment > now - BETWEEN for moment in today):
        return
    due_at = max(now, not_before)
    name_password_link(member)
    link, hours = password_url(member, due_at), (Purpose.STAFF_PASSWORD.lifetime or DAY) // timedelta(hours=1)
    _mail(NewPassword, member, due_at=due_at, by=by, link=link, requested_at=now, valid_hours=hours)


def mail_change(member: Staff, change: Change, by: Actor) -> None:
    """Word of it to its owner, whoever did it."""
    if member.joined_at is not None:
        roles = tuple(role.value for role in member.held_roles) if change == "roles" else ()
        _mail(SecurityNotice, member, by=by, change=change, changed_at=clock.now(), roles=roles)


def _mail(email: type[Email], member: Staff, *, by: Actor, due_at: datetime | None = None, **values: object) -> None:
    if organisation_view() is None:
        return
    head = letterhead(member.language)
    made = email(letterhead=head, language=member.language, **values)
    queue(made, to=member, lane=Lane.NOW, about_id=member.id, due_at=due_at, by=by)
