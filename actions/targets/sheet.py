"""The directory as a table for a spreadsheet, and what a table that comes back would change in it."""

import csv
import hashlib
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from io import StringIO

from sqlalchemy import select
from werkzeug.datastructures import MultiDict

from actions.actors import Actor
from actions.extensions import db
from actions.spreadsheets import MARK, csv_lines, read_cell
from actions.staff import audit
from actions.targets.forms import FORMS, WORDINGS, TargetForm, slug_of
from actions.targets.models import DeliveryMode, Target
from actions.targets.operations import ADDRESS, TargetDetails, problems_of, save_targets
from actions.targets.usual import address_languages

MOST_ROWS = 2000
LARGEST_FILE = 4 * 1024 * 1024
PLAIN = ("slug", "name", "office", "represents", "country", "email", "timezone")
NUMBERS = ("max_per_hour", "max_per_day", "max_in_total")
COLUMNS = (
    *("slug", "kind", "name", "office", "represents", "accredited_to", "country", "lines", "delivery", "email"),
    *("spare_emails", "timezone", "opens_at", "closes_at", "open_days", *NUMBERS, "languages"),
    *(f"{code}_{name}" for code, said in address_languages().items() if said.is_ours for name in WORDINGS),
    *(f"{code}_{name}" for code in address_languages() for name in FORMS),
)
# For whoever reads the table; a table that comes back changes neither.
ONLY_TOLD = ("verified_on", "letters_wait_since")
# What a row of somebody new need not say.
USUAL = {"timezone": "UTC", "max_per_hour": "60", "max_per_day": "500"}
_SEPARATORS = ",;\t"


class NotATargetFile(Exception):
    """The sentence says what to do."""


@dataclass(frozen=True)
class Row:
    line: int
    cells: Mapping[str, str]


@dataclass(frozen=True)
class Refused:
    line: int
    name: str
    reasons: Sequence[str]


@dataclass(frozen=True)
class Change:
    """`before` is empty for somebody new; `fields`: column -> (what it says, what it would say)."""

    line: int
    target: Target | None
    details: TargetDetails
    fields: Mapping[str, tuple[str, str]]

    @property
    def is_to_be_verified(self) -> bool:
        return self.target is not None and not ADDRESS.isdisjoint(self.fields)


@dataclass(frozen=True)
class Plan:
    new: Sequence[Change]
    changed: Sequence[Change]
    unchanged: int
    refused: Sequence[Refused]

    @property
    def changes(self) -> Sequence[Change]:
        return [*self.new, *self.changed]

    @property
    def digest(self) -> str:
        """Another one as soon as it would do anything else."""
        done = [(one.details.slug, one.target.version if one.target else 0, one.fields) for one in self.changes]
        return hashlib.sha256(json.dumps(done).encode()).hexdigest()


def table_of(targets: Iterable[Target]) -> str:
    rows = [[*map(cells_of(target).get, COLUMNS), *_told(target)] for target in targets]
    return MARK + csv_lines([[*COLUMNS, *ONLY_TOLD], *rows])


def cells_of(target: Target | TargetDetails) -> dict[str, str]:
    """As TargetForm reads them, by its names of the fields."""
    cells = {name: str(getattr(target, name) or "") for name in (*PLAIN, *NUMBERS)}
    cells |= {"kind": target.kind.value, "delivery": target.delivery.value}
    cells |= {name: "\n".join(getattr(target, name)) for name in ("lines", "spare_emails")}
    cells |= {name: ", ".join(getattr(target, name)) for name in ("accredited_to", "languages", "open_days")}
    for name in ("opens_at", "closes_at"):
        moment = getattr(target, name)
        cells[name] = moment.strftime("%H:%M") if moment else ""
    for said in (target.forms, target.wordings):
        cells |= {f"{code}_{name}": word for code, words in said.items() for name, word in words.items()}
    return {name: cells.get(name, "") for name in COLUMNS}


def read_table(content: bytes) -> list[Row]:
    """Raises NotATargetFile."""
    if len(content) > LARGEST_FILE:
        raise NotATargetFile(f"This file is larger than {LARGEST_FILE // 1024 // 1024} MB. Split the table.")
    if b"\0" in content:
        raise NotATargetFile("This is no CSV file. Save your table as “CSV UTF-8” and choose that file.")
    head, *records = _records(text_of(content)) or [(1, [])]
    columns = _columns(head[1])
    if len(records) > MOST_ROWS:
        raise NotATargetFile(f"This file has {len(records):,} rows; {MOST_ROWS:,} at a time can come in. Split it.")
    return [Row(line, dict(zip(columns, map(read_cell, cells), strict=False))) for line, cells in records]


def text_of(content: bytes) -> str:
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        # As spreadsheets on Windows save it.
        return content.decode("cp1252", errors="replace")


def plan_of(rows: Iterable[Row]) -> Plan:
    """What bringing them in would do; it does nothing."""
    known = {target.slug: target for target in db.session.scalars(select(Target))}
    new, changed, refused, unchanged = [], [], [], 0
    seen: dict[str, int] = {}
    for row in rows:
        slug = row.cells.get("slug") or slug_of(row.cells.get("name", ""))
        if slug in seen:
            refused.append(Refused(row.line, slug, [f"line {seen[slug]} is about the same target"]))
            continue
        seen[slug] = row.line
        read = _read(row, slug, known.get(slug))
        if read is None:
            unchanged += 1
        elif isinstance(read, Refused):
            refused.append(read)
        elif read.target is None:
            new.append(read)
        else:
            changed.append(read)
    return Plan(new, changed, unchanged, refused)


def carry_out(plan: Plan, *, by: Actor) -> None:
    """Raises TargetRefused; a plan holds none that would be."""
    versions = {change.target.id: change.target.version for change in plan.changes if change.target}
    saved = save_targets([(change.details, change.target) for change in plan.changes], by=by)
    audit.note("brought in targets", by=by, after={"new": len(plan.new), "changed": len(plan.changed)})
    for target in saved:
        if target.id in versions:
            before, after = {"version": versions[target.id]}, {"version": target.version}
            audit.note("target saved", by=by, about=("target", target.id), before=before, after=after)


def _read(row: Row, slug: str, target: Target | None) -> Change | Refused | None:
    """None for one that stands there already."""
    given = {name: cell for name, cell in row.cells.items() if name in COLUMNS}
    before = cells_of(target) if target else {}
    if target and given.items() <= before.items():
        return None
    form = TargetForm.of(target, _typed(before | given if target else _begun(given)))
    if not form.validate():
        wrong = [f"{field.name}: {' '.join(field.errors).rstrip('.')}" for field in form if field.errors]
        return Refused(row.line, row.cells.get("name", "") or slug, wrong)
    details = form.details(target, slug)
    if problems := problems_of(details):
        return Refused(row.line, details.name, problems)
    after = cells_of(details)
    fields = {name: (before.get(name, ""), word) for name, word in after.items() if before.get(name, "") != word}
    return Change(row.line, target, details, fields) if fields else None


def _typed(cells: Mapping[str, str]) -> MultiDict[str, str]:
    typed = MultiDict(cells)
    typed.setlist("open_days", cells.get("open_days", "").lower().replace(",", " ").split())
    return typed


def _begun(given: Mapping[str, str]) -> dict[str, str]:
    way = DeliveryMode.EMAIL if given.get("email") else DeliveryMode.POST
    usual = {**USUAL, "kind": "other", "delivery": way.value}
    return usual | {name: cell for name, cell in given.items() if cell}


def _records(text: str) -> list[tuple[int, list[str]]]:
    """Each record with the line on which it begins."""
    first = text.partition("\n")[0]
    separator = max(_SEPARATORS, key=first.count)
    reader, line, found = csv.reader(StringIO(text, newline=""), delimiter=separator, strict=True), 1, []
    try:
        for cells in reader:
            if any(map(str.strip, cells)):
                found.append((line, cells))
            line = reader.line_num + 1
    except csv.Error as error:
        raise NotATargetFile(f"Line {line} is no CSV: a quotation mark there may never be closed.") from error
    return found


def _columns(head: Sequence[str]) -> list[str]:
    columns = ["_".join(read_cell(name).strip().lower().split()) for name in head]
    unknown = [name for name in columns if name and name not in COLUMNS and name not in ONLY_TOLD]
    twice = {name for name, number in Counter(columns).items() if name and number > 1}
    if not {"slug", "name"} & set(columns):
        raise NotATargetFile(
            "The first line names the columns; it needs “name” or “slug”. Export the targets to see how."
        )
    if unknown or twice:
        named = ", ".join(name[:40] for name in [*unknown, *sorted(twice)][:5])
        raise NotATargetFile(f"These columns are not known, or stand there twice: {named}. Rename or delete them.")
    return columns


def _told(target: Target) -> tuple[str, str]:
    days = (target.verified_at, target.waits_since)
    verified, waits = (moment.date().isoformat() if moment else "" for moment in days)
    return verified, waits
