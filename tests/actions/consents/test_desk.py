import pytest
from flask.testing import FlaskClient

from actions.consents.models import ConsentPurpose
from actions.consents.queries import every_text, text_for
from actions.staff.roles import StaffRole
from tests.factories.desk import Desk, at_the_desk
from tests.factories.organisation import make_organisation

PATH = "/desk/consent-texts"


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.ADMIN)


@pytest.mark.requirement("C-31")
def test_an_edit_is_a_new_version_and_the_old_one_stays(desk: Desk) -> None:
    before = text_for(ConsentPurpose.SIGN, "en")
    answer = desk.post(PATH, purpose="sign", language="en", text="I sign, and I know what that shows.")
    assert answer.status_code == 303
    versions = every_text()[ConsentPurpose.SIGN, "en"]
    assert [text.text for text in versions] == ["I sign, and I know what that shows.", before.text]
    shown = desk.get(PATH)
    assert before.text in shown
    assert "I sign, and I know what that shows." in shown


def test_the_same_words_again_are_no_version(desk: Desk) -> None:
    for _ in range(2):
        desk.post(PATH, purpose="sign", language="km", text="ខ្ញុំចុះហត្ថលេខា")
    assert len(every_text()[ConsentPurpose.SIGN, "km"]) == 1


@pytest.mark.parametrize(
    ("purpose", "text", "said"),
    [
        ("sign", " ", "Write the sentence"),
        ("sign", "x" * 1001, "at most 1000 characters"),
        ("disclose", "Pass it on to {target}.", "{state}"),
        ("list", "Put me on it.", "{list}"),
    ],
)
def test_a_sentence_that_says_too_little_is_refused_and_stays_in_its_form(
    desk: Desk, purpose: str, text: str, said: str
) -> None:
    answer = desk.post(PATH, purpose=purpose, language="ar", text=text)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in html
    assert text.strip() in html
    assert (ConsentPurpose(purpose), "ar") not in every_text()
