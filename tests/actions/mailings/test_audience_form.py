import pytest
from flask import Flask
from werkzeug.datastructures import MultiDict

from actions.mailings.audience_form import (
    NotUnderstood,
    Row,
    checked,
    choices,
    read_rows,
    rows_of_rule,
    rule_of_rows,
)
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

EVERYTHING = Every(
    (
        Some((LivesIn(("DE", "KH")), Reads(("ar",)))),
        Not(Acted(7)),
        Acted(7, ActKind.SIGNED, 30),
        OnList(3),
        WantsNews(7),
        Not(HasTag(5)),
        CameBy("join"),
        JoinedWithin(30),
        ActiveWithin(90),
        Not(MailedWithin(3)),
        Share(10),
    )
)


def test_rows_say_what_the_rule_says() -> None:
    rows = rows_of_rule(EVERYTHING)
    assert rows is not None
    assert rule_of_rows(rows) == EVERYTHING


@pytest.mark.parametrize(
    "rule", [Not(Every(())), Some((Every((OnList(1), OnList(2))), OnList(3))), Reads(("ar", "km"))]
)
def test_a_rule_of_another_form_has_no_rows(rule: Rule) -> None:
    assert rows_of_rule(rule) is None


def test_rows_are_read_as_typed_and_empty_ones_left_out() -> None:
    form = MultiDict(
        {
            "what-0": "country",
            "value-0": " de kh ",
            "not-0": "not",
            "what-1": "",
            "value-1": "ignored",
            "what-2": "language:ar",
            "join-2": "or",
            "what-3": "source",
            "do": "remove:3",
        }
    )
    rows = read_rows(form)
    assert rows == [Row(what="country", value="de kh", negated=True), Row(what="language:ar", alternative=True)]
    assert rule_of_rows(rows) == Every((Some((Not(LivesIn(("DE", "KH"))), Reads(("ar",)))),))


@pytest.mark.parametrize(
    ("what", "value"),
    [
        ("country", ""),
        ("country", "Germany"),
        ("joined", "soon"),
        ("joined", "0"),
        ("active", "9999999999"),
        ("share", "101"),
        ("share", ""),
        ("source", ""),
        ("signed:x", ""),
        ("signed:7", "x"),
        ("language:xx", ""),
        ("nonsense", ""),
        ("list:99999999999999999999", ""),
        ("tag:x", ""),
        ("joined", "٣x"),
    ],
)
def test_what_is_not_understood_is_said_beside_its_row(what: str, value: str) -> None:
    row = Row(what=what, value=value)
    with pytest.raises(NotUnderstood):
        rule_of_rows([row])
    (said,) = checked([row])
    assert said.wrong


def test_pages_lists_and_languages_are_there_to_choose(app: Flask) -> None:
    page, updates, tag = make_page(), make_list(), make_tag("volunteer")
    offered = {value for _, options in choices() for value, _ in options}
    assert {
        f"signed:{page.id}",
        f"news:{page.id}",
        f"list:{updates.id}",
        f"tag:{tag.id}",
        "language:km",
        "mailed",
    } <= offered
