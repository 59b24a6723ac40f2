import pytest
from werkzeug.datastructures import MultiDict

from actions.targets.forms import TargetForm, free_slug
from actions.targets.operations import problems_of
from tests.factories.pages import make_target
from tests.factories.target_fields import FIELDS

pytestmark = pytest.mark.usefixtures("app")


def test_what_was_typed_is_a_target_that_letters_can_reach() -> None:
    form = TargetForm.of(None, MultiDict(FIELDS))
    assert form.validate(), form.errors
    details = form.details(None)
    assert problems_of(details) == []
    assert details.lines == ["Her Excellency Ms. Oda Merrin", "Embassy", "Washington, DC 20011"]
    assert details.forms == {"en": {"salutation": "Your Excellency,", "close": "Yours respectfully,"}}
    assert details.languages == ["en"]


def test_another_language_counts_where_something_was_written_in_it() -> None:
    spoken = {"km_name": "លោកជំទាវ", "km_state": "កម្ពុជា", "km_salutation": "សូមគោរព", "km_close": "ដោយគោរព"}
    details = TargetForm.of(None, MultiDict(FIELDS | spoken)).details(None)
    assert details.languages == ["en", "km"]
    assert details.wordings["km"] == {"name": "លោកជំទាវ", "state": "កម្ពុជា"}


def test_what_is_known_is_shown_and_comes_back_as_it_was() -> None:
    target = make_target(represents="XD")
    form = TargetForm.of(target)
    details = form.details(target)
    assert (details.slug, details.represents, details.lines) == (target.slug, "XD", target.lines)
    assert dict(form.represents.choices)["XD"] == "XD"


def test_control_characters_and_empty_lines_are_taken_out() -> None:
    form = TargetForm.of(None, MultiDict(FIELDS | {"name": "Oda\r\nMerrin", "lines": "One\x07\r\n\r\n Two "}))
    assert (form.name.data, form.lines.data) == ("Oda Merrin", "One\nTwo")


def test_an_address_is_free() -> None:
    make_target("oda-merrin")
    assert free_slug("Oda Merrin") == "oda-merrin-2"
    assert free_slug("អូដា") == "target"
