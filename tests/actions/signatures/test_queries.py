import pytest
from flask import Flask

from actions.signatures import queries
from actions.signatures.models import SignatureState
from tests.factories.pages import make_page
from tests.factories.supporters import make_supporter, sign

S = SignatureState


@pytest.mark.parametrize("state", list(S))
def test_one_signature_of_a_person_stands_under_a_page(app: Flask, state: S) -> None:
    page, ann = make_page(), make_supporter()
    made = sign(page, ann, state)
    found = queries.standing(page.id, ann.id)
    assert (found is made) is (state in {S.COUNTED, S.INVALIDATED})
    assert queries.standing(make_page("other").id, ann.id) is None


def test_what_counts_and_what_stopped_counting_are_apart() -> None:
    assert not set(queries.ACTS.counting) & set(queries.ACTS.ended)
