import pytest

from actions.segments.rules import Acted, ActKind, Every, WantsNews
from actions.site.news_forms import READERS, TO_NOBODY
from actions.site.news_readers import KINDS, rule_for


@pytest.mark.parametrize(
    ("readers", "kind"), [("both", ActKind.ANY), ("signed", ActKind.SIGNED), ("wrote", ActKind.WROTE)]
)
def test_an_update_goes_to_those_who_did_it_and_want_news(readers: str, kind: ActKind) -> None:
    assert rule_for(readers, 7) == Every((Acted(7, kind), WantsNews(7)))


def test_every_choice_but_nobody_has_a_rule() -> None:
    assert set(KINDS) == set(READERS) - {TO_NOBODY}
