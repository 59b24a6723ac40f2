"""How a relay is, for whoever must mend it: the workers write it down, `mailings status` reads it (O-15)."""

import re

import structlog
from sqlalchemy import case, or_, select, update
from sqlalchemy.dialects.postgresql import insert

from actions import clock
from actions.actors import Actor
from actions.deliveries.models import RelayTrouble
from actions.extensions import db
from actions.staff.zones import spoken, spoken_day

# What is wrong -> what it means, and what to do about it.
ADVICE = {
    "unreachable": "cannot be reached. Is it running, and do the host and port in SMTP_URL lead to it?",
    "silent": "accepts connections and says nothing. Is it overloaded, or does a firewall swallow its answers?",
    "not_smtp": "answers what is no SMTP. Do the host, port and tls in SMTP_URL belong to a mail server?",
    "refused": "refuses to talk to us. May this machine use it, and is it not on a block list?",
    "busy": "says that it is busy. It is tried again by itself; fewer connections or a rate in SMTP_URL may help.",
    "no_tls": "offers no TLS, which SMTP_URL requires. Have it mended; tls=none would send mail and password in clear.",
    "certificate": "shows a certificate that is not good. Have it renewed, or correct the host in SMTP_URL.",
    "tls_failed": "breaks off TLS. Is it on the port and with the tls that SMTP_URL says?",
    "login": "refuses our login. Are user and password in SMTP_URL those that it knows?",
    "too_large": "takes no message as large as ours. Raise its size limit, or cancel the mailing and shorten it.",
    "refuses_all": "refuses nearly everybody, so the mailings are paused. Ask its operator why, then resume them.",
    "puts_off_all": "puts off nearly everything. It is tried again by itself, less and less often.",
}
OTHER = "is in trouble. Its log says more."
LONGEST_REASON = 300
_ADDRESS = re.compile(r"\S+@\S+")
log = structlog.get_logger()


def note_trouble(relay: str, trouble: str, phase: str, reason: str, *, by: Actor) -> None:
    """`relay` is host:port. The same trouble again is one trouble, seen once more."""
    now = clock.now()
    said = _ADDRESS.sub("…", "".join(filter(str.isprintable, reason)))[:LONGEST_REASON]
    seen = {"trouble": trouble, "phase": phase, "reason": said, "last_at": now, "over_at": None}
    is_new = or_(RelayTrouble.over_at.is_not(None), RelayTrouble.trouble != trouble)
    again = {"since": case((is_new, now), else_=RelayTrouble.since)} | {
        "times": case((is_new, 1), else_=RelayTrouble.times + 1)
    }
    statement = insert(RelayTrouble).values(relay=relay, since=now, times=1, **seen)
    db.session.execute(statement.on_conflict_do_update(index_elements=["relay"], set_=seen | again))
    log.warning("relay in trouble", relay=relay, trouble=trouble, phase=phase, by=by.role.value)


def end_trouble(relay: str, *, by: Actor) -> None:
    """It takes mail again. Without trouble nothing changes."""
    ended = update(RelayTrouble).where(RelayTrouble.relay == relay, RelayTrouble.over_at.is_(None))
    if db.session.scalar(ended.values(over_at=clock.now()).returning(RelayTrouble.id)):
        log.info("relay is well again", relay=relay, by=by.role.value)


def troubles() -> list[RelayTrouble]:
    """Those that are not over, the newest first."""
    return list(
        db.session.scalars(
            select(RelayTrouble)
            .where(RelayTrouble.over_at.is_(None))
            .order_by(RelayTrouble.last_at.desc())
            .execution_options(populate_existing=True)
        )
    )


def sentence(trouble: RelayTrouble) -> str:
    """What is wrong, since when, what it said, and what to do."""
    what, _, advice = ADVICE.get(trouble.trouble, OTHER).partition(". ")
    times = f", seen {trouble.times} times" if trouble.times > 1 else ""
    seen = f"since {spoken(trouble.since)} on {spoken_day(trouble.since)}{times}"
    said = f" It said: {trouble.reason}." if trouble.reason else ""
    return f"The relay {trouble.relay} {what} ({seen}).{said} {advice}".strip()
