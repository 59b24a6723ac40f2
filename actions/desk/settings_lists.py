"""Settings: the lists that one may join, countries whose cases need care, and how long what is kept."""

from collections.abc import Mapping

from flask import redirect, request
from flask.typing import ResponseReturnValue

from actions.config import settings
from actions.extensions import Base, db
from actions.lists.models import MailingList
from actions.lists.operations import ListRefused, add_list, save_list
from actions.lists.queries import the_lists
from actions.pages.country_notes import all_notes, note_on, save_note
from actions.pages.starting import RETENTION_MONTHS
from actions.staff.access import acting, allowed, desk_blueprint
from actions.staff.audit import note
from actions.staff.roles import StaffRole
from actions.staff.screens import render_desk
from actions.staff.unsaved import keeps_words
from actions.transaction import transaction
from email_templates.language import LANGUAGES, SOURCE_LANGUAGE, countries

blueprint = desk_blueprint("settings_lists", "/settings")
HOME = "/desk/settings"
NAMES = dict(countries(SOURCE_LANGUAGE))
LONGEST = 2000


@blueprint.get("/lists")
@allowed(StaffRole.ADMIN)
def show_lists() -> ResponseReturnValue:
    return _lists()


@blueprint.post("/lists")
@allowed(StaffRole.ADMIN)
def add() -> ResponseReturnValue:
    try:
        with transaction():
            made = add_list(_wordings(), by=acting())
            note("added a list", by=acting(), about=(MailingList.__tablename__, made.id))
    except ListRefused:
        return _lists("A new list needs a name in at least one language.", 422)
    return redirect(f"{HOME}/lists", 303)


@blueprint.post("/lists/<int:list_id>")
@allowed(StaffRole.ADMIN)
def change(list_id: int) -> ResponseReturnValue:
    joined = db.get_or_404(MailingList, list_id)
    try:
        with transaction():
            save_list(joined.slug, joined.label, _wordings(), by=acting())
            note("changed a list", by=acting(), about=(MailingList.__tablename__, joined.id))
    except ListRefused:
        return _lists("Nothing was changed: a list needs a name in each language in which it is described.", 422)
    return redirect(f"{HOME}/lists", 303)


@blueprint.get("/countries")
@allowed(StaffRole.ADMIN)
def show_countries() -> ResponseReturnValue:
    country = request.args.get("country", "")
    country = country if country in NAMES else ""
    return render_desk(
        "desk/settings/countries.html",
        notes=all_notes(),
        names=NAMES,
        languages=LANGUAGES.values(),
        country=country,
        typed=note_on(country) if country else {},
    )


@blueprint.post("/countries")
@allowed(StaffRole.ADMIN)
@keeps_words
def change_country() -> ResponseReturnValue:
    country = request.form.get("country", "")
    if country in NAMES:
        said = {code: request.form.get(f"{code}-note", "")[:LONGEST] for code in LANGUAGES}
        with transaction():
            save_note(country, said, by=acting())
    return redirect(f"{HOME}/countries", 303)


@blueprint.get("/retention")
@allowed(StaffRole.VIEWER)
def show_retention() -> ResponseReturnValue:
    return render_desk(
        "desk/settings/retention.html",
        kept=_kept(),
        letter_text_days=settings().letter_text_days,
        delivery_days=settings().delivery_days,
        months=RETENTION_MONTHS,
    )


def _kept() -> list[tuple[str, str, str]]:
    """(what, what for, how long) of every personal column, as the tables themselves declare it."""
    found = {
        (mapper.local_table.name.replace("_", " "), personal.purpose, personal.retention)  # type: ignore[attr-defined]  # each of ours is a table
        for mapper in Base.registry.mappers
        for column in mapper.columns
        if (personal := column.info.get("personal")) is not None
    }
    return sorted(found)


def _wordings() -> Mapping[str, Mapping[str, str]]:
    wordings = {}
    for code in LANGUAGES:
        said = {name: " ".join(request.form.get(f"{code}-{name}", "").split()) for name in ("name", "description")}
        if any(said.values()):
            wordings[code] = said
    return wordings


def _lists(problem: str = "", status: int = 200) -> ResponseReturnValue:
    return render_desk(
        "desk/settings/lists.html",
        status,
        lists=the_lists(),
        languages=LANGUAGES.values(),
        problem=problem,
        typed=request.form if problem else {},
    )
