"""Bundles of letters in each of their states, as the desk and the worker leave them.

`python -m tests.factories.bundles 450`: so many letters that wait for a bundle, in the database of the environment.
"""

import sys
from collections.abc import Callable, Iterator
from io import BytesIO
from typing import Any

from PIL import Image

from actions import clock
from actions.actors import OPERATOR, WORKER, Actor
from actions.app import create_app
from actions.extensions import db
from actions.letters import binding, bundling, handing_over, telling
from actions.letters.bundling import pieces
from actions.letters.handing_over import Handed
from actions.letters.models import Bundle, Letter
from actions.media.operations import rewritten
from actions.pages.models import Page, PageTarget
from actions.targets.models import DeliveryMode, Target, WaitsWhy
from actions.targets.waiting import let_wait
from tests.factories.letters import make_letter, make_supporter
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target


def page_with_bundles(**values: Any) -> tuple[Page, Target]:
    """Whose target takes letters in bundles."""
    make_organisation()
    make_list()
    target = make_target(**({"delivery": DeliveryMode.BUNDLE, "email": None} | values))
    return make_page(targets=[target]), target


def write(page: Page, target: Target, names: str, **changes: Any) -> list[Letter]:
    """A letter of each of these first names, ready."""
    letters = []
    for name in names.split():
        writer = make_supporter(f"{name.lower()}@example.org", first_name=name)
        letters.append(make_letter(page, target, writer, **({"first_name": name} | changes)))
    return letters


def bound(page: Page, target: Target, *, by: Actor = OPERATOR) -> Bundle:
    bundle = handing_over.begin(page, target, by=by)
    db.session.commit()
    made_of(bundle)
    return bundle


def made_of(bundle: Bundle, kept: Callable[[], None] = lambda: None) -> None:
    """As a worker makes it; `kept` is called after each part."""
    while binding.step(bundle.id, by=WORKER):
        db.session.commit()
        kept()
    db.session.commit()


def file_of(bundle: Bundle) -> bytes:
    return b"".join(pieces(bundle.id, bundle.parts))


def brought(bundle: Bundle, *, by: Actor = OPERATOR, **values: Any) -> int:
    handed = Handed(**({"on": clock.now(), "place": "Geneva", "handed_by": "Ruth Okoro"} | values))
    number = handing_over.hand_over(bundle, handed, digest=bundle.digest or "", by=by)
    db.session.commit()
    return number


def a_receipt() -> bytes:
    drawn = BytesIO()
    Image.new("RGB", (40, 30), (200, 30, 30)).save(drawn, "PNG")
    return drawn.getvalue()


def bundles_of_every_kind(page: Page, long: str, *, by: Actor) -> Iterator[tuple[str, Bundle]]:
    """From this page to a target of its own, in each state; and letters that wait for the next one, or may not go."""
    target = make_target("bundled", name=f"Ms. {long}", delivery=DeliveryMode.BUNDLE, email=None)
    db.session.add(PageTarget(page_id=page.id, target_id=target.id, position=9))
    db.session.commit()
    for name in ("given up", "handed over", "being told", "made", "made anew", "being made"):
        write(page, target, f"Ann-{name.replace(' ', '-')}")
        bundle = handing_over.begin(page, target, by=by)
        if name != "being made":
            made_of(bundle)
        if name == "given up":
            handing_over.void(bundle, by=by)
        if name in {"handed over", "being told"}:
            brought(bundle, by=by, place=long, handed_by=long, receipt=rewritten(a_receipt()))
        while name == "handed over" and telling.step(bundle.id, by=WORKER):
            db.session.commit()
        if name == "made anew":
            bundling.make_anew(bundle.id, by=by)
            made_of(bundle)
            bundle.left_out = 2
        db.session.commit()
        yield name, bundle
    write(page, target, "Zoe")
    flagged = make_target("flagged", name=f"Ms. {long}", delivery=DeliveryMode.BUNDLE, email=None, max_in_total=1)
    db.session.add(PageTarget(page_id=page.id, target_id=flagged.id, position=10))
    write(page, flagged, "Yva Xia")
    let_wait(flagged, WaitsWhy.ASKED, by=by)
    db.session.commit()


def main() -> None:
    with create_app().app_context():
        target = make_target("office", delivery=DeliveryMode.BUNDLE, email=None)
        write(make_page("for-the-office", targets=[target]), target, " ".join(writers(int(sys.argv[1]))))


def writers(number: int) -> list[str]:
    """Their first names."""
    return [f"W{one:05}" for one in range(number)]


if __name__ == "__main__":
    main()
