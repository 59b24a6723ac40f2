import inspect
from dataclasses import FrozenInstanceError, fields

import pytest

from email_templates import catalogue
from email_templates.catalogue import (
    CATALOGUE,
    ActReceipt,
    Alert,
    AlreadyDone,
    Confirmation,
    Email,
    FreshLink,
    LetterToTarget,
    Mailing,
    Newsletter,
    Update,
    Welcome,
)
from email_templates.environment import BODY
from email_templates.texts import TEMPLATES
from tests.factories.emails import every_email

FILES_OF_A_TEXT_MAIL = {"subject.txt", "body.txt"}


def test_every_email_is_in_the_catalogue() -> None:
    written = {
        found
        for _, found in inspect.getmembers(catalogue, inspect.isclass)
        if issubclass(found, Email) and found not in {Email, Mailing}
    }
    assert set(CATALOGUE) == written


def test_the_catalogue_and_the_folders_agree() -> None:
    folders = {path.parent.name for path in TEMPLATES.glob("*/subject.txt")}
    assert {email.folder for email in CATALOGUE} == folders


def test_a_folder_is_named_as_its_email() -> None:
    assert LetterToTarget.folder == "letter_to_target"
    assert Alert.folder == "alert"


@pytest.mark.parametrize("email", CATALOGUE, ids=lambda email: email.folder)
def test_an_email_is_one_folder_of_three_files_or_two_where_it_is_plain_text(email: type[Email]) -> None:
    wanted = FILES_OF_A_TEXT_MAIL | ({BODY} if email.has_html else set())
    assert {path.name for path in (TEMPLATES / email.folder).iterdir()} == wanted


def test_every_email_has_an_example() -> None:
    assert {type(email) for email in every_email("en")} == set(CATALOGUE)


@pytest.mark.requirement("B-20")
def test_what_a_machine_wrote_says_so_and_what_a_person_wrote_does_not() -> None:
    assert {email for email in CATALOGUE if not email.auto_submitted} == {LetterToTarget, Alert, Update, Newsletter}
    assert all(email.auto_submitted for email in (Confirmation, Welcome, ActReceipt, AlreadyDone, FreshLink))


@pytest.mark.requirement("B-14")
def test_only_mailings_are_bulk() -> None:
    assert {email for email in CATALOGUE if email.bulk} == {Alert, Update, Newsletter}


@pytest.mark.requirement("L-04")
def test_a_letter_to_a_target_is_plain_text() -> None:
    assert [email for email in CATALOGUE if not email.has_html] == [LetterToTarget]


@pytest.mark.requirement("C-14")
def test_a_confirmation_has_no_place_for_what_a_submitter_typed() -> None:
    assert {field.name for field in fields(Confirmation)} == {
        "letterhead",
        "language",
        "items",
        "link",
        "requested_at",
        "valid_days",
        "reminder",
    }


def test_an_email_cannot_be_changed() -> None:
    email = next(every_email("en"))
    with pytest.raises(FrozenInstanceError):
        email.language = "km"  # type: ignore[misc]  # that is what is refused
