"""The headers by which mail programs and mailbox providers know a mailing; none of them says anything about anyone."""

import hashlib
from email.utils import parseaddr

from actions.config import settings
from actions.lists.models import MailingList
from actions.mailings.models import MailingKind
from actions.pages.models import Page

# Feedback-ID's last field: constant, 5 to 15 characters (B-17).
SENDER_ID_LENGTH = 12


def bulk_headers(
    list_label: str, unsubscribe_url: str, kind: MailingKind, mailing_id: int
) -> tuple[tuple[str, str], ...]:
    """RFC 8058 (one HTTPS URI), RFC 2919 and RFC 2369; the values that name a group never name a reader."""
    return (
        ("List-Id", f"<{list_label}.lists.{our_domain()}>"),
        ("List-Unsubscribe", f"<{unsubscribe_url}>"),
        ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click"),
        ("List-Post", "NO"),
        ("Feedback-ID", f"m{mailing_id}:{list_label}:{kind.value}:{sender_id()}"),
    )


def list_label(mailing_list: MailingList | None, page: Page | None) -> str:
    """A list's own label; for news of a case a number, so that an employer's gateway learns no title (P-14)."""
    if mailing_list is not None:
        return mailing_list.label
    return f"case-{page.id}" if page is not None else "none"


def our_domain() -> str:
    """Where List-Ids live (RFC 2919 §3): the domain of MAIL_FROM."""
    return parseaddr(settings().mail_from)[1].rpartition("@")[2].lower()


def sender_id() -> str:
    return hashlib.sha256(our_domain().encode()).hexdigest()[:SENDER_ID_LENGTH]
