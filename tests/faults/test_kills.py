"""`kill -9` at the worst moments: what was acknowledged is mailed, and a mailing loses nobody."""

import pytest

from devserver.journeys import HISTORICAL
from tests.factories.house import House

SIGNERS = 20
AUDIENCE = 200
# The most that one crash may send twice: what was on the wire and not yet recorded.
WINDOW = 128


@pytest.mark.requirement("O-01")
def test_every_acknowledged_signature_is_mailed_though_the_web_dies_after_each(house: House) -> None:
    people = [house.person(f"killed-{number}") for number in range(SIGNERS)]
    page = people[0].open(f"/a/{HISTORICAL}")
    for person in people:
        person.sign(page).must_say("Check your email")
        house.kill_children("web")
    assert house.programs["web"].poll() is None
    house.sweep_until(lambda: all(person.has_mail() for person in people), "every acknowledged signature is mailed")
    assert [len(person.mails()) for person in people] == [1] * SIGNERS


@pytest.mark.requirement("O-02", "O-08")
def test_a_mailing_loses_nobody_though_its_worker_dies_in_the_middle(house: House) -> None:
    house.catcher.rules.delay = 0.005
    house.send_mailing("worker", AUDIENCE)
    house.until(lambda: len(house.reached_of("worker")) > AUDIENCE // 3, "a third of the mailing goes")
    house.kill("worker")
    house.start("worker")
    house.deliver_until(lambda: len(house.reached_of("worker")) == AUDIENCE, "everybody is reached")

    copies = house.copies_of("worker")
    print(f"{copies - AUDIENCE} copies after a kill")
    assert copies <= AUDIENCE + WINDOW
    house.deliver_until(house.is_settled, "every row has its end")
    ids = house.message_ids_of("worker")
    assert len(ids) == AUDIENCE, "a copy carries the Message-ID of the first"
