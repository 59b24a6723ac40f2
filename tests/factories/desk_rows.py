"""Rows for every screen of the desk in every state that it can be in, with the long names that real people have."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from io import BytesIO

from sqlalchemy import select

from actions import clock
from actions.actors import OPERATOR, WORKER, Actor, Role
from actions.addresses import parse_address
from actions.exports import operations as exports
from actions.extensions import db
from actions.lists.models import MailingList
from actions.lists.queries import the_list
from actions.mailings import keeping, operations, scheduling
from actions.mailings.designs import save_design
from actions.mailings.models import Held, Mailing, MailingKind
from actions.media.queries import all_pictures
from actions.pages import drafts
from actions.pages.counting import tally
from actions.pages.models import Outcome, Page, PageKind, PageState, PageUpdate
from actions.pages.operations import end_page, open_page, pause_page, schedule_opening
from actions.pages.starting import Start, copy_page, start_page
from actions.signatures import comments, handing_over, invalidating
from actions.signatures.models import CommentVerdict, ShowName
from actions.signatures.queries import ACTS
from actions.site.demo import load_demo
from actions.site.seeding import Size, seed
from actions.site.updates import Told, publish_update
from actions.staff import operations as staff
from actions.staff.invitations import invitation_url
from actions.staff.models import Staff
from actions.staff.roles import StaffRole
from actions.suppressions.models import SuppressionReason
from actions.suppressions.operations import suppress
from actions.tags import operations as tags
from actions.targets.models import Target
from actions.transfers import running
from actions.transfers.models import Transfer, TransferState
from actions.transfers.receiving import receive
from tests.factories.answers import with_answers
from tests.factories.bundles import bundles_of_every_kind
from tests.factories.exports import ask_for, make_export
from tests.factories.letters import letters_of_every_kind
from tests.factories.mailings import draft_alert
from tests.factories.pages import with_rules
from tests.factories.staff import make_staff
from tests.factories.supporters import make_supporter, sign
from tests.factories.tags import make_tag

SIZE = Size(people=60, signatures=120, deliveries=200, pages=4, mailings=2)
# A word that no line breaks by itself, one without spaces, and one that is read from the right.
LONG = "Rindfleischetikettierungsüberwachungsaufgabenübertragungsgesetz"
KHMER = "សេចក្តីប្រកាសជាសកលស្តីពីសិទ្ធិមនុស្សសម្រាប់ប្រជាពលរដ្ឋគ្រប់រូបនៅកម្ពុជា"
ARABIC = "الإعلان العالمي لحقوق الإنسان: أطلقوا سراحها فورًا ومن دون قيد أو شرط"
PEOPLE = b"email,first name,country,note\nann@example.org,Ann,DE,<b>x</b>\nbo@example.org,Bo,KH,y\nnobody,Nobody,FR,z\n"
EVIDENCE = "paper forms, spring fair 2026, in the grey folder of the second shelf"
PARTS = {"answered": ("answers",), "draft letter": ("details", "targets"), "scheduled": ("targets",)}
PARTS["open"] = ("answers", "details", "preview", "targets")
PAGES, MAILINGS, IMPORTS = "/desk/pages/<int:page_id>", "/desk/mailings/<int:mailing_id>", "/desk/people/imports"


@dataclass(frozen=True)
class Screen:
    """`rule` as the app's map has it; `path` is one of its screens, in this state."""

    rule: str
    state: str
    path: str


class Rows:
    """`screens` grows while they are made."""

    def __init__(self, member: Staff) -> None:
        self.member = member
        self.me = Actor(Role.STAFF, member.id)
        self.screens: list[Screen] = []

    def add(self, rule: str, state: str, **ids: object) -> None:
        path = rule
        for name, value in ids.items():
            path = path.replace(f"<int:{name}>", str(value)).replace(f"<{name}>", str(value))
        self.screens.append(Screen(rule, state, path))


def empty_screens(rows: Rows) -> list[Screen]:
    """Of a desk at which nothing has been done yet."""
    for rule in (
        "/desk",
        "/desk/pages",
        "/desk/pages/new",
        "/desk/mailings",
        "/desk/mailings/new",
        "/desk/media",
        "/desk/people",
        "/desk/people/exports",
        "/desk/people/imports",
        "/desk/people/tags",
        *("/desk/letters", "/desk/letters/bundles", "/desk/letters/unknown"),
        *("/desk/targets", "/desk/targets/new", "/desk/targets/import"),
        "/desk/unsaved",
        "/desk/mailings/designs",
        "/desk/consent-texts",
        "/desk/account",
        "/desk/settings",
        "/desk/settings/countries",
        "/desk/settings/lists",
        "/desk/settings/organisation",
        "/desk/settings/relay",
        "/desk/settings/retention",
        "/desk/settings/senders",
        "/desk/settings/staff",
        "/desk/password",
        "/desk/second-factor",
        "/desk/again",
    ):
        rows.add(rule, "empty")
    return rows.screens


def full_screens(rows: Rows) -> list[Screen]:
    """Of a desk at which everything has happened."""
    rows.screens = [Screen(screen.rule, "full", screen.path) for screen in empty_screens(rows)]
    load_demo(by=OPERATOR)
    seed(SIZE, by=OPERATOR)
    db.session.commit()
    _pages(rows)
    _mailings(rows)
    _imports(rows)
    _others(rows)
    _exports(rows)
    _before_the_door(rows)
    db.session.commit()
    return rows.screens


def _pages(rows: Rows) -> None:
    known = list(db.session.scalars(select(Page).order_by(Page.id)))
    for name, page in _in_each_state(rows, known[0]):
        rows.add(PAGES, name, page_id=page.id)
        for rest in PARTS.get(name, ()):
            rows.add(f"{PAGES}/{rest}", name, page_id=page.id)
        for language in {"open": ("en", "ar"), "draft petition": ("en", "km")}.get(name, ()):
            rows.add(f"{PAGES}/words/<language>", f"{name} {language}", page_id=page.id, language=language)
        if name in {"near its last day", "won"}:
            for rest in ("signatures", "signatures/comments", "signatures/invalid", "handover", "update"):
                rows.add(f"{PAGES}/{rest}", name, page_id=page.id)
    for update in db.session.scalars(select(PageUpdate).order_by(PageUpdate.id.desc()).limit(2)):
        state = update.outcome.value
        rows.add(f"{PAGES}/updates/<int:update_id>", state, page_id=update.page_id, update_id=update.id)
    _signatures(rows, known[1])
    _words_of_two(rows, known[2])


def _in_each_state(rows: Rows, model: Page) -> Iterator[tuple[str, Page]]:
    yield "open", model
    for kind in PageKind:
        start = Start(kind=kind, title=f"{LONG} {kind.value}", country="KH", language="en")
        yield f"draft {kind.value}", start_page(start, by=rows.me)
    waiting = with_rules(copy_page(model, ARABIC, by=rows.me))
    schedule_opening(waiting, clock.now() + timedelta(days=3), by=rows.me)
    yield "scheduled", waiting
    paused = _opened(model, KHMER, rows)
    pause_page(paused, by=rows.me)
    yield "paused", paused
    for outcome in (Outcome.PARTIAL, Outcome.WON, Outcome.STOPPED):
        page = _opened(model, f"{outcome.value}: {LONG}", rows)
        told = Told(headline=f"{outcome.value}: {ARABIC}", blocks=[{"type": "text", "html": "<p>She is home.</p>"}])
        publish_update(page, outcome, {"en": told}, mail=outcome is not Outcome.STOPPED, by=rows.me)
        yield outcome.value, page
    closed = _opened(model, "Closed", rows)
    end_page(closed, PageState.CLOSED, by=rows.me)
    yield "closed", closed
    soon = _opened(model, "Nearly over", rows)
    soon.action_until = clock.now() + timedelta(days=2)
    yield "near its last day", soon
    yield "answered", with_answers(_opened(model, KHMER, rows), LONG, ARABIC, "")


def _opened(model: Page, title: str, rows: Rows) -> Page:
    page = copy_page(model, title, by=rows.me)
    open_page(page, by=rows.me)
    return page


def _signatures(rows: Rows, page: Page) -> None:
    """With comments read and unread, some taken out, and a list sealed, stale and handed over."""
    for number, (name, country) in enumerate(
        [(LONG, "DE"), (KHMER, "KH"), (ARABIC, "EG"), ("Ann", "DE"), ("Bo", "FR")]
    ):
        one = sign(page, make_supporter(f"signer-{number}@example.org"))
        one.first_name, one.last_name, one.country, one.show_name = name, "Example", country, ShowName.FULL
        one.comment = f"{name}: let her go home. https://example.org/{LONG}"
    tally(ACTS)
    db.session.commit()
    read = comments.comments(page, None)[:3]
    verdicts = dict(zip([one.id for one in read], [*CommentVerdict, None], strict=False))
    comments.settle(page, verdicts, by=rows.me)
    for country in ("DE", "FR"):
        rule = invalidating.Rule(until=clock.now(), country=country, words="Ann")
        taken = invalidating.invalidate(page, rule, shown=999, by=rows.me)
        if country == "FR":
            invalidating.put_back(taken, by=rows.me)
    for turn in range(3):
        handover = handing_over.begin(page, by=rows.me)
        handing_over.seal(handover.id, by=WORKER)
        handover.stale = turn == 1
        if turn == 0:
            handing_over.mark_handed_over(handover, on=clock.now(), to=f"the {LONG}", by=rows.me)
    for rest in ("signatures", "signatures/comments", "signatures/invalid", "handover", "update"):
        rows.add(f"{PAGES}/{rest}", "with everything", page_id=page.id)
    other = db.session.scalars(select(Page).where(Page.id != page.id, Page.state == PageState.OPEN)).first()
    assert other is not None
    handing_over.begin(other, by=rows.me)
    rows.add(f"{PAGES}/handover", "being sealed", page_id=other.id)


def _words_of_two(rows: Rows, page: Page) -> None:
    """Mine are kept and not saved, and somebody else is writing as well."""
    other = Actor(Role.STAFF, make_staff(StaffRole.EDITOR, email="other@open-door.test", name=f"Bo {LONG}").id)
    for who in (rows.me, other):
        drafts.keep_draft(page, "en", drafts.words_in(page, "en"), drafts.Seen(page.version, 0), by=who)
    rows.add(f"{PAGES}/words/<language>", "kept by two", page_id=page.id, language="en")


def _mailings(rows: Rows) -> None:
    updates, page = the_list(), db.session.scalars(select(Page).order_by(Page.id)).first()
    assert page is not None
    for name, mailing in _mailings_in_each_state(rows, updates, page):
        rows.add(MAILINGS, name, mailing_id=mailing.id)
        if name in {"draft", "update draft"}:
            rows.add(f"{MAILINGS}/design", name, mailing_id=mailing.id)
            rows.add(f"{MAILINGS}/preview/<language>", name, mailing_id=mailing.id, language="en")
        if mailing.launched_at is not None and name != "paused":
            rows.add(f"{MAILINGS}/results", name, mailing_id=mailing.id)
        if name in {"draft", "empty draft", "kept"}:
            rows.add(f"{MAILINGS}/words/<language>", name, mailing_id=mailing.id, language="en")
        if name in {"draft", "empty draft"}:
            rows.add(f"{MAILINGS}/audience", name, mailing_id=mailing.id)


def _mailings_in_each_state(rows: Rows, updates: MailingList, page: Page) -> Iterator[tuple[str, Mailing]]:
    for sent in db.session.scalars(select(Mailing).order_by(Mailing.id)):
        yield f"{sent.kind.value} {sent.state.value}", sent
    newsletter = operations.draft_mailing(
        MailingKind.NEWSLETTER, key="newsletter", words=(), mailing_list=updates, by=rows.me
    )
    yield "empty draft", newsletter
    alerts = {name: draft_alert(updates, page, key=name) for name in ("draft", "kept", "scheduled", "sending")}
    alerts |= {name: draft_alert(updates, page, key=name) for name in ("paused", "held", "cancelled")}
    keeping.keep(
        alerts["kept"],
        "en",
        {"subject": LONG, "preheader": ARABIC, "blocks": []},
        drafts.Seen(1),
        by=rows.me,
    )
    for alert in alerts.values():
        alert.tested_at = clock.now()
    scheduling.schedule(alerts["scheduled"], clock.now() + timedelta(hours=3), by=rows.me)
    for name in ("sending", "paused", "held", "cancelled"):
        operations.launch(alerts[name], by=rows.me)
    operations.pause(alerts["paused"], by=rows.me)
    operations.pause(alerts["held"], because=Held.RELAY_REFUSES, by=WORKER)
    operations.cancel(alerts["cancelled"], by=rows.me)
    design = save_design(alerts["draft"], LONG[:50], by=rows.me)
    rows.add("/desk/mailings/designs/<int:design_id>", "a design", design_id=design.id)
    yield from alerts.items()


def _imports(rows: Rows) -> None:
    updates = the_list()
    for state in (TransferState.LOOKED_AT, TransferState.RUNNING, TransferState.DONE, TransferState.FAILED):
        transfer = _import(rows, updates, state)
        rows.add(f"{IMPORTS}/<int:transfer_id>", state.value, transfer_id=transfer.id)


def _import(rows: Rows, updates: MailingList, state: TransferState) -> Transfer:
    transfer = receive(BytesIO(PEOPLE), by=rows.me)
    if state is TransferState.LOOKED_AT:
        return transfer
    columns = ["email", "first_name", "country", ""]
    running.begin(transfer, updates, columns=columns, evidence=EVIDENCE, consented_at=clock.now(), by=rows.me)
    db.session.commit()
    if state is TransferState.CANCELLED:
        running.cancel(transfer, by=rows.me)
    if state is TransferState.DONE:
        running.run(transfer.id, 0, by=WORKER)
    if state is TransferState.FAILED:
        transfer.state, transfer.broken_line, transfer.ended_at = TransferState.FAILED, 7, clock.now()
    return db.session.get_one(Transfer, transfer.id)


def _others(rows: Rows) -> None:
    picture = all_pictures()[0]
    rows.add("/desk/media/<int:picture_id>", "a picture", picture_id=picture.id)
    target = db.session.scalars(select(Target).order_by(Target.id)).first()
    page = db.session.scalars(select(Page).order_by(Page.id)).first()
    assert target is not None
    assert page is not None
    rows.add("/desk/targets/<int:target_id>", "a target", target_id=target.id)
    _people(rows, page)
    for number, shut in enumerate((False, True)):
        name = f"{ARABIC} {LONG}"
        member = staff.invite(
            parse_address(f"{LONG[:40]}{number}@open-door.test".lower()),
            [StaffRole.EDITOR, StaffRole.SENDER],
            name=name,
            by=rows.me,
        )
        if shut:
            staff.shut_out(member, by=rows.me)


def _people(rows: Rows, page: Page) -> None:
    email = f"{LONG[:40]}.{LONG[:20]}@{LONG[:21]}.{LONG[:21]}.example.org".lower()
    person = make_supporter(email, first_name=LONG, last_name=ARABIC, country="KH", language="km")
    for name, bundle in bundles_of_every_kind(page, LONG, by=rows.me):
        rows.add("/desk/letters/bundles/<int:bundle_id>", name, bundle_id=bundle.id)
    letters_of_every_kind(page, person, by=rows.me)
    refused = make_supporter("no-more@example.org")
    suppress(parse_address("no-more@example.org").hash, SuppressionReason.COMPLAINT, by=rows.me)
    make_tag(LONG[:50], person)
    tags.remove(make_tag(ARABIC[:50], refused), by=rows.me)
    tags.rename(make_tag("press office", person), make_tag(KHMER[:50], person).name or "", together=True, by=rows.me)
    for name, who in (("one who wrote", person), ("one who wants no mail", refused)):
        for rest in ("", "/data", "/erase"):
            rows.add(f"/desk/people/<int:person_id>{rest}", name, person_id=who.id)


def _exports(rows: Rows) -> None:
    updates = the_list()
    gone = make_export(updates, rows.member)
    exports.remove(gone, by=rows.me)
    for name, export in (
        ("gone", gone),
        ("ready", make_export(updates, rows.member)),
        ("being made", ask_for(updates, rows.member)),
    ):
        rows.add("/desk/people/exports/<int:export_id>", name, export_id=export.id)


def _before_the_door(rows: Rows) -> None:
    invited = make_staff(StaffRole.EDITOR, email="invited@open-door.test", name="Invited")
    rows.add("/desk/join/<token>", "an invitation", token=invitation_url(invited).rpartition("/")[2])
    rows.add("/desk/sign-in", "nobody is in")
    rows.add("/desk/forgotten", "nobody is in")
