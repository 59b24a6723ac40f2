import pytest

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
    NotARule,
    OnList,
    Reads,
    Rule,
    Share,
    Some,
    WantsNews,
    from_json,
    tags_in,
    to_json,
)


@pytest.mark.parametrize(
    "rule",
    [
        OnList(3),
        Acted(7),
        WantsNews(7),
        HasTag(5),
        Acted(7, ActKind.WROTE),
        Acted(7, ActKind.ANY, 30),
        LivesIn(("DE", "KH")),
        Reads(("ar",)),
        CameBy("join"),
        JoinedWithin(30),
        ActiveWithin(90),
        MailedWithin(7),
        Share(10, 3),
        Not(Acted(7)),
        Every(()),
        Every((OnList(3), Not(Acted(7)))),
        Some((Acted(7), Every((WantsNews(8), OnList(3))))),
    ],
)
def test_a_rule_comes_back_from_json_as_it_was(rule: Rule) -> None:
    assert from_json(to_json(rule)) == rule


def test_the_json_reads_like_the_rule() -> None:
    assert to_json(Every((OnList(3), Not(Acted(7))))) == {"every": [{"on_list": 3}, {"not": {"acted": 7}}]}


@pytest.mark.parametrize(
    "stored",
    [
        {},
        {"on_list": "3"},
        {"has_tag": "volunteer"},
        {"on_list": 3, "acted": 7},
        {"lives_in": "KH"},
        {"was_born_in": "KH"},
        {"acted": {"page": 7}},
        {"acted": {"page": 7, "kind": "shouted", "days": None}},
        {"share": {"percent": "10", "draw": 1}},
        {"joined_within": True},
        {"every": {"on_list": 3}},
        {"every": [{"nobody": 1}]},
        {"not": 3},
    ],
)
def test_what_is_half_understood_is_refused(stored: dict[str, object]) -> None:
    with pytest.raises(NotARule):
        from_json(stored)


def test_the_tags_that_a_rule_asks_about_are_found_however_deep() -> None:
    assert tags_in(Every((OnList(3), Not(HasTag(1)), Some((HasTag(2), Every((HasTag(4),))))))) == {1, 2, 4}
