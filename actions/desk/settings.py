"""Settings: the organisation as everybody sees it, who its mail comes from, and whether mail leaves."""

from collections.abc import Mapping, Sequence
from urllib.parse import urlsplit

from flask import redirect, request
from flask.typing import ResponseReturnValue
from sqlalchemy import select

from actions import clock
from actions.config import settings
from actions.deliveries.models import Delivery, DeliveryState, Lane
from actions.deliveries.operations import queue
from actions.deliveries.relays import ADVICE, OTHER, troubles
from actions.extensions import db
from actions.media.queries import all_pictures
from actions.organisation.models import Organisation
from actions.organisation.operations import OrganisationDetails, OrganisationRefused, save_organisation, save_sender
from actions.organisation.queries import letterhead, senders
from actions.staff.access import acting, allowed, desk_blueprint, me
from actions.staff.audit import note
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.unsaved import keeps_words
from actions.transaction import transaction
from email_templates.catalogue import RelayTest
from email_templates.language import LANGUAGES, SOURCE_LANGUAGE, countries

blueprint = desk_blueprint("settings", "/settings")
HOME = "/desk/settings"
LANES = {
    Lane.NOW: ("Answers to what people do", "Confirmations, thanks, and people's own links."),
    Lane.LETTERS: ("Letters to targets", "The writer's name stands before it; answers go to the writer."),
    Lane.BULK: ("Newsletters, alerts and updates", "A subdomain of its own keeps the others' good name."),
}
WORDS = ("name", "about", "supervisory_authority")
LINES = ("name", "contact_email", "contact_url", "data_protection", "supervisory_authority", "donation_url")
DONE = {"saved": "Saved. Everybody sees it from now on."}
STATES = {
    DeliveryState.SENT: "The mail server took it. Look in your mailbox, also among the spam.",
    DeliveryState.FAILED: "The mail server refused it for good.",
    DeliveryState.UNKNOWN: "The line broke at the last moment: it may have arrived or not.",
    DeliveryState.DEFERRED: "The mail server did not take it yet. It is tried again by itself.",
    DeliveryState.SUPPRESSED: "It was not sent: your address is on the list of those that want no mail.",
}
UNDER_WAY = "It is on its way. If this stays so for a minute, the worker of the lane “now” does not run."


@blueprint.get("")
@allowed(StaffRole.ADMIN)
def show_settings() -> ResponseReturnValue:
    return render_desk("desk/settings/index.html")


@blueprint.get("/organisation")
@allowed(StaffRole.ADMIN)
def show_organisation() -> ResponseReturnValue:
    return _organisation(_typed_of(_organisation_now()))


@blueprint.post("/organisation")
@allowed(StaffRole.ADMIN)
@keeps_words
def change_organisation() -> ResponseReturnValue:
    try:
        with transaction():
            saved = save_organisation(_details(_organisation_now()), by=acting())
            note("changed the organisation", by=acting(), about=(Organisation.__tablename__, saved.id))
    except OrganisationRefused as refused:
        return _organisation(request.form, refused.problems, 422)
    return redirect(f"{HOME}/organisation?done=saved", 303)


@blueprint.get("/senders")
@allowed(StaffRole.ADMIN)
def show_senders() -> ResponseReturnValue:
    found = senders()
    typed = {
        f"{lane.value}-{name}": getattr(found.get(lane.value), name, "") or ""
        for lane in LANES
        for name in ("name", "address", "reply_to")
    }
    return _senders(typed)


@blueprint.post("/senders")
@allowed(StaffRole.ADMIN)
def change_senders() -> ResponseReturnValue:
    try:
        with transaction():
            _save_senders()
            note("changed the senders", by=acting())
    except OrganisationRefused as refused:
        return _senders(request.form, refused.problems, 422)
    return redirect(f"{HOME}/senders?done=saved", 303)


@blueprint.get("/relay")
@allowed(StaffRole.ADMIN)
def show_relay() -> ResponseReturnValue:
    url = urlsplit(settings().smtp_url)
    newest = select(Delivery).where(Delivery.kind == RelayTest.folder, Delivery.about_id == me().id)
    test = db.session.scalars(newest.order_by(Delivery.id.desc()).limit(1)).one_or_none()
    return render_desk(
        "desk/settings/relay.html",
        host=url.hostname or "",
        port=url.port,
        has_login=bool(url.username),
        troubles=[(one, ADVICE.get(one.trouble, OTHER)) for one in troubles()],
        test=test,
        says=STATES.get(test.state, UNDER_WAY) if test else "",
    )


@blueprint.post("/relay/test")
@allowed(StaffRole.ADMIN)
def test_relay() -> ResponseReturnValue:
    with transaction():
        email = RelayTest(letterhead=letterhead(SOURCE_LANGUAGE), language=SOURCE_LANGUAGE, requested_at=clock.now())
        queue(email, to=me(), lane=Lane.NOW, about_id=me().id, by=acting())
        note("sent a test mail", by=acting())
    return redirect(f"{HOME}/relay", 303)


def _save_senders() -> None:
    """All of them or none. Raises OrganisationRefused with a sentence for each that is wrong."""
    problems = []
    for lane, (title, _) in LANES.items():
        name, address, reply_to = (
            " ".join(request.form.get(f"{lane.value}-{part}", "").split()) for part in ("name", "address", "reply_to")
        )
        try:
            save_sender(lane.value, name, address, reply_to or None, by=acting())
        except OrganisationRefused:
            problems.append(f"{title}: give a name, and addresses such as hello@example.org.")
    if problems:
        raise OrganisationRefused(problems)


def _organisation_now() -> Organisation | None:
    return db.session.scalars(select(Organisation)).one_or_none()


def _typed_of(found: Organisation | None) -> dict[str, str]:
    """As the form sends it."""
    if found is None:
        return {"default_language": SOURCE_LANGUAGE}
    typed = {name: getattr(found, name) or "" for name in (*LINES, "country", "default_language", "logo", "colour")}
    typed["postal_lines"] = "\n".join(found.postal_lines)
    typed["networks"] = "\n".join(f"{one['name']} {one['url']}" for one in found.networks)
    for language, words in found.wordings.items():
        typed |= {f"{language}-{name}": words.get(name, "") for name in WORDS}
    return typed


def _details(found: Organisation | None) -> OrganisationDetails:
    lines = {name: " ".join(request.form.get(name, "").split()) for name in LINES}
    for optional in ("contact_url", "donation_url"):
        lines[optional] = lines[optional] or None  # type: ignore[assignment]  # these two may be missing
    wordings = {}
    for language in LANGUAGES:
        said = {name: " ".join(request.form.get(f"{language}-{name}", "").split()) for name in WORDS}
        if any(said.values()):
            wordings[language] = {name: text for name, text in said.items() if text}
    logo = next((picture for picture in all_pictures() if picture.digest == request.form.get("logo")), None)
    return OrganisationDetails(
        **lines,
        postal_lines=_lines("postal_lines"),
        networks=[
            {"name": name.strip(), "url": url} for name, _, url in (one.rpartition(" ") for one in _lines("networks"))
        ],
        country=request.form.get("country", ""),
        default_language=request.form.get("default_language", ""),
        wordings=wordings,
        demonstration=found is not None and found.demonstration,
        logo=logo.digest if logo else None,
        logo_width=logo.width if logo else None,
        logo_height=logo.height if logo else None,
        colour=request.form.get("colour", "").strip().lower() or None,
    )


def _networks() -> list[dict[str, str]]:
    """A line each: a name, then a link."""
    parts = [line.rpartition(" ") for line in _lines("networks")]
    return [{"name": name.strip(), "url": url} for name, _, url in parts]


def _lines(name: str) -> list[str]:
    return [" ".join(line.split()) for line in request.form.get(name, "").splitlines() if line.strip()]


def _organisation(typed: Mapping[str, str], problems: Sequence[str] = (), status: int = 200) -> ResponseReturnValue:
    return render_desk(
        "desk/settings/organisation.html",
        status,
        typed=typed,
        problems=problems,
        languages=LANGUAGES.values(),
        lands=countries(SOURCE_LANGUAGE),
        pictures=all_pictures(),
        done=DONE.get(request.args.get("done", "")),
    )


def _senders(typed: Mapping[str, str], problems: Sequence[str] = (), status: int = 200) -> ResponseReturnValue:
    return render_desk(
        "desk/settings/senders.html",
        status,
        typed=typed,
        problems=problems,
        lanes={lane.value: words for lane, words in LANES.items()},
        done=DONE.get(request.args.get("done", "")),
    )
