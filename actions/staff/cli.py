import click
from flask.cli import AppGroup

from actions.actors import OPERATOR
from actions.addresses import Address, InvalidAddress, parse_address
from actions.staff import operations
from actions.staff.invitations import desk_url, invitation_url, is_demonstration
from actions.staff.models import Staff
from actions.staff.queries import with_address
from actions.staff.roles import StaffRole
from actions.transaction import transaction

ROLES = click.Choice([role.value for role in StaffRole])
staff = AppGroup("staff", help="Who works at the desk.")


@staff.command("create")
@click.argument("email")
@click.option("--role", "roles", type=ROLES, multiple=True, required=True, help="May be given more than once.")
@click.option("--name", default="", help="How others at the desk see them.")
def create(email: str, roles: tuple[str, ...], name: str) -> None:
    """Invite somebody; prints the link by which they choose a password. It works once, for three days."""
    try:
        with transaction():
            member = operations.invite(_address(email), [StaffRole(role) for role in roles], name=name, by=OPERATOR)
    except operations.AlreadyStaff:
        raise click.ClickException("This address works here already; `staff link` gives a new link.") from None
    click.echo(invitation_url(member))


@staff.command("link")
@click.argument("email")
def link(email: str) -> None:
    """A new link to choose a password, for somebody who lost the first, or their password."""
    click.echo(invitation_url(_known(email)))


@staff.command("open")
@click.argument("email")
def open_desk(email: str) -> None:
    """A link that opens the desk of a demonstration once, without a password."""
    if not is_demonstration():
        raise click.ClickException("Only a demonstration on this machine opens without a password; use `staff link`.")
    member = with_address(_address(email))
    if member is None:
        with transaction():
            member = operations.invite(_address(email), [StaffRole.ADMIN], name="A campaigner", by=OPERATOR)
    click.echo(desk_url(member))


def _address(email: str) -> Address:
    try:
        return parse_address(email)
    except InvalidAddress:
        raise click.BadParameter("this is no email address") from None


def _known(email: str) -> Staff:
    member = with_address(_address(email))
    if member is None:
        raise click.ClickException("Nobody with this address works here; `staff create` invites them.")
    return member
