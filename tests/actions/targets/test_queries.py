import pytest

from actions.actors import OPERATOR
from actions.targets.models import DeliveryMode, Target, TargetKind
from actions.targets.operations import TargetDetails, save_target
from actions.targets.queries import (
    by_id,
    by_slug,
    close_in,
    letter_language,
    name_in,
    salutation_in,
    state_in,
    with_slugs,
)


@pytest.fixture
def merrin(app: object) -> Target:
    details = TargetDetails(
        slug="ambassador-oda-merrin",
        kind=TargetKind.AMBASSADOR,
        name="Ms. Oda Merrin",
        office="Ambassador",
        represents="XD",
        country="US",
        lines=["Her Excellency Ms. Oda Merrin", "Washington, DC 00000"],
        forms={
            "en": {"salutation": "Your Excellency,", "close": "Yours respectfully,"},
            "km": {"salutation": "សូមគោរពជូន", "close": "សូមទទួល"},
        },
        wordings={
            "en": {"name": "Ambassador Oda Merrin", "state": "the Republic of Tarenia"},
            "km": {"name": "លោកជំទាវ អូដា មែរីន", "state": "សាធារណរដ្ឋតារ៉េនីយ៉ា"},
        },
        languages=["en", "km"],
        delivery=DeliveryMode.POST,
    )
    return save_target(details, by=OPERATOR)


def test_a_sentence_names_a_target_in_its_own_language(merrin: Target) -> None:
    assert name_in(merrin, "km") == "លោកជំទាវ អូដា មែរីន"
    assert state_in(merrin, "km") == "សាធារណរដ្ឋតារ៉េនីយ៉ា"


def test_without_words_in_a_language_those_of_the_first_one_stand(merrin: Target) -> None:
    assert name_in(merrin, "fr") == "Ambassador Oda Merrin"
    assert state_in(merrin, "fr") == "the Republic of Tarenia"


def test_a_letter_is_written_in_a_language_in_which_the_target_can_be_addressed(merrin: Target) -> None:
    assert letter_language(merrin, "km") == "km"
    assert letter_language(merrin, "fr") == "en"
    assert salutation_in(merrin, "fr") == "Your Excellency,"
    assert close_in(merrin, "km") == "សូមទទួល"
    merrin.languages = ["fr", "km"]
    assert letter_language(merrin, "ar") == "km"


def test_targets_are_found_by_slug_and_in_the_order_asked_for(merrin: Target) -> None:
    assert by_slug(merrin.slug) is merrin
    assert by_id(merrin.id) is merrin
    assert by_slug("nobody") is None
    assert with_slugs([merrin.slug]) == [merrin]
    with pytest.raises(KeyError):
        with_slugs(["nobody"])
