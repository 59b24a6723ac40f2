"""An open page with its words, and whom its letters go to."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select

from actions import clock
from actions.actors import OPERATOR
from actions.extensions import db
from actions.pages.models import Page, PageState, PageTarget, PageWording, TargetRule
from actions.pages.operations import set_targets
from actions.pages.reaching import Chosen
from actions.targets.models import DeliveryMode, Target, TargetKind

PRIVACY = {
    "who_asks": "Open Door Fund asks.",
    "what_for": "To count and hand over your signature.",
    "who_gets_it": "The ambassador gets it,",
    "which_state": "who represents Cambodia.",
    "how_long": "Six months.",
    "how_to_withdraw": "By the link in every mail.",
}


def make_target(slug: str = "ambassador", **changes: Any) -> Target:
    values: dict[str, Any] = {
        "slug": slug,
        "kind": TargetKind.AMBASSADOR,
        "name": "Ambassador Example",
        "office": "Ambassador",
        "represents": "KH",
        "country": "US",
        "lines": ["Ambassador Example", "Embassy", "1 Street", "Washington, DC 20011"],
        "email": "ambassador@embassy.test",
        "languages": ["en"],
        "forms": {"en": {"salutation": "Your Excellency,", "close": "Yours respectfully,"}},
        "wordings": {"en": {"name": "Ambassador Example", "state": "the Kingdom of Cambodia"}},
        "delivery": DeliveryMode.EMAIL,
        "timezone": "America/New_York",
    }
    made = Target(**(values | changes))
    db.session.add(made)
    db.session.commit()
    return made


def make_page(slug: str = "free-her", *, targets: Sequence[Target | Chosen] | None = None, **changes: Any) -> Page:
    values: dict[str, Any] = {
        "slug": slug,
        "state": PageState.OPEN,
        "default_language": "en",
        "country": "KH",
        "goal": 1000,
        "action_until": clock.now() + timedelta(days=60),
        "legal_basis": {"article6": "6(1)(a)", "article9": "9(2)(a)"},
        "retention_months": 6,
        "created_at": clock.now(),
        "opened_at": clock.now(),
    }
    page = Page(**(values | changes))
    db.session.add(page)
    db.session.flush()
    add_wording(page)
    for position, one in enumerate(targets or []):
        chosen = one if isinstance(one, Chosen) else Chosen(one)
        values = {"rule": chosen.rule, "countries": list(chosen.countries), "position": position}
        db.session.add(PageTarget(page_id=page.id, target_id=chosen.target.id, **values))
    db.session.commit()
    return page


def add_wording(page: Page, language: str = "en", **changes: Any) -> PageWording:
    values: dict[str, Any] = {
        "page_id": page.id,
        "version": page.version,
        "language": language,
        "title": "Free her",
        "summary": "She spoke up and was jailed. Ask for her release.",
        "blocks": [{"type": "text", "html": "<p>She is a member of parliament.</p>"}],
        "lead": {"alt": "A gate", "caption": "", "credit": "Open Door Fund"},
        "petition": {"statement": "Release her at once.", "addressees": ["The Prime Minister"]},
        "letter": {"subject": "Please release her", "body": "I ask you to release her.", "points": []},
        "privacy": PRIVACY,
        "notes": {},
        "created_at": clock.now(),
    }
    made = PageWording(**(values | changes))
    db.session.add(made)
    db.session.flush()
    return made


def make_embassies(slug: str = "free-her", **changes: Any) -> Page:
    """From Austria one writes to an embassy; from Germany to a minister and, by post, to the president as well.

    From Egypt one writes to an embassy that reads Arabic alone and to the minister; from France to nobody.
    """
    berlin = _office("berlin", "Berlin Example", country="DE", accredited_to=["AT"])
    arabic = {"ar": {"salutation": "سعادة السفير،", "close": "مع الاحترام،"}}
    cairo = _office("cairo", "Cairo Example", country="EG", languages=["ar"], forms=arabic)
    dear = {"en": {"salutation": "Dear Minister,", "close": "Yours sincerely,"}}
    minister = _office("minister", "Minister Example", kind=TargetKind.MINISTER, country="KH", forms=dear)
    by_post: dict[str, Any] = {"kind": TargetKind.HEAD_OF_STATE, "delivery": DeliveryMode.POST, "email": None}
    president = _office("president", "President Example", country="KH", **by_post)
    rules = [
        Chosen(berlin, TargetRule.EMBASSY),
        Chosen(cairo, TargetRule.EMBASSY),
        Chosen(minister, TargetRule.COUNTRIES, ("DE", "EG")),
        Chosen(president, TargetRule.COUNTRIES, ("DE",)),
    ]
    page = make_page(slug, targets=rules, **changes)
    add_wording(page, "ar", letter={"subject": "أطلقوا سراحها", "body": "أرجو منكم.", "points": []})
    db.session.commit()
    return page


def with_rules(page: Page) -> Page:
    """Writers in most countries reach nobody."""
    every = list(db.session.scalars(select(Target).order_by(Target.id)))
    embassy = Chosen(every[0], TargetRule.EMBASSY)
    set_targets(page, [embassy, Chosen(every[1], TargetRule.COUNTRIES, ("DE", "KH", "VC"))], by=OPERATOR)
    return page


def _office(slug: str, name: str, **changes: Any) -> Target:
    said = {code: {"name": name, "state": "the Kingdom of Cambodia"} for code in ("en", "ar")}
    return make_target(slug, **({"name": name, "wordings": said, "email": f"{slug}@office.test"} | changes))
