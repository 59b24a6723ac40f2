"""An open page with its words, and whom its letters go to."""

from datetime import timedelta
from typing import Any

from actions import clock
from actions.extensions import db
from actions.pages.models import Page, PageState, PageTarget, PageWording
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


def make_page(slug: str = "free-her", *, targets: list[Target] | None = None, **changes: Any) -> Page:
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
    for position, target in enumerate(targets or []):
        db.session.add(PageTarget(page_id=page.id, target_id=target.id, position=position))
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
