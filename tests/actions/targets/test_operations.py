from dataclasses import replace
from datetime import time

import pytest

from actions import clock
from actions.actors import OPERATOR, Actor, Role
from actions.targets.models import DeliveryMode, TargetKind
from actions.targets.operations import TargetDetails, TargetRefused, problems_of, save_target

DETAILS = TargetDetails(
    slug="ambassador-hem-heng",
    kind=TargetKind.AMBASSADOR,
    name="Mr. Hem Heng",
    office="Ambassador Extraordinary and Plenipotentiary",
    represents="KH",
    country="US",
    lines=[
        "His Excellency Mr. Hem Heng",
        "Ambassador Extraordinary and Plenipotentiary",
        "Royal Embassy of Cambodia",
        "4530 16th Street, NW",
        "Washington, DC 20011",
    ],
    forms={"en": {"salutation": "Your Excellency,", "close": "Yours respectfully,"}},
    wordings={"en": {"name": "Ambassador Hem Heng", "state": "the Kingdom of Cambodia"}},
    languages=["en"],
    delivery=DeliveryMode.POST,
    timezone="America/New_York",
)


@pytest.mark.usefixtures("app")
def test_an_address_is_kept_line_by_line_exactly_as_given() -> None:
    assert save_target(DETAILS, by=OPERATOR).lines == DETAILS.lines


@pytest.mark.usefixtures("app")
def test_the_same_details_again_change_nothing() -> None:
    first = save_target(DETAILS, by=OPERATOR)
    again = save_target(DETAILS, by=OPERATOR)
    assert (again.id, again.version) == (first.id, 1)


@pytest.mark.usefixtures("app")
def test_a_change_is_the_next_version() -> None:
    save_target(DETAILS, by=OPERATOR)
    changed = save_target(replace(DETAILS, lines=[*DETAILS.lines[:3], "1 New Street", "Washington, DC"]), by=OPERATOR)
    assert changed.version == 2
    assert changed.lines[3] == "1 New Street"


@pytest.mark.requirement("L-11")
@pytest.mark.usefixtures("app")
def test_where_letters_go_is_verified_anew_once_it_has_changed_and_only_then() -> None:
    ann = Actor(Role.STAFF, 7)
    target = save_target(DETAILS, by=OPERATOR)
    target.verified_at, target.verified_by, target.verification_note, target.hard_bounces = clock.now(), 8, "Site", 1
    save_target(replace(DETAILS, office="Minister"), by=ann)
    assert (target.verified_by, target.address_by) == (8, None)
    save_target(replace(DETAILS, email="office@embassy.example.org"), by=ann)
    assert (target.verified_at, target.verified_by, target.verification_note) == (None, None, "")
    assert (target.address_by, target.hard_bounces) == (7, 0)


@pytest.mark.usefixtures("app")
def test_one_that_no_letter_could_reach_is_refused() -> None:
    with pytest.raises(TargetRefused) as refused:
        save_target(replace(DETAILS, lines=["His Excellency"]), by=OPERATOR)
    assert refused.value.problems == ["its address needs 2 to 8 lines"]


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"slug": "No Slug"}, "its slug may hold small letters, digits and hyphens"),
        ({"represents": "Cambodia"}, "'Cambodia' is no two-letter country code"),
        ({"languages": []}, "it reads no language"),
        ({"timezone": "Atlantis"}, "there is no time zone 'Atlantis'"),
        ({"timezone": "../../etc/passwd"}, "there is no time zone '../../etc/passwd'"),
        ({"lines": ["A\nBcc: x", "B"]}, "its address has an empty line, one over 60 characters, or control characters"),
        ({"delivery": DeliveryMode.EMAIL}, "it takes letters by email but has no address"),
        ({"email": "not an address"}, "its email address is not one"),
        ({"email": "a@embassy.test"}, "its email address is not one"),
        ({"email": "office@example.org", "spare_emails": ["x"]}, "'x' is no email address"),
        ({"languages": ["en", "km"]}, "there is no salutation and close in km"),
        ({"forms": {**DETAILS.forms, "fr": {"envelope": "A"}}}, "there is no salutation and close in fr"),
        ({"wordings": {}}, "there is no name and state in en"),
        ({"wordings": {**DETAILS.wordings, "km": {"name": "A"}}}, "there is no name and state in km"),
        (
            {"forms": {"en": {**DETAILS.forms["en"], "envelope": "H.E. {name}"}}},
            "{name} still stands on the envelope in en where the name belongs",
        ),
        ({"accredited_to": ["Mexico"]}, "'Mexico' is no two-letter country code"),
        ({"open_days": ["someday"]}, "'someday' is no day of the week"),
        ({"opens_at": time(9)}, "its office hours have only one end; give both, or none for the whole day"),
        ({"opens_at": time(9), "closes_at": time(9)}, "its office closes before it opens"),
        ({"max_per_hour": 0}, "it takes 1 to 10,000 letters an hour"),
        ({"max_per_day": 0}, "it takes 1 to 100,000 letters a day"),
        ({"max_in_total": 0}, "it takes at least one letter in all; leave that empty for any number"),
    ],
)
def test_each_fault_has_a_sentence(change: dict[str, object], problem: str) -> None:
    assert problem in problems_of(replace(DETAILS, **change))  # type: ignore[arg-type]  # one field each, as the table says


def test_only_a_demonstration_may_write_to_a_reserved_domain() -> None:
    to_nobody = replace(DETAILS, email="a@embassy.test", delivery=DeliveryMode.EMAIL, demonstration=True)
    assert problems_of(to_nobody) == []
