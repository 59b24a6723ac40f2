from flask import Flask
from werkzeug.datastructures import MultiDict

from actions.answers.forms import AnswerForm
from actions.answers.models import Question


def test_a_stamp_holds_for_one_question_alone(app: Flask) -> None:
    with app.test_request_context():
        shown = AnswerForm(None, Question(id=1), "en")
        shown.fresh_stamp()
        typed = MultiDict({"stamp": shown.stamp.data, "answer": " They  wrote.\r\nBack. "})
        right, other = AnswerForm(typed, Question(id=1), "en"), AnswerForm(typed, Question(id=2), "en")
        assert right.validate()
        assert right.answer.data == "They  wrote.\nBack."
        assert not other.validate()
