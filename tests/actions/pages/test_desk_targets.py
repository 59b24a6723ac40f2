import pytest
from flask.testing import FlaskClient

from actions.actors import OPERATOR
from actions.extensions import db
from actions.pages.models import Page, PageState, TargetRule
from actions.pages.queries import chosen_of, page_by_slug, standing_words, targets_of
from actions.pages.starting import copy_page
from actions.staff.roles import StaffRole
from actions.targets.models import TargetKind
from tests.factories.desk import Desk, at_the_desk
from tests.factories.organisation import make_organisation
from tests.factories.page_words import make_picture
from tests.factories.pages import make_page, make_target
from tests.factories.target_fields import FIELDS


@pytest.fixture
def desk(client: FlaskClient) -> Desk:
    make_organisation()
    return at_the_desk(client, StaffRole.EDITOR)


@pytest.fixture
def whole(desk: Desk) -> Page:
    """A draft that may be opened."""
    make_picture("gate")
    page = make_page(state=PageState.DRAFT, opened_at=None, targets=[make_target()], lead_picture="gate")
    db.session.commit()
    return page


def reread(page: Page) -> Page:
    db.session.expire_all()
    return db.session.get_one(Page, page.id)


def test_targets_are_picked_or_added_and_fill_the_gaps(desk: Desk) -> None:
    desk.post("/desk/pages/new", kind="letter", title="Free her", country="KH", language="en")
    page = page_by_slug("free-her")
    assert page is not None
    answer = desk.post(f"/desk/pages/{page.id}/targets/new", **FIELDS)
    assert answer.status_code == 303, answer.get_data(as_text=True)
    assert [target.name for target in targets_of(reread(page))] == [FIELDS["name"]]
    assert "Ambassador Oda Merrin" in standing_words(page)["en"].privacy["who_gets_it"]
    known = make_target("another")
    desk.post(f"/desk/pages/{page.id}/targets", target=[known.id])
    assert [target.slug for target in targets_of(reread(page))] == ["another"]


def test_a_target_that_no_letter_could_reach_is_refused_and_what_was_typed_stays(desk: Desk, whole: Page) -> None:
    answer = desk.post(f"/desk/pages/{whole.id}/targets/new", **(FIELDS | {"email": ""}))
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert "It takes letters by email but has no address" in html
    assert "Her Excellency Ms. Oda Merrin" in html


def test_a_rule_is_chosen_for_each_and_who_writes_to_whom_is_shown(desk: Desk, whole: Page) -> None:
    path = f"/desk/pages/{whole.id}/targets"
    (embassy,) = targets_of(whole)
    embassy.accredited_to = ["US", "MX"]
    ministry = make_target("ministry", name="Ministry Example", kind=TargetKind.MINISTER)
    company = make_target("company", name="Company Example", kind=TargetKind.COMPANY)
    assert 'id="whom"' not in desk.get(path), "everybody writes to everybody"
    rules = {f"rule-{embassy.id}": "embassy", f"rule-{ministry.id}": "home", f"rule-{company.id}": "countries"}
    rules |= {f"countries-{company.id}": "Germany, mx, Germany"}
    answer = desk.post(path, target=[embassy.id, ministry.id, company.id], **rules)
    assert answer.headers["Location"] == f"{path}?done=rules#whom"
    found = {one.target.slug: (one.rule, one.countries) for one in chosen_of(reread(whole))}
    assert found == {
        "ambassador": (TargetRule.EMBASSY, ()),
        "ministry": (TargetRule.HOME, ()),
        "company": (TargetRule.COUNTRIES, ("DE", "MX")),
    }
    shown = desk.get(f"{path}?done=rules")
    table = shown.partition('id="whom"')[2].partition("</section>")[0]
    for words in ("United States", "Germany", "Mexico", "more countries", "Ministry Example"):
        assert words in table
    assert "nobody" not in table
    assert ">Germany, Mexico<" in shown, "they are named as they were typed"
    copied = copy_page(reread(whole), "Another", by=OPERATOR)
    assert chosen_of(copied) == chosen_of(whole)


@pytest.mark.parametrize(
    ("rule", "countries", "said"),
    [
        ("countries", "Atlantis, France", "No country has the name Atlantis."),
        ("countries", " , ", "Write the countries"),
        ("embassy", "", "This is no embassy"),
    ],
)
def test_a_rule_that_says_nothing_is_refused_and_what_was_typed_stays(
    desk: Desk, whole: Page, rule: str, countries: str, said: str
) -> None:
    company = make_target("company", kind=TargetKind.COMPANY)
    typed = {f"rule-{company.id}": rule, f"countries-{company.id}": countries}
    answer = desk.post(f"/desk/pages/{whole.id}/targets", target=[company.id], **typed)
    html = answer.get_data(as_text=True)
    assert answer.status_code == 422
    assert said in html
    assert f">{countries}</textarea>" in html
    assert [target.slug for target in targets_of(reread(whole))] == ["ambassador"]


def test_countries_that_reach_nobody_are_told_here_and_on_the_page_s_screen(desk: Desk, whole: Page) -> None:
    (embassy,) = targets_of(whole)
    desk.post(f"/desk/pages/{whole.id}/targets", target=[embassy.id], **{f"rule-{embassy.id}": "embassy"})
    assert "nobody: the form says so" in desk.get(f"/desk/pages/{whole.id}/targets")
    shown = desk.get(f"/desk/pages/{whole.id}")
    assert "countries reach nobody" in shown
    assert "Open the page now" in shown
    desk.post(f"/desk/pages/{whole.id}/targets", target=[embassy.id], **{f"rule-{embassy.id}": "home"})
    embassy.country = "XX"
    db.session.commit()
    desk.post(f"/desk/pages/{whole.id}/targets", target=[embassy.id], **{f"rule-{embassy.id}": "embassy"})
    shown = desk.get(f"/desk/pages/{whole.id}")
    assert "Letters reach nobody" in shown
    assert "Open the page now" not in shown
