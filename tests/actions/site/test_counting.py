from flask import Flask

from actions.extensions import db
from actions.letters.models import LetterState
from actions.site.counting import recount_all, tally_all
from actions.transaction import transaction
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target
from tests.factories.supporters import make_supporter, sign, write


def test_signatures_letters_and_posted_letters_are_counted_apart(app: Flask) -> None:
    make_organisation()
    make_list()
    target = make_target()
    page = make_page(targets=[target])
    who = make_supporter()
    sign(page, who)
    write(page, who, target)
    write(page, make_supporter("ben@example.org"), target, LetterState.POSTED)
    db.session.commit()
    with transaction():
        assert tally_all() == 3
    db.session.refresh(page)
    assert (page.signature_count, page.letter_count, page.posted_count) == (1, 1, 1)


def test_the_command_counts_and_a_recount_repairs(app: Flask) -> None:
    make_organisation()
    page = make_page()
    sign(page, make_supporter())
    db.session.commit()
    said = app.test_cli_runner().invoke(args=["pages", "count"])
    assert said.output == "1 acts counted\n"
    page.signature_count = 9
    db.session.commit()
    with transaction():
        recount_all()
    db.session.refresh(page)
    assert page.signature_count == 1


def test_a_recount_keeps_letters_by_email_in_bundles_and_by_post_apart(app: Flask) -> None:
    make_organisation()
    make_list()
    target = make_target()
    page = make_page(targets=[target])
    for number, state in enumerate((LetterState.SENT, LetterState.SENT, LetterState.READY, LetterState.POSTED)):
        write(page, make_supporter(f"w{number}@example.org"), target, state).bundled = state is LetterState.READY
    db.session.commit()
    for count in (tally_all, recount_all):
        with transaction():
            count()
        db.session.refresh(page)
        assert (page.letter_count, page.bundled_count, page.posted_count) == (2, 1, 1)
