import io

import pytest
from flask import Flask
from pypdf import PdfReader

from actions import clock
from actions.letters.typesetting import NoFontForScript
from actions.pages.models import Page
from actions.signatures.handing_over import Signer
from actions.signatures.models import Handover
from actions.transfers.petition_sheet import UNPRINTABLE, _without, petition_sheet
from tests.factories.organisation import make_organisation
from tests.factories.pages import make_page

SIGNERS = [
    Signer(1, "Ann Lee", "DE", "2026-11-24", "Let her go."),
    Signer(2, "សុខា ចាន់", "KH", "2026-11-24", ""),
    Signer(3, "سارة خليل", "JO", "2026-11-24", "أطلقوا سراحها"),
    Signer(4, "", "", "", "Without a name"),
]


@pytest.fixture
def page(app: Flask) -> Page:
    make_organisation()
    return make_page()


def handover(page: Page, volumes: int = 1) -> Handover:
    numbers = {"total": 5, "full": 3, "initials": 0, "hidden": 2, "comments": 3, "listed": 4}
    return Handover(
        page_id=page.id,
        frozen_at=clock.now(),
        digest="0123456789abcdef" * 4,
        contents={**numbers, "volumes": list(range(volumes))},
    )


def test_every_script_that_has_a_font_is_set(page: Page) -> None:
    assert petition_sheet(handover(page), page, SIGNERS, 1).startswith(b"%PDF-")
    assert len(petition_sheet(handover(page, 2), page, SIGNERS, 2)) > 5000


@pytest.mark.parametrize("name", ["สมชาย ใจดี", "Ann 🕊️ Lee", "\u200fآن", "x" * 500, "#set page(width: 1cm)", "a\nb"])
def test_a_hostile_or_unprintable_name_spoils_no_list(page: Page, name: str) -> None:
    signer = Signer(9, name, "DE", "2026-11-24", f"{name} wrote this")
    assert petition_sheet(handover(page), page, [*SIGNERS, signer], 1).startswith(b"%PDF-")


def test_only_what_cannot_be_printed_goes() -> None:
    thai, dove = NoFontForScript("Thai", "สม"), NoFontForScript("Zsym", "🕊")
    assert _without("Ann สมชาย!", thai) == f"Ann {UNPRINTABLE}!"
    assert _without("Free 🕊🕊 now!", dove) == f"Free {UNPRINTABLE} now!"


def test_a_part_is_read_back_with_its_numbers_and_digest(page: Page) -> None:
    pages = PdfReader(io.BytesIO(petition_sheet(handover(page), page, SIGNERS, 1))).pages
    text = "".join(one.extract_text() for one in pages)
    for said in ("Ann Lee", "Let her go.", "0123456789abcdef" * 2):
        assert said in text
