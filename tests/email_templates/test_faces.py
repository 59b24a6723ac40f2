import pytest

from email_templates.faces import FACES, LATIN


@pytest.mark.parametrize("language", FACES)
def test_khmer_and_arabic_have_more_room_between_lines_than_latin(language: str) -> None:
    assert float(FACES[language].line) > float(LATIN.line)
    assert float(FACES[language].tight) > float(LATIN.tight)


@pytest.mark.parametrize("faces", [LATIN, *FACES.values()])
def test_every_face_ends_in_one_that_any_system_has(faces: object) -> None:
    assert str(getattr(faces, "display")).endswith("serif;")  # noqa: B009  # one of two kinds of face
    assert str(getattr(faces, "text")).endswith("sans-serif;")  # noqa: B009  # one of two kinds of face
