"""Without its records nothing is accepted, and everybody is told so; with them back all goes on by itself."""

from typing import Literal

import pytest

from actions.rendering import TEXTS
from devserver.journeys import HISTORICAL
from email_templates.language import LANGUAGES, translations
from tests.factories.house import House

FACT = "We cannot take this in right now"
ACCEPTED = (
    "SELECT (SELECT count(*) FROM supporters), (SELECT count(*) FROM signatures), (SELECT count(*) FROM consents)"
)


@pytest.mark.parametrize("how", ["immediate", "killed"])
def test_a_friendly_503_then_the_same_programs_go_on(house: House, how: Literal["immediate", "killed"]) -> None:
    person = house.person(f"postgres-{how}")
    page = person.open(f"/a/{HISTORICAL}")
    programs, accepted = house.pids(), house.rows(ACCEPTED)
    if how == "killed":
        house.postgres.kill()
    else:
        house.postgres.stop("immediate")

    for language in LANGUAGES:
        said = translations(TEXTS, language).gettext(FACT)
        asked = person.open(f"/a/{HISTORICAL}?lang={language}")
        typed = person.submit(page, f"/a/{HISTORICAL}/sign", lang=language)
        for answer in (asked, typed):
            assert answer.status == 503
            answer.must_say(said)
            assert answer.headers["Retry-After"] == "60"
            assert answer.headers["Content-Language"] == language
    assert person.open("/health").status == 503
    house.sweep()

    house.postgres.start()
    assert house.rows(ACCEPTED) == accepted
    person.sign(page).must_say("Check your email")
    house.sweep_until(person.has_mail, "the worker goes on too")
    assert house.pids() == programs


@pytest.mark.requirement("O-01")
def test_what_was_acknowledged_outlives_a_power_cut_of_the_database(house: House) -> None:
    people = [house.person(f"cut-{number}") for number in range(3)]
    for person in people:
        page = person.open(f"/a/{HISTORICAL}")
        person.sign(page).must_say("Check your email")
        house.postgres.kill()
        house.postgres.start()
    house.sweep_until(lambda: all(person.has_mail() for person in people), "every acknowledged signature is mailed")


def test_a_mailing_survives_the_database_at_once_stopped_in_its_middle(house: House) -> None:
    house.catcher.rules.delay = 0.02
    house.send_mailing("stopped", 60)
    house.until(lambda: len(house.reached_of("stopped")) > 10, "the mailing begins")
    programs = house.pids()
    house.postgres.stop("immediate")
    house.postgres.start()
    house.catcher.rules.delay = 0.0
    house.deliver_until(lambda: len(house.reached_of("stopped")) == 60, "everybody is reached")
    assert house.pids() == programs
