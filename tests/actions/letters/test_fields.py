from wtforms import Form, StringField

from actions.letters.fields import part_of, with_words


class Plain(Form):
    first_name = StringField()


def test_a_form_has_a_text_for_each_language_and_a_greeting_for_each_of_several() -> None:
    made = with_words(Plain, ["de"], ["berlin", "council"])()
    greetings = {"salutation_berlin", "close_berlin", "salutation_council", "close_council"}
    assert {field.name for field in made} == {"first_name", "subject_de", "body_de", *greetings}
    assert {field.name for field in with_words(Plain, [], ["berlin"])()} == {"first_name"}


def test_a_field_says_which_part_of_the_letter_it_is() -> None:
    made = with_words(Plain, ["de"], ["a", "b"])()
    assert [part_of(made["subject_de"]), part_of(made["close_b"])] == ["subject", "close"]
