import csv
from io import StringIO

import pytest

from actions.actors import Actor, Role
from actions.extensions import db
from actions.targets.models import Target
from actions.targets.queries import all_targets, by_slug
from actions.targets.sheet import (
    COLUMNS,
    LARGEST_FILE,
    MOST_ROWS,
    NotATargetFile,
    Plan,
    carry_out,
    cells_of,
    plan_of,
    read_table,
    table_of,
)
from tests.factories.pages import make_target

pytestmark = pytest.mark.usefixtures("app")
ANN = Actor(Role.STAFF, 1)
NEW = {
    "name": "Her Excellency Ms. Oda Merrin",
    "office": "Minister",
    "kind": "minister",
    "represents": "KH",
    "country": "KH",
    "lines": "Ms. Oda Merrin\nMinistry\nPhnom Penh",
    "en_name": "Minister Oda Merrin",
    "en_state": "the Kingdom of Cambodia",
    "en_salutation": "Your Excellency,",
    "en_close": "Yours sincerely,",
}


def table(*rows: dict[str, str], separator: str = ",") -> bytes:
    columns = list(dict.fromkeys(name for row in rows for name in row))
    written = StringIO()
    writer = csv.DictWriter(written, columns, delimiter=separator)
    writer.writeheader()
    writer.writerows(rows)
    return written.getvalue().encode()


def planned(*rows: dict[str, str]) -> Plan:
    return plan_of(read_table(table(*rows)))


def test_what_is_exported_comes_back_and_changes_nothing() -> None:
    make_target(
        accredited_to=["US", "MX"],
        open_days=["mon", "fri"],
        spare_emails=["press@embassy.test"],
        demonstration=True,
        office="=Ambassador",
        languages=["fr", "en", "it"],
        forms={
            "en": {"salutation": "Your Excellency,", "close": "Yours respectfully,"},
            "fr": {"envelope": "S.E.\nA", "salutation": "Excellence,", "close": "Veuillez agréer"},
            "it": {"salutation": "Eccellenza,", "close": "Con osservanza"},
        },
    )
    make_target("consul", name="+Consul", email=None, delivery="post")
    exported = table_of(all_targets())
    assert "'=Ambassador" in exported
    plan = plan_of(read_table(exported.encode()))
    assert (plan.changes, plan.refused, plan.unchanged) == ([], [], 2)


def test_the_same_file_twice_adds_a_target_once() -> None:
    plan = planned(NEW)
    assert [one.details.slug for one in plan.new] == ["her-excellency-ms-oda-merrin"]
    carry_out(plan, by=ANN)
    saved = by_slug("her-excellency-ms-oda-merrin")
    assert saved is not None
    assert (saved.max_per_hour, saved.delivery.value, saved.address_by) == (60, "post", ANN.id)
    again = planned(NEW)
    assert (again.changes, again.unchanged) == ([], 1)


@pytest.mark.requirement("L-11")
def test_a_change_is_told_field_by_field_and_a_changed_address_is_to_be_verified_anew() -> None:
    target = make_target(demonstration=True, verified_at=None)
    (change,) = planned({"slug": target.slug, "office": "Minister", "email": "new@embassy.test"}).changed
    assert change.fields == {
        "office": ("Ambassador", "Minister"),
        "email": ("ambassador@embassy.test", "new@embassy.test"),
    }
    assert change.is_to_be_verified
    (other,) = planned({"slug": target.slug, "office": "Minister"}).changed
    assert not other.is_to_be_verified


def test_an_empty_cell_empties_its_field_and_a_missing_column_leaves_it() -> None:
    target = make_target(demonstration=True, accredited_to=["US"], max_in_total=9)
    (change,) = planned({"slug": target.slug, "max_in_total": ""}).changed
    assert change.fields == {"max_in_total": ("9", "")}
    assert change.details.accredited_to == ["US"]


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({"represents": "Cambodia"}, "represents: Not a valid choice"),
        ({"kind": "king"}, "kind: Not a valid choice"),
        ({"email": "nobody"}, "email: This is not an email address"),
        ({"lines": "One line"}, "its address needs 2 to 8 lines"),
        ({"opens_at": "soon"}, "opens_at: Not a valid time value"),
        ({"open_days": "mon someday"}, "open_days: 'someday' is not a valid choice for this field"),
        ({"max_per_hour": "many"}, "max_per_hour: Not a valid integer value. Between 1 and 10,000"),
        ({"fr_salutation": "Excellence,"}, "there is no salutation and close in fr"),
        ({"slug": "No Slug"}, "its slug may hold small letters, digits and hyphens"),
        ({"en_name": ""}, "en_name: Write how a sentence names them"),
    ],
)
def test_a_row_that_no_letter_could_reach_is_refused_with_its_line_and_reason(
    cells: dict[str, str], reason: str
) -> None:
    plan = planned(NEW, NEW | {"name": "Another"} | cells)
    assert len(plan.new) == 1
    (refused,) = plan.refused
    assert refused.reasons == [reason]
    # The block of the first row takes three lines.
    assert refused.line == 5


def test_two_rows_about_one_target_are_not_both_taken() -> None:
    (refused,) = planned(NEW, NEW).refused
    assert refused.reasons == ["line 2 is about the same target"]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "The first line names the columns"),
        (b"\x89PNG\r\n\x1a\n\0\0", "This is no CSV file."),
        ("name,office".encode("utf-16"), "This is no CSV file."),
        (b"office\nMinister\n", "The first line names the columns"),
        (b"name,password\nOda,x\n", "are not known, or stand there twice: password"),
        (b"name,name\nOda,x\n", "are not known, or stand there twice: name"),
        (b'name\n"Oda\n', "Line 2 is no CSV"),
        (b"name\n" + b"x" * 200_000, "Line 2 is no CSV"),
        (b"name\n" + b"Oda\n" * (MOST_ROWS + 1), "2,000 at a time"),
        (b"name\n" + b"O" * LARGEST_FILE, "larger than 4 MB"),
    ],
)
def test_what_is_no_table_of_targets_is_refused_in_words(content: bytes, said: str) -> None:
    with pytest.raises(NotATargetFile) as refused:
        read_table(content)
    assert said in str(refused.value)


@pytest.mark.parametrize("separator", [";", "\t"])
def test_tables_of_other_makes_are_read(separator: str) -> None:
    (row,) = read_table(b"\xef\xbb\xbf" + table({"Name": "Müller", "office": "x"}, separator=separator))
    assert row.cells == {"name": "Müller", "office": "x"}
    (old,) = read_table("name,office\r\nMüller,x\r\n".encode("cp1252"))
    assert old.cells["name"] == "Müller"


def test_a_plan_has_another_digest_once_somebody_changed_a_target() -> None:
    target = make_target(demonstration=True)
    change = {"slug": target.slug, "office": "Minister"}
    first = planned(change).digest
    assert planned(change).digest == first
    db.session.get_one(Target, target.id).version += 1
    db.session.commit()
    assert planned(change).digest != first


def test_every_column_is_one_that_a_form_reads() -> None:
    target = make_target()
    assert list(cells_of(target)) == list(COLUMNS)
