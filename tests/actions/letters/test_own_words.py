import pytest
from hypothesis import given
from hypothesis import strategies as st

from actions.letters.own_words import measure, own_share

MODELS = {
    "en": "I am writing to you about a midwife who was taken from her home three weeks ago. Please release her today.",
    "de": "Ich schreibe Ihnen wegen einer Hebamme, die man vor drei Wochen abholte. Bitte lassen Sie sie heute frei.",
    "fr": "Je vous écris au sujet d’une sage-femme emmenée de chez elle il y a trois semaines. Libérez-la aujourd’hui.",
    "es": "Le escribo por una partera a la que se llevaron de su casa hace tres semanas. Déjela en libertad hoy.",
    "ar": "أكتب إليكم بشأن قابلة اقتيدت من بيتها قبل ثلاثة أسابيع. أرجو الإفراج عنها اليوم.",
    "km": "ខ្ញុំសូមសរសេរអំពីឆ្មបម្នាក់ដែលត្រូវបានគេចាប់ពីផ្ទះកាលពីបីសប្ដាហ៍មុន។ សូមដោះលែងគាត់នៅថ្ងៃនេះ។",
}
# About as long as the models.
OWN = {
    "en": "My own daughter came into this world by the hands of such a woman, in a storm, without light or doctor.",
    "de": "Meine Tochter kam in einer Sturmnacht durch die Hände einer solchen Frau zur Welt, ohne Licht und Arzt.",
    "fr": "Ma propre fille est née une nuit de tempête entre les mains d’une femme comme elle, sans lumière.",
    "es": "Mi propia hija nació una noche de tormenta en manos de una mujer así, sin luz y sin ningún médico cerca.",
    "ar": "ولدت ابنتي في ليلة عاصفة على يد امرأة مثلها، بلا ضوء ولا طبيب، وما زلت أذكر صوتها.",
    "km": "កូនស្រីរបស់យើងបានកើតមកក្នុងយប់ព្យុះដោយដៃស្ត្រីបែបនេះ គ្មានភ្លើង គ្មានពេទ្យ ហើយយើងនៅចងចាំជានិច្ច។",
}


@pytest.mark.requirement("L-18")
@pytest.mark.parametrize("language", MODELS)
def test_the_model_letter_alone_is_nobodys_own_and_another_letter_all(language: str) -> None:
    model, own = MODELS[language], OWN[language]
    assert own_share(model, [model]) == 0
    assert own_share(model.upper().replace(" ", "\r\n "), [model]) == 0
    assert own_share(own, [model]) >= 90


@pytest.mark.parametrize("language", MODELS)
def test_half_and_half_is_about_half_wherever_it_stands(language: str) -> None:
    model, own = MODELS[language], OWN[language]
    for typed in (f"{own}\n\n{model}", f"{model}\n\n{own}"):
        assert 38 <= own_share(typed, [model]) <= 62, own_share(typed, [model])


@pytest.mark.parametrize("language", MODELS)
def test_a_sentence_of_ours_that_was_added_is_ours(language: str) -> None:
    model, offered = MODELS[language], OWN[language]
    assert own_share(f"{model}\n\n{offered}", [model, offered]) == 0
    assert own_share(f"{offered} {model}", [model, offered]) <= 5, "where two of ours meet"


@pytest.mark.parametrize("language", MODELS)
def test_what_is_taken_out_is_not_ones_own(language: str) -> None:
    model = MODELS[language]
    assert own_share(model[: len(model) // 2], [model]) <= 8


@pytest.mark.parametrize(
    ("typed", "ours", "expected"),
    [
        ("", ["x"], 0),
        ("?! … — \u200b\n", ["x"], 0),
        ("Free her", ["Free her"], 0),
        ("Free her", [], 100),
        ("Free her now please", ["Free her"], 100),
        ("ｆｒｅｅ　ｈｅｒ ＮＯＷ", ["free her now"], 0),
        ("u\u0308ber allen Gipfeln", ["über allen Gipfeln"], 0),
        ("\u0301\u0301\u0301", ["x"], 0),
    ],
)
def test_short_and_odd_texts(typed: str, ours: list[str], expected: int) -> None:
    assert own_share(typed, ours) == expected


@given(typed=st.text(max_size=400), ours=st.lists(st.text(max_size=200), max_size=3))
def test_it_is_a_percentage_of_whatever_is_typed(typed: str, ours: list[str]) -> None:
    assert 0 <= own_share(typed, ours) <= 100
    assert own_share(typed, [*ours, typed]) == 0


def test_a_letter_made_to_be_slow_is_not() -> None:
    assert own_share("a " * 10_000, ["a " * 10_000]) == 0
    assert own_share("ក" * 20_000, ["ក" * 19_999 + "ខ"]) == 0


@pytest.mark.parametrize(
    ("share", "said", "is_nudged"),
    [
        (0, "So far these are our words alone.", True),
        (2, "A little of this is your own.", True),
        (25, "About a quarter of this is your own.", True),
        (33, "About a third of this is your own.", True),
        (50, "About half of this is your own.", False),
        (70, "More than half of this is your own.", False),
        (100, "Nearly all of this is your own.", False),
    ],
)
def test_it_is_said_in_words_and_more_is_asked_for_gently(share: int, said: str, *, is_nudged: bool) -> None:
    shown = measure(share, "en")
    assert shown.startswith(said)
    assert ("weighs more than ten letters alike" in shown) is is_nudged
    assert all(measure(share, language) != shown for language in ("ar", "km"))
