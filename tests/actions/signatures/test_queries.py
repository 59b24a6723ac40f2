import pytest
from flask import Flask
from sqlalchemy.exc import NoResultFound

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


def test_the_same_words_by_the_same_address_are_found_while_they_wait(app: Flask) -> None:
    page, ann = make_page(), make_supporter()
    made = sign(page, ann, S.UNCONFIRMED)
    assert queries.waiting(page.id, ann.id, [b"x" * 32, made.content_hash]) is made
    for supporter_id, hashes in ((ann.id, [b"x" * 32]), (ann.id + 1, [made.content_hash])):
        with pytest.raises(NoResultFound):
            queries.waiting(page.id, supporter_id, hashes)


def test_what_counts_and_what_stopped_counting_are_apart() -> None:
    assert not set(queries.ACTS.counting) & set(queries.ACTS.ended)
