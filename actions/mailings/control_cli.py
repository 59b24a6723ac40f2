"""`mailings …`: watch one that was sent, hold it, and try again what failed."""

import json
from collections.abc import Callable, Iterator
from dataclasses import asdict
from functools import wraps
from typing import Any, ParamSpec, TypeVar

import click
from flask.cli import with_appcontext

from actions.actors import OPERATOR
from actions.addresses import InvalidAddress
from actions.deliveries import relays
from actions.deliveries.models import DeliveryState
from actions.mailings import operations, progress, queries
from actions.mailings.models import Mailing
from actions.mailings.operations import WrongState
from actions.mailings.preflight import MailingNotReady
from actions.mailings.progress import Progress
from actions.mailings.recipients import recipients_in
from actions.organisation.queries import NoOrganisation
from actions.transaction import transaction

P = ParamSpec("P")
R = TypeVar("R")


def says_why(command: Callable[P, R]) -> Callable[P, R]:
    """What cannot be done is told in sentences, and the command ends with 1."""

    @wraps(command)
    def telling(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except MailingNotReady as refused:
            raise click.ClickException("\n".join(["It cannot be sent yet:", *refused.problems])) from refused
        except (WrongState, NoOrganisation) as refused:
            raise click.ClickException(str(refused) or "No organisation is set up yet.") from refused
        except InvalidAddress as refused:
            raise click.ClickException("That is no email address.") from refused

    return telling


@click.command("status")
@click.argument("mailing_id", type=int)
@click.option("--json", "as_json", is_flag=True)
@with_appcontext
@says_why
def status(mailing_id: int, *, as_json: bool) -> None:
    """How far it is, when it should end, and what holds it up."""
    now = progress.status(_mailing(mailing_id))
    click.echo(json.dumps(_as_json(now)) if as_json else "\n".join(_as_lines(now)))


@click.command("pause")
@click.argument("mailing_id", type=int)
@with_appcontext
@says_why
def pause(mailing_id: int) -> None:
    """Hold back what is not on the wire yet; `resume` goes on."""
    _do(mailing_id, operations.pause)


@click.command("resume")
@click.argument("mailing_id", type=int)
@with_appcontext
@says_why
def resume(mailing_id: int) -> None:
    """Go on where it was paused."""
    _do(mailing_id, operations.resume)


@click.command("cancel")
@click.argument("mailing_id", type=int)
@with_appcontext
@says_why
def cancel(mailing_id: int) -> None:
    """Call back what is not on the wire yet, for good."""
    _do(mailing_id, operations.cancel)


@click.command("retry-failed")
@click.argument("mailing_id", type=int)
@with_appcontext
@says_why
def retry_failed(mailing_id: int) -> None:
    """Try again what failed for a passing reason, as the relay's policy or lack of time; never a dead address."""
    with transaction():
        mailing = _mailing(mailing_id)
        number = operations.retry_failed(mailing, by=OPERATOR)
    click.echo(f"{number} are tried again, with the same Message-ID." if number else "None of its failures may pass.")
    click.echo(progress.status(mailing).sentence)


@click.command("recipients")
@click.argument("mailing_id", type=int)
@click.option("--state", required=True, type=click.Choice([state.value for state in DeliveryState]))
@click.option("--most", default=1000, show_default=True, help="Lines at most.")
@click.option("--plain", is_flag=True, help="Whole addresses; without it they are masked.")
@with_appcontext
@says_why
def recipients(mailing_id: int, state: str, most: int, *, plain: bool) -> None:
    """Who is in a state, with the last reply: the delivery's number, the address, SMTP's codes."""
    for row in recipients_in(_mailing(mailing_id), DeliveryState(state), plain=plain, most=most):
        click.echo(f"{row.delivery_id}\t{row.address}\t{row.reply}".rstrip())


COMMANDS = (status, pause, resume, cancel, retry_failed, recipients)


def _do(mailing_id: int, change: Callable[..., object]) -> None:
    with transaction():
        mailing = _mailing(mailing_id)
        change(mailing, by=OPERATOR)
    click.echo(progress.status(mailing).sentence)


def _as_json(now: Progress) -> dict[str, Any]:
    return {
        "id": now.mailing.id,
        "kind": now.mailing.kind.value,
        "state": now.mailing.state.value,
        "audience": now.mailing.audience,
        "counts": {state.value: number for state, number in now.tally.states.items()},
        "per_second": round(now.per_second, 2),
        "expected_end": now.expected_end and now.expected_end.isoformat(),
        "sites": [asdict(site) for site in now.tally.sites],
        "relay": [relays.sentence(trouble) for trouble in relays.troubles()],
        "held_because": now.mailing.held_because and now.mailing.held_because.value,
        "sentence": now.sentence,
    }


def _as_lines(now: Progress) -> Iterator[str]:
    mailing = now.mailing
    yield f"Mailing {mailing.id}, {mailing.kind.value}: {mailing.state.value}, audience {mailing.audience}"
    yield from (f"{number:>9} {state.value}" for state, number in sorted(now.tally.states.items()))
    if now.expected_end:
        yield f"{now.per_second:.1f} a second; it should be through by {now.expected_end:%H:%M} UTC."
    yield now.sentence


def _mailing(mailing_id: int) -> Mailing:
    found = queries.by_id(mailing_id)
    if found is None:
        raise click.ClickException(f"There is no mailing {mailing_id}.")
    return found
