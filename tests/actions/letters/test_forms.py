import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from actions.consents.models import ConsentPurpose
from actions.consents.queries import text_for
from actions.letters.addressing import LetterTo, Offers
from actions.letters.fields import with_words
from actions.letters.forms import LetterForm
from actions.letters.models import NameShown
from actions.letters.paper_form import PaperForm
from actions.letters.wording import suggested
from actions.pages.privacy import Named
from actions.pages.queries import page_by_slug
from actions.targets.models import DeliveryMode, Target
from actions.tokens import Purpose, tokens
from tests.factories.pages import add_wording, make_page, make_target

NAMED = Named("", "")
TYPED = {"target": "ambassador", "email": "ann@example.org", "first_name": "Ann", "last_name": "Lee", "country": "DE"}


def make_form(
    targets: list[Target], kind: type[LetterForm] = LetterForm, *, flagged: bool = False, **typed: str
) -> LetterForm:
    """As the page makes it; stamped, with what was typed."""
    page = make_page(targets=targets, flagged=flagged)
    chosen = next((one for one in targets if one.slug == typed.get("target")), targets[0])
    each = {one.id: suggested(page, one, "en") for one in targets}
    to = LetterTo(page.slug, page.id, "Free her", flagged, targets, chosen, each[chosen.id], NAMED, each)
    offers = Offers(1, text_for(ConsentPurpose.CASE_NEWS, "en"), text_for(ConsentPurpose.LIST, "en"))
    sent: MultiDict[str, str] | None = None
    if typed:
        sent = MultiDict({"stamp": tokens.sign(Purpose.FORM, "write:free-her"), **TYPED, **typed})
    return with_words(kind, [], [one.slug for one in targets])(sent, language="en", to=to, offers=offers)


def test_it_is_filled_with_the_model_letter(target: Target) -> None:
    form = make_form([target])
    assert (form.subject.data, form.salutation.data) == ("Please release her", "Your Excellency,")
    assert form.name_shown.data == "full"


@pytest.mark.requirement("L-14")
def test_where_writing_is_risky_only_initials_are_shown_unless_one_says_otherwise(target: Target) -> None:
    form = make_form([target], flagged=True)
    assert (form.name_shown.data, form.shown) == ("initials", NameShown.INITIALS)


def test_a_good_letter_becomes_a_wish(target: Target) -> None:
    form = make_form([target], body="Please let her go.", news="y", salutation="", name_shown="organisation")
    assert form.validate(), form.errors
    ((to, wish),) = form.wishes()
    assert to is target
    assert (wish.words.body, wish.words.salutation) == ("Please let her go.", "Your Excellency,")
    assert wish.name_shown is NameShown.ORGANISATION
    assert [one.purpose for one in wish.ticked] == [ConsentPurpose.CASE_NEWS]


@pytest.mark.requirement("L-03", "L-05")
@pytest.mark.parametrize("field", ["subject", "salutation", "close", "first_name", "last_name", "street", "city"])
@pytest.mark.parametrize(
    "hostile", ["x\r\nBcc: evil@x.test", "x\nBcc: e", "=?utf-8?q?x=0d=0aBcc:_e@x?=", "a\x00b", "a\u2028b", "a\x85b"]
)
def test_what_could_make_a_header_is_refused_and_kept(target: Target, field: str, hostile: str) -> None:
    form = make_form([target], **{field: hostile})
    assert not form.validate()
    assert form.errors[field]
    assert form[field].data == hostile


@pytest.mark.requirement("L-05")
def test_what_hides_or_turns_text_is_taken_out(target: Target) -> None:
    form = make_form([target], subject="Free\u202e her\u200b", body="Let\u2066 her go\ufeff")
    assert form.validate()
    assert (form.subject.data, form.body.data) == ("Free her", "Let her go")


@pytest.mark.parametrize(("length", "right"), [(20_000, True), (20_001, False)])
def test_a_letter_has_at_most_twenty_thousand_characters(target: Target, length: int, *, right: bool) -> None:
    form = make_form([target], body="x" * length)
    assert form.validate() is right
    assert len(form.body.data) == length


@pytest.mark.requirement("L-04")
def test_links_stand_only_in_the_model_letter(target: Target) -> None:
    linked = make_form([target], body="See https://evil.test/now and www.evil.test")
    assert not linked.validate()
    assert "web addresses" in linked.errors["body"][0]


def test_paper_passes_no_mail_filter_so_it_may_hold_a_link(target: Target) -> None:
    form = make_form([target], PaperForm, body="See https://evil.test/now")
    assert form.validate(), form.errors


@pytest.mark.requirement("L-11")
def test_only_whom_the_page_names_can_be_written_to(target: Target) -> None:
    assert not make_form([target], target="evil@x.test").validate()


@pytest.mark.requirement("L-11")
def test_who_takes_letters_by_post_gets_none_by_email(app: Flask, target: Target) -> None:
    target.delivery = DeliveryMode.POST
    form = make_form([target], by="email")
    assert not form.validate()
    assert form.errors["target"]
    assert not form.offers_email


def test_each_of_several_is_addressed_in_the_writers_words_or_in_its_own_form(target: Target) -> None:
    minister = make_target("minister", forms={"en": {"salutation": "Dear Minister,", "close": "Sincerely,"}})
    typed = {"salutation_ambassador": "Dear Madam,", "close_minister": ""}
    form = make_form([target, minister], seen="ambassador minister", **typed)
    form.target.data = ["ambassador", "minister"]
    assert form.validate(), form.errors
    words = {to.slug: (wish.words.salutation, wish.words.close) for to, wish in form.wishes()}
    assert words == {
        "ambassador": ("Dear Madam,", target.forms["en"]["close"]),
        "minister": ("Dear Minister,", "Sincerely,"),
    }
    assert [one.name for one in form.parts[0].salutations] == ["salutation_ambassador", "salutation_minister"]


@pytest.mark.requirement("L-04")
def test_no_form_of_address_holds_a_link_or_is_too_long(target: Target) -> None:
    both = [target, make_target("minister")]
    typed = {"salutation_minister": "See https://example.org", "close_ambassador": "x" * 301}
    wrong = make_form(both, seen="ambassador minister", **typed)
    wrong.target.data = ["ambassador", "minister"]
    assert not wrong.validate()
    assert {"salutation_minister", "close_ambassador"} <= set(wrong.errors)


def test_by_post_no_address_is_needed(target: Target) -> None:
    form = make_form([target], by="post", email="")
    assert form.validate(), form.errors
    assert not form.by_email
    assert form.typed_for_post


def test_by_email_a_name_is_needed(target: Target) -> None:
    form = make_form([target], by="email", first_name="", last_name="")
    assert not form.validate()
    assert {"first_name", "last_name"} <= set(form.errors)


def test_what_is_known_is_not_asked_for(target: Target) -> None:
    page = make_page(targets=[target])
    to = LetterTo(page.slug, page.id, "Free her", False, [target], target, suggested(page, target, "en"), NAMED)  # noqa: FBT003  # not flagged
    offers = Offers(1, text_for(ConsentPurpose.CASE_NEWS, "en"), text_for(ConsentPurpose.LIST, "en"))
    form = LetterForm(None, language="en", to=to, offers=offers, known={"first_name": "Ann", "email": "a@b.test"})
    assert "first_name" not in form
    assert "email" not in form
    assert form.value("first_name") == "Ann"


def form_with_model(target: Target, model: str, kind: type[LetterForm] = LetterForm, **typed: str) -> LetterForm:
    page = page_by_slug("free-her") or make_page(targets=[target])
    page.version += 1
    add_wording(page, letter={"subject": "Please release her", "body": model, "points": []})
    least = int(typed.pop("least", "0"))
    chosen = suggested(page, target, "en")
    to = LetterTo(page.slug, page.id, "Free her", page.flagged, [target], target, chosen, NAMED, least_own_share=least)
    offers = Offers(1, text_for(ConsentPurpose.CASE_NEWS, "en"), text_for(ConsentPurpose.LIST, "en"))
    sent = MultiDict({"stamp": tokens.sign(Purpose.FORM, "write:free-her"), **TYPED, **typed})
    return kind(sent, language="en", to=to, offers=offers)


MODEL = "I write because [why this matters to you]. She has harmed nobody, and I ask you to release her today."


@pytest.mark.parametrize("kind", [LetterForm, PaperForm])
def test_a_letter_with_an_open_gap_comes_back_and_names_it(target: Target, kind: type[LetterForm]) -> None:
    form = form_with_model(target, MODEL, kind, body=MODEL)
    assert not form.validate()
    assert "[why this matters to you]" in form.errors["body"][0]
    assert form.body.data == MODEL
    mine = MODEL.replace("[why this matters to you]", "my mother was a midwife [as I am]")
    filled = form_with_model(target, MODEL, kind, body=mine)
    assert filled.validate(), filled.errors


@pytest.mark.requirement("L-18")
def test_a_page_may_ask_for_words_of_ones_own_and_says_how_many_are_missing(target: Target) -> None:
    model = MODEL.replace("[why this matters to you]", "she is brave")
    copied = form_with_model(target, model, body=model, least="25")
    assert not copied.validate()
    assert "at least 25 in a hundred words" in copied.errors["body"][0]
    assert copied.body.data == model
    own = f"{model}\n\nMy mother was a midwife too, and I know what it means when nobody comes at night."
    written = form_with_model(target, model, body=own, least="25")
    assert written.validate(), written.errors
    assert (written.wishes()[0][1].own_share or 0) > 25


def test_without_that_rule_the_model_letter_may_go_as_it_is(target: Target) -> None:
    model = "I ask you to release her."
    form = form_with_model(target, model, body=model)
    assert form.validate(), form.errors
    assert form.wishes()[0][1].own_share == 0
