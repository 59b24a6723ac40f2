"""That each journey goes well is held by tests/journeys; this is how they are played."""

from devserver.journeys import JOURNEYS, Stage, mail_link, play
from devserver.visitor import JourneyFailed, Mail

NOWHERE = Stage("http://localhost:9", {})


def goes_well(stage: Stage) -> str:
    return f"at {stage.base_url}"


def fails(_: Stage) -> str:
    raise JourneyFailed("no mail came")


def finds_nobody(stage: Stage) -> str:
    return stage.visitor().open("/").text


def test_a_journey_that_fails_says_why_and_the_others_are_played() -> None:
    results = play(NOWHERE, (fails, finds_nobody, goes_well))
    assert [(name, well) for name, well, _, _ in results] == [
        ("fails", False),
        ("finds nobody", False),
        ("goes well", True),
    ]
    assert results[0][2] == "no mail came"
    assert results[2][2] == "at http://localhost:9"


def test_every_journey_says_what_it_is() -> None:
    assert len(JOURNEYS) == 10
    assert all(journey.__doc__ for journey in JOURNEYS)


def test_a_mail_without_such_a_link_has_none() -> None:
    assert mail_link(Mail("s", "a", "", ["http://localhost/c/x"], {}), "/t/") == ""
