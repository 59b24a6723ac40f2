from actions.letters.aids import Aids
from actions.pages.model_letters import ModelLetter
from actions.pages.models import PageWording

MODEL = ModelLetter("de", "Zu [Ort]", "Ich schreibe, weil [warum].", ("Sie ist krank.",))


def aids(body: str = MODEL.body, subject: str = MODEL.subject) -> Aids:
    return Aids(MODEL, subject, body)


def test_gaps_of_subject_and_body_are_open_until_somebody_fills_them() -> None:
    assert aids().open_gaps == ("Ort", "warum")
    assert aids("Ich schreibe, weil ich Hebamme bin.").open_gaps == ("Ort",)
    assert aids("Weil ich Hebamme bin.", "Zu Dorvane").open_gaps == ()


def test_a_picked_sentence_is_ours_as_the_model_letter_is() -> None:
    picked = aids().with_sentence(0)
    assert picked == "Ich schreibe, weil [warum].\n\nSie ist krank."
    assert aids(picked).own_share == 0
    assert aids().with_sentence(1) == MODEL.body
    assert aids(picked).measure("en").startswith("So far these are our words alone.")


def test_a_reader_of_another_language_is_told_what_a_sentence_means() -> None:
    english = PageWording(language="en", letter={"sentences": ["She is ill."]})
    german = PageWording(language="de", letter={"sentences": ["Sie ist krank."]})
    assert [one.meaning for one in aids().sentences(english)] == ["She is ill."]
    assert [one.meaning for one in aids().sentences(german)] == [""]
    assert [one.meaning for one in aids().sentences(PageWording(language="km", letter={}))] == [""]


def test_what_is_longer_than_a_letter_may_be_is_not_looked_through_and_loses_nothing() -> None:
    endless = aids("x " * 1_000_000 + "[warum]")
    assert endless.open_gaps == ("Ort",)
    assert endless.own_share == 100
    assert len(endless.with_sentence(0)) > 2_000_000
