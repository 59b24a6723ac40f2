"""The charts of the desk: shapes without inline style, as long as their numbers, with the numbers in words."""

import pytest
from flask import Flask
from lxml import html

from actions.rendering import environment

POINTS = [("2026-11-28 22:00", 50), ("2026-11-28 23:00", 0), ("2026-11-29 00:00", 1_200)]
CHARTS = '{% from "desk/_macros/charts.html" import bar, columns with context %}'


def drawn(source: str, **context: object) -> html.HtmlElement:
    return html.fragment_fromstring(
        environment("en").from_string(CHARTS + source).render(context) or "<p></p>", create_parent=True
    )


@pytest.mark.parametrize(("number", "most", "width"), [(1, 3, "33.33"), (3, 3, "100.0"), (0, 3, "0.0"), (0, 0, "0")])
def test_a_bar_is_as_long_as_its_share(app: Flask, number: int, most: int, width: str) -> None:
    chart = drawn("{{ bar(number, most) }}", number=number, most=most)
    assert chart.xpath(".//rect/@width") == [width]


def test_a_column_is_as_high_as_its_share_and_says_its_number(app: Flask) -> None:
    chart = drawn('{{ columns("Accepted", points) }}', points=POINTS)
    assert chart.xpath(".//rect/@height") == ["4.17", "0", "100.0"]
    assert chart.xpath(".//rect/title/text()")[2] == "2026-11-29 00:00: 1,200"


def test_a_chart_is_named_with_its_highest(app: Flask) -> None:
    chart = drawn('{{ columns("Accepted", points) }}', points=POINTS)
    assert chart.xpath(".//svg[@role='img']/@aria-label") == ["Accepted: at most 1,200, at 2026-11-29 00:00"]
    assert chart.xpath(".//p[@aria-hidden]/bdi/text()") == ["2026-11-28 22:00", "2026-11-29 00:00"]


def test_of_nothing_there_is_no_chart(app: Flask) -> None:
    assert drawn('{{ columns("Acted", points) }}', points=[("2026-11-28 22:00", 0)]).xpath(".//svg") == []


def test_no_shape_carries_an_inline_style(app: Flask) -> None:
    chart = drawn('{{ bar(1, 2) }}{{ columns("Acted", points, "acted") }}', points=POINTS)
    assert chart.xpath("//@style | //style") == []
