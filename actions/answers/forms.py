from werkzeug.datastructures import MultiDict

from actions.answers.models import Question
from actions.rendering import words
from actions.supporters.forms import PublicForm, text_field


class AnswerForm(PublicForm):
    """What the office wrote, as its reader pastes it: plain text, and nothing but it."""

    answer = text_field(words("You may tell us what they said"))

    def __init__(self, typed: MultiDict[str, str] | None, question: Question, language: str) -> None:
        super().__init__(typed, language=language, place=f"answer:{question.id}")
