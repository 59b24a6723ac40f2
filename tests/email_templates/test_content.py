from email_templates.content import ACT, Picture
from email_templates.sanitising import is_web_address


def test_the_word_for_the_act_can_never_be_an_address() -> None:
    assert not is_web_address(ACT)


def test_a_picture_knows_its_shape() -> None:
    assert Picture("https://x.test/a.jpg", 1200, 675) == Picture(url="https://x.test/a.jpg", width=1200, height=675)
