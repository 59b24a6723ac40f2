"""Days and times as a member reads and writes them: in their own zone, with the exact moment beside it."""

from collections.abc import Mapping
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from zoneinfo import TZPATH, ZoneInfo, available_timezones

from flask_login import current_user
from markupsafe import Markup

from actions import clock
from email_templates.language import SOURCE_LANGUAGE, format_date, format_moment

PLAIN = "UTC"
# The rest of the database are old names and abbreviations of these.
REGIONS = ["Africa", "America", "Antarctica", "Arctic", "Asia", "Atlantic", "Australia", "Europe", "Indian", "Pacific"]


class NotOneMoment(ValueError):
    """The clocks go over this time, or show it twice; the sentence says which."""


@cache
def zones() -> Mapping[str, list[tuple[str, str]]]:
    """Region -> (name, what one reads)."""
    every = sorted(available_timezones())
    known = {region: [(name, shown(name)) for name in every if name.startswith(f"{region}/")] for region in REGIONS}
    return {"Everywhere": [(PLAIN, PLAIN)], **known}


def is_zone(name: str) -> bool:
    return any(name == known for region in zones().values() for known, _ in region)


def shown(name: str) -> str:
    return name.replace("_", " ")


def zone_of_country(country: str) -> str:
    """To begin with; UTC for a country without any."""
    return _first_zones().get(country, PLAIN)


def my_zone() -> ZoneInfo:
    """Of whoever looks at the desk; UTC for a command."""
    return ZoneInfo(current_user.time_zone if current_user and current_user.is_authenticated else PLAIN)


def zone_words() -> str:
    """Beside a field in which a time is typed."""
    return f"As the clocks are in {shown(my_zone().key)}, the time zone of your account."


def local_time(moment: datetime) -> Markup:
    """`28 Nov, 12:33`; the year where it is another one."""
    mine, now = moment.astimezone(my_zone()), clock.now().astimezone(my_zone())
    return _marked(moment, f"{mine.day} {mine:%b}{'' if mine.year == now.year else f' {mine.year}'}, {mine:%H:%M}")


def local_day(moment: datetime) -> Markup:
    """`28 November 2026`."""
    return _marked(moment, format_date(moment.astimezone(my_zone()).date(), SOURCE_LANGUAGE))


def spoken(moment: datetime) -> str:
    """`12:33 CET`, within a sentence."""
    mine = moment.astimezone(my_zone())
    name = mine.tzname() or ""
    return f"{mine:%H:%M} {name if name.isalpha() else f'UTC{name}'}"


def spoken_day(moment: datetime) -> str:
    return f"{moment.astimezone(my_zone()):%d %B}"


def moment_of(typed: datetime, zone: ZoneInfo) -> datetime:
    """What a member means by a time without a zone. Raises NotOneMoment."""
    before, after = (typed.replace(tzinfo=zone, fold=fold) for fold in (0, 1))
    if before.utcoffset() == after.utcoffset():
        return before.astimezone(UTC)
    where = f"{typed:%H:%M} on {typed.day} {typed:%B %Y} in {shown(zone.key)}"
    if before.astimezone(UTC).astimezone(zone).replace(tzinfo=None) == typed:
        raise NotOneMoment(f"The clocks go back that night, so there are two times {where}. Choose one an hour away.")
    raise NotOneMoment(f"The clocks go forward then, so there is no {where}. Choose one an hour away.")


@cache
def _first_zones() -> Mapping[str, str]:
    """Of each country the one that zone.tab names first, which has most of its people where it has several."""
    tables = [path for folder in TZPATH if (path := Path(folder) / "zone.tab").is_file()]
    lines = tables[0].read_text(encoding="utf-8").splitlines() if tables else []
    rows = [line.split("\t") for line in lines if not line.startswith("#")]
    return {row[0]: row[2] for row in reversed(rows)}


def _marked(moment: datetime, words: str) -> Markup:
    exact = moment.astimezone(UTC)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(
        exact.isoformat(timespec="seconds"), format_moment(exact, SOURCE_LANGUAGE), words
    )
