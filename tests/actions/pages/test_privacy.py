from flask import Flask

from actions.pages.models import TargetRule
from actions.pages.privacy import named_for
from actions.pages.reaching import Chosen
from actions.targets.models import TargetKind
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_page, make_target

TEXT = "It goes to {target}, who represents {state}."


def test_whoever_writes_reads_the_names_of_those_whom_they_write_to(app: Flask) -> None:
    make_organisation()
    berlin = make_target(
        "berlin", country="DE", kind=TargetKind.AMBASSADOR, wordings={"en": {"name": "B", "state": "X"}}
    )
    council = make_target("council", wordings={"en": {"name": "C", "state": "X"}})
    home = make_target("home", wordings={"en": {"name": "H", "state": "X"}})
    rules = [Chosen(berlin, TargetRule.EMBASSY), Chosen(home, TargetRule.HOME), Chosen(council)]
    page = make_page(targets=rules)
    assert named_for(page, "en", "DE").filled(TEXT) == "It goes to B and C, who represents X."
    assert named_for(page, "en", "KH").filled(TEXT) == "It goes to H and C, who represents X."
    somebody = "whoever is responsible for the country that you live in, named before you write"
    assert named_for(page, "en").filled(TEXT) == f"It goes to {somebody}, who represents X."


def test_where_everybody_writes_to_the_same_their_names_stand_there_at_once(app: Flask) -> None:
    make_organisation()
    page = make_page(targets=[make_target("one", wordings={"en": {"name": "O", "state": "X"}})])
    assert named_for(page, "en").filled(TEXT) == "It goes to O, who represents X."
