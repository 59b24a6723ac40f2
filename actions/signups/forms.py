import re
from dataclasses import dataclass

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField

from actions.addresses import Address
from actions.consents.models import ConsentPurpose, ConsentText
from actions.consents.operations import Ticked
from actions.rendering import words
from actions.supporters.forms import PublicForm, address_field, country_field, name_field

PLACE = "join"
# The field is hidden, not locked: what a browser sends in it is stored in plain, so it may be nothing but a slug.
_SLUG = re.compile(r"[a-z0-9]+(-[a-z0-9]+){0,12}")


@dataclass(frozen=True)
class WishToJoin:
    """What a browser sent, in order."""

    address: Address
    first_name: str
    country: str | None
    ticked: tuple[Ticked, ...]
    source: str


class JoinForm(PublicForm):
    """Joining is the consent, and the sentence that says so stands above the button; nothing else is asked for."""

    email = address_field()
    first_name = name_field(words("First name"))
    country = country_field()
    # The slug of the page that the form stood on.
    source = HiddenField()

    def __init__(
        self, typed: MultiDict[str, str] | None, *, language: str, list_id: int, text: ConsentText, source: str = "join"
    ) -> None:
        super().__init__(typed, language=language, place=PLACE, source=source)
        self.list_id = list_id
        self.text = text
        self.sentence = text.text

    def wish(self) -> WishToJoin:
        """Of a form that was found right."""
        return WishToJoin(
            address=self.address,
            first_name=self.first_name.data or "",
            country=self.country.data or None,
            ticked=(Ticked(ConsentPurpose.LIST, self.text.id, list_id=self.list_id),),
            source=self.source.data if _SLUG.fullmatch(self.source.data or "") else PLACE,
        )
