import pytest
from sqlalchemy.orm import scoped_session
from sqlalchemy.orm.session import Session

from actions.segments.describing import in_words
from actions.segments.rules import (
    Acted,
    ActiveWithin,
    ActKind,
    CameBy,
    Every,
    HasTag,
    JoinedWithin,
    LivesIn,
    MailedWithin,
    Not,
    OnList,
    Reads,
    Rule,
    Share,
    Some,
    WantsNews,
)
from tests.factories.organisation import make_list
from tests.factories.pages import make_page
from tests.factories.tags import make_tag

Db = scoped_session[Session]


def test_a_rule_reads_as_a_sentence(session: Db) -> None:
    updates, page = make_list(), make_page()
    alert = Every((OnList(updates.id), Not(Acted(page.id))))
    assert in_words(alert) == "Supporters who are on the list “Updates” and have not acted on “Free her”."
    assert in_words(Not(alert)) == "Supporters who are not on the list “Updates” or have acted on “Free her”."
    nested = Every((WantsNews(page.id), Some((OnList(updates.id), Acted(99)))))
    assert in_words(nested) == (
        "Supporters who want news about “Free her” and (are on the list “Updates” or have acted on “no. 99”)."
    )


@pytest.mark.parametrize(
    ("rule", "said", "said_of_the_others"),
    [
        (LivesIn(("DE", "KH")), "live in Germany or Cambodia", "do not live in Germany or Cambodia"),
        (Reads(("ar",)), "read Arabic", "do not read Arabic"),
        (HasTag(9), "carry the tag “no. 9”", "do not carry the tag “no. 9”"),
        (CameBy("join"), "came by “join”", "did not come by “join”"),
        (JoinedWithin(30), "joined in the last 30 days", "joined before the last 30 days"),
        (ActiveWithin(1), "were active in the last day", "were not active in the last day"),
        (MailedWithin(7), "were mailed in the last 7 days", "were not mailed in the last 7 days"),
        (Share(10), "are in a random 10 % (draw 1)", "are not in a random 10 % (draw 1)"),
        (
            Acted(9, ActKind.SIGNED, 30),
            "have signed “no. 9” in the last 30 days",
            "have not signed “no. 9” in the last 30 days",
        ),
    ],
)
def test_each_rule_has_its_words(session: Db, rule: Rule, said: str, said_of_the_others: str) -> None:
    assert in_words(rule) == f"Supporters who {said}."
    assert in_words(Not(rule)) == f"Supporters who {said_of_the_others}."


def test_a_tag_is_called_by_its_name_of_today(session: Db) -> None:
    tag = make_tag("volunteer")
    assert in_words(HasTag(tag.id)) == "Supporters who carry the tag “volunteer”."
