from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from werkzeug.datastructures import MultiDict
from wtforms import HiddenField, RadioField

from actions.consents.models import ConsentPurpose, ConsentText
from actions.consents.operations import Ticked
from actions.pages.privacy import Named
from actions.rendering import gettext, words
from actions.signatures.models import ShowName
from actions.supporters.forms import PublicForm, address_field, country_field, name_field, text_field, tick_box

LONGEST_COMMENT = 1000


@dataclass(frozen=True)
class ConsentTexts:
    """The sentences beside the boxes, as they stand in the reader's language."""

    sign: ConsentText
    show_name: ConsentText
    case_news: ConsentText
    list: ConsentText


@dataclass(frozen=True)
class WishToSign:
    """What a browser sent, in order. The act itself is consented to by the button on the confirm page."""

    first_name: str
    last_name: str
    country: str
    show_name: ShowName
    comment: str
    ticked: tuple[Ticked, ...]


class SignForm(PublicForm):
    email = address_field()
    first_name = name_field(words("First name"), words("Please write your first name."))
    last_name = name_field(words("Last name"), words("Please write your last name."))
    country = country_field(words("Please choose your country."))
    show_name = RadioField(words("Your name on this page and in what we hand over"), validate_choice=False)
    comment = text_field(words("Why you sign"), longest=LONGEST_COMMENT)
    news = tick_box()
    join = tick_box()
    next = HiddenField()

    def __init__(  # noqa: PLR0913  # what the page around it decides
        self,
        typed: MultiDict[str, str] | None,
        *,
        language: str,
        slug: str,
        page_id: int,
        list_id: int,
        texts: ConsentTexts,
        named: Named,
        proven: bool = False,
        known: Mapping[str, str] = MappingProxyType({}),
        **values: str,
    ) -> None:
        """`proven`: the mailbox was proven, so no address is asked for; nor what is `known`, field -> value."""
        super().__init__(typed, language=language, place=f"sign:{slug}", **values)
        self.page_id = page_id
        self.list_id = list_id
        self.texts = texts
        self.named = named
        self.show_name.choices = {
            ShowName.HIDDEN.value: gettext(language, "Hidden: only the number counts"),
            ShowName.INITIALS.value: gettext(language, "My initials"),
            ShowName.FULL.value: gettext(language, "My full name"),
        }
        if not self.show_name.data:
            self.show_name.data = ShowName.HIDDEN.value
        self.known = known
        for name in dict.fromkeys([*(["email"] if proven else []), *known]):
            del self[name]

    def wish(self) -> WishToSign:
        """Of a form that was found right."""
        return WishToSign(
            first_name=self._value("first_name"),
            last_name=self._value("last_name"),
            country=self._value("country"),
            show_name=self._shown(),
            comment=self.comment.data or "",
            ticked=tuple(self._ticked()),
        )

    def _value(self, name: str) -> str:
        return self.known[name] if name in self.known else str(self[name].data)

    def _shown(self) -> ShowName:
        """A plain yes, as from a tick box, means the full name."""
        chosen = self.show_name.data
        if chosen in list(ShowName):
            return ShowName(chosen)
        return ShowName.FULL if chosen in {"1", "on", "yes", "true", "y"} else ShowName.HIDDEN

    def _ticked(self) -> list[Ticked]:
        ticked = []
        if self._shown() is not ShowName.HIDDEN:
            ticked.append(Ticked(ConsentPurpose.SHOW_NAME, self.texts.show_name.id, page_id=self.page_id))
        if self.news.data:
            ticked.append(Ticked(ConsentPurpose.CASE_NEWS, self.texts.case_news.id, page_id=self.page_id))
        if self.join.data:
            ticked.append(Ticked(ConsentPurpose.LIST, self.texts.list.id, list_id=self.list_id))
        return ticked
