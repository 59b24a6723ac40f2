import pytest

from actions.organisation.colours import DARK, ENOUGH, LIGHT, can_be_read, contrast, shades


def test_contrast_is_as_the_standard_counts_it() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#ffffff", "#ffffff") == pytest.approx(1)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.requirement("A-06")
@pytest.mark.parametrize("colour", ["#ffcc00", "#fff", "red", "#A9341B", "", "#a9341b; } body { display: none"])
def test_what_cannot_be_read_or_is_no_colour_is_refused(colour: str) -> None:
    assert not can_be_read(colour)


@pytest.mark.parametrize("colour", ["#a9341b", "#000000", "#0f4c5c", "#5b2c83", "#0000ff"])
def test_a_dark_page_gets_a_lighter_shade_that_can_be_read(colour: str) -> None:
    assert can_be_read(colour)
    made = shades(colour)
    assert made.act == colour
    assert all(contrast(shade, other) >= ENOUGH for shade in made[:2] for other in LIGHT)
    assert all(contrast(shade, other) >= ENOUGH for shade in made[2:] for other in DARK)
