import pytest
from werkzeug.datastructures import MultiDict

from actions.letters.keeping import addressed, is_text, kept

OURS = {
    "en": {"subject": "Release her", "body": "I ask you.\n\nPlease answer."},
    "ar": {"subject": "أطلقوا سراحها", "body": "أرجو منكم."},
    "km": {"subject": "ដោះលែងនាង", "body": "ខ្ញុំសូមស្នើ។"},
}
MINE = {"plain": "en", "subject": "Release her", "body": "My own words.", "first_name": "Ann"}


def test_own_words_stay_in_their_language() -> None:
    told, homeless = kept(MultiDict(MINE | {"subject_ar": "لها", "body_ar": "كلماتي."}), ["ar", "en"], OURS)
    assert told.to_dict() == {
        "plain": "en",
        "first_name": "Ann",
        "subject": "لها",
        "body": "كلماتي.",
        "body_en": "My own words.",
    }
    assert homeless == {}


def test_our_words_give_way_to_ours_in_the_other_language() -> None:
    ours = {"plain": "en", "subject": "Release her", "body": "I ask you.\r\n\r\nPlease answer. "}
    assert kept(MultiDict(ours), ["ar"], OURS)[0].to_dict() == {"plain": "en"}


def test_own_words_that_nobody_reads_now_stay_before_their_writer() -> None:
    told, homeless = kept(MultiDict(MINE), ["ar"], OURS)
    assert (told["body"], homeless) == ("My own words.", {})


def test_own_words_in_two_languages_are_both_kept() -> None:
    told, homeless = kept(MultiDict(MINE | {"body_ar": "كلماتي."}), ["ar"], OURS)
    assert told["body"] == "كلماتي."
    assert homeless == {"en": {"body": "My own words."}}


def test_a_text_that_was_emptied_is_no_text_of_ours() -> None:
    assert kept(MultiDict({"plain": "en", "body": ""}), ["en"], OURS)[0]["body"] == ""


@pytest.mark.parametrize(("field", "is_one"), [("body", True), ("subject_km", True), ("bodyguard", False), ("", False)])
def test_a_text_is_known_by_its_name(field: str, *, is_one: bool) -> None:
    assert is_text(field) is is_one


def test_each_form_of_address_stays_with_its_office() -> None:
    typed = MultiDict({"seen": "berlin", "salutation": "Dear Sir,", "body": "Words."})
    told, aside = addressed(typed, ["paris", "council"], {"berlin", "paris", "council"})
    assert (told.to_dict(), aside) == ({"seen": "berlin", "body": "Words."}, {"salutation_berlin": "Dear Sir,"})
    back = MultiDict(told.to_dict() | aside | {"seen": "paris council", "close_council": "Bye,", "close_nobody": "x"})
    told, aside = addressed(back, ["berlin"], {"berlin", "paris", "council"})
    assert (told["salutation"], aside) == ("Dear Sir,", {"close_council": "Bye,"})
