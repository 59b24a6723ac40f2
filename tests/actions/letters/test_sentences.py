import pytest

from actions.letters.sentences import Offered, offered, with_sentence

MODEL = "She harmed nobody.\n\nPlease tell me what you did."


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        (MODEL, "She harmed nobody.\n\nShe is ill.\n\nPlease tell me what you did."),
        ("Mine.\r\n\r\nPlease tell  me what you did.", "Mine.\n\nShe is ill.\n\nPlease tell  me what you did."),
        ("Mine.\n\nMy own end.", "Mine.\n\nMy own end.\n\nShe is ill."),
        ("Please tell me what you did.", "Please tell me what you did.\n\nShe is ill."),
        ("", "She is ill."),
        ("She  is\nill. And more.", "She  is\nill. And more."),
    ],
)
def test_a_sentence_comes_before_the_model_letters_end_else_last_and_only_once(body: str, expected: str) -> None:
    assert with_sentence(body, "She is ill.", MODEL) == expected
    assert with_sentence(expected, "She is ill.", MODEL) == expected


def test_each_sentence_says_whether_it_is_in_the_letter_and_what_it_means() -> None:
    assert offered(["Sie ist krank.", "Ein Arzt!"], ["She is ill.", "A doctor."], "Sie ist  krank.") == [
        Offered("Sie ist krank.", "She is ill.", is_in=True),
        Offered("Ein Arzt!", "A doctor.", is_in=False),
    ]
    assert [one.meaning for one in offered(["Eins.", "Zwei."], ["One."], "")] == ["", ""], "which is whose, none knows"
