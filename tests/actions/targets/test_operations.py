from dataclasses import replace

import pytest

from actions.actors import OPERATOR
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
        ({"languages": ["en", "km"]}, "there is no salutation and close in km"),
    ],
)
def test_each_fault_has_a_sentence(change: dict[str, object], problem: str) -> None:
    assert problem in problems_of(replace(DETAILS, **change))  # type: ignore[arg-type]  # one field each, as the table says


def test_only_a_demonstration_may_write_to_a_reserved_domain() -> None:
    to_nobody = replace(DETAILS, email="a@embassy.test", delivery=DeliveryMode.EMAIL, demonstration=True)
    assert problems_of(to_nobody) == []
