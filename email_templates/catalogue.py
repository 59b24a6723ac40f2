"""Every email there is, with all that its words need; the folder of its templates is its name in snake_case."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import ClassVar, Literal

from email_templates.content import Block, Picture
from email_templates.environment import ACT, DARK_ACT
from email_templates.merging import sentinel

ItemKind = Literal["signup", "signature", "letter"]
ReturnReason = Literal["no_such_mailbox", "mailbox_full", "refused", "unreachable", "unknown"]


@dataclass(frozen=True, kw_only=True)
class Logo:
    """At the size at which it is shown; as JPEG, since Outlook for Windows shows no WebP."""

    url: str
    width: int
    height: int


@dataclass(frozen=True, kw_only=True)
class Letterhead:
    """Who sends: stands at the head and foot of every email (B-39). The colours are of what one presses."""

    name: str
    postal_address: tuple[str, ...]
    contact_address: str
    base_url: str
    logo: Logo | None = None
    colour: str = ACT
    colour_in_the_dark: str = DARK_ACT


@dataclass(frozen=True, kw_only=True)
class PageLink:
    title: str
    url: str


@dataclass(frozen=True, kw_only=True)
class WaitingItem:
    """Something a person asked for: `title` is the list's or the page's, `target` the name a letter goes to."""

    kind: ItemKind
    title: str
    target: str | None = None


@dataclass(frozen=True, kw_only=True)
class LeftToDo:
    """What the same person can still do, and where."""

    kind: ItemKind
    title: str
    url: str
    target: str | None = None


@dataclass(frozen=True, kw_only=True)
class LetterCopy:
    """A letter shown to its writer: salutation to signature, in the language it was written in."""

    subject: str
    text: str
    language: str


@dataclass(frozen=True, kw_only=True)
class Email:
    """
    `auto_submitted`: a machine wrote it, and its header says so (RFC 3834, B-20).
    `bulk`: it goes to many and carries List-Unsubscribe and List-Id (B-12, B-14).
    """

    letterhead: Letterhead
    language: str

    folder: ClassVar[str]
    has_html: ClassVar[bool] = True
    auto_submitted: ClassVar[bool] = True
    bulk: ClassVar[bool] = False

    def __init_subclass__(cls) -> None:
        cls.folder = re.sub(r"(?<!^)(?=[A-Z])", "_", cls.__name__).lower()


@dataclass(frozen=True, kw_only=True)
class Confirmation(Email):
    """One or several items behind one link; holds nothing that a submitter typed (C-13, C-14)."""

    items: tuple[WaitingItem, ...]
    link: str
    requested_at: datetime
    valid_days: int
    reminder: bool = False


@dataclass(frozen=True, kw_only=True)
class Welcome(Email):
    list_name: str
    open_pages: tuple[PageLink, ...]
    preferences_url: str
    unsubscribe_url: str


@dataclass(frozen=True, kw_only=True)
class LetterToTarget(Email):
    """A supporter's letter: plain text, word for word as it was confirmed; `language` is the letter's (L-04, L-06)."""

    subject: str
    salutation: str
    body: str
    close: str
    writer_name: str
    writer_address: tuple[str, ...] = ()
    abuse_address: str

    has_html: ClassVar[bool] = False
    auto_submitted: ClassVar[bool] = False


@dataclass(frozen=True, kw_only=True)
class LetterReceipt(Email):
    title: str
    target: str
    sent_at: datetime
    letter: LetterCopy
    page_url: str


@dataclass(frozen=True, kw_only=True)
class LetterHandedOver(Email):
    """The letter was brought on paper, in a bundle of `number` letters; `place` is in our own words (L-10)."""

    title: str
    target: str
    handed_over_on: date
    place: str
    number: int
    letter: LetterCopy
    page_url: str


@dataclass(frozen=True, kw_only=True)
class LetterReturned(Email):
    """The letter comes back to its writer, with the reason and another way (L-16)."""

    title: str
    target: str
    reason: ReturnReason
    letter: LetterCopy
    page_url: str
    post_url: str | None = None


@dataclass(frozen=True, kw_only=True)
class LetterHeld(Email):
    """News changed the model letter: the waiting letter is held until its writer has looked again."""

    title: str
    target: str
    headline: str
    link: str
    valid_days: int


@dataclass(frozen=True, kw_only=True)
class LetterCancelled(Email):
    """The page closed before the letter went."""

    title: str
    target: str
    outcome_url: str


@dataclass(frozen=True, kw_only=True)
class SentLetter:
    """`sent_at`: of one that was handed over on paper, the day on which it was."""

    target: str
    sent_at: datetime
    on_paper: bool = False


@dataclass(frozen=True, kw_only=True)
class DidTheyAnswer(Email):
    """Two weeks after their letters from one page went; `again`, a week after its reader said "not yet"."""

    title: str
    letters: tuple[SentLetter, ...]
    link: str
    valid_days: int
    page_url: str
    again: bool = False


@dataclass(frozen=True, kw_only=True)
class ActReceipt(Email):
    """To the owner of the mailbox, after an act by a mailed link; `undo_minutes` is how long a letter waits."""

    kind: Literal["signature", "letter"]
    title: str
    target: str | None = None
    acted_at: datetime
    undo_url: str
    undo_minutes: int | None = None
    page_url: str


@dataclass(frozen=True, kw_only=True)
class AlreadyDone(Email):
    """Somebody asked again for what this person has done before (C-11)."""

    item: WaitingItem
    page_url: str
    # Whom the letters went to, where it is about letters.
    targets: tuple[str, ...] = ()
    left_to_do: tuple[LeftToDo, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FreshLink(Email):
    """The way to what I did and my data: never in a mailing, only asked for."""

    link: str
    requested_at: datetime
    valid_hours: int


@dataclass(frozen=True, kw_only=True)
class RelayTest(Email):
    """To the member of staff who asked for it, to see that mail leaves."""

    requested_at: datetime


@dataclass(frozen=True, kw_only=True)
class StaffInvitation(Email):
    """The way in for somebody who was invited to the desk."""

    link: str
    valid_days: int


@dataclass(frozen=True, kw_only=True)
class NewPassword(Email):
    """To a member of staff, who asked for it by their address alone; the second step stays."""

    link: str
    requested_at: datetime
    valid_hours: int


@dataclass(frozen=True, kw_only=True)
class SecurityNotice(Email):
    """To a member of staff: their way in, or what they may do (`roles`, after the change), is another."""

    change: Literal["password", "second_factor", "second_factor_off", "recovery_codes", "roles"]
    changed_at: datetime
    roles: tuple[Literal["viewer", "editor", "sender", "exporter", "admin"], ...] = ()


@dataclass(frozen=True, kw_only=True)
class ErasureDone(Email):
    """The last email a person gets; `delivered_to` are the targets whose letters cannot be called back (C-38)."""

    erased_at: datetime
    delivered_to: tuple[str, ...] = ()
    backup_days: int


@dataclass(frozen=True, kw_only=True)
class Mailing(Email):
    """
    Rendered once per mailing and language: what differs from reader to reader is a sentinel until `merging.fill`.
    `browser_url` is the public copy, the same for everyone; without one the line is left out.
    """

    subject: str
    preheader: str
    blocks: tuple[Block, ...]
    why_you_get_this: str
    pictures: Mapping[str, Picture] = field(default_factory=dict)
    browser_url: str | None = None

    greeting: str = sentinel("greeting")
    unsubscribe_url: str = sentinel("unsubscribe")
    preferences_url: str = sentinel("preferences")

    auto_submitted: ClassVar[bool] = False
    bulk: ClassVar[bool] = True


@dataclass(frozen=True, kw_only=True)
class Alert(Mailing):
    """`page_url` is the public page, the same for everyone, to pass on; the act link is one reader's own."""

    page_title: str
    page_url: str
    button_text: str
    count_sentence: str | None = None
    act_url: str = sentinel("act")


@dataclass(frozen=True, kw_only=True)
class Update(Mailing):
    """News of a page, to those who acted on it or follow it; `headline` says the outcome in one sentence."""

    page_title: str
    page_url: str
    headline: str
    updated_on: date
    button_text: str
    act_url: str = sentinel("act")


@dataclass(frozen=True, kw_only=True)
class Newsletter(Mailing):
    """Has no act of its own; its blocks may have buttons."""


CATALOGUE: tuple[type[Email], ...] = (
    Confirmation,
    Welcome,
    LetterToTarget,
    LetterReceipt,
    LetterHandedOver,
    LetterReturned,
    LetterHeld,
    LetterCancelled,
    DidTheyAnswer,
    ActReceipt,
    AlreadyDone,
    FreshLink,
    RelayTest,
    StaffInvitation,
    NewPassword,
    SecurityNotice,
    ErasureDone,
    Alert,
    Update,
    Newsletter,
)
