"""A page's words and pictures as values, for the operations that store them."""

from io import BytesIO

from PIL import Image

from actions.actors import OPERATOR
from actions.media.models import Picture
from actions.media.operations import store_picture
from actions.pages.words import PageDetails, PageWords
from tests.factories.pages import PRIVACY

DETAILS = PageDetails(
    slug="free-her",
    country="KH",
    goal=1000,
    legal_basis={"article6": "6(1)(a)", "article9": "9(2)(a)"},
    retention_months=6,
    lead_picture="river.webp",
)
WORDS = PageWords(
    title="Free her",
    summary="She spoke up and was jailed. Ask for her release.",
    blocks=[{"type": "text", "html": "<p>She is a member of parliament.</p>"}],
    lead={"alt": "Drawing of a river", "caption": "A river", "credit": "Open Door Fund"},
    petition={"statement": "Release her at once.", "addressees": ["The Ambassador", "The Prime Minister"]},
    letter={"subject": "Please release her", "body": "I ask you to release her.", "points": []},
    privacy=PRIVACY,
)


def make_picture(name: str, width: int = 32, height: int = 20) -> Picture:
    drawn = BytesIO()
    Image.new("RGB", (width, height), (160, 90, 20)).save(drawn, "PNG")
    return store_picture(name, drawn.getvalue(), by=OPERATOR)
