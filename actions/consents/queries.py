import re
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, and_, exists, select
from sqlalchemy.dialects.postgresql import distinct_on
from sqlalchemy.orm import aliased

from actions import published
from actions.consents.models import Consent, ConsentEvent, ConsentPurpose, ConsentText
from actions.extensions import db, is_one_of
from actions.supporters.models import Supporter
from email_templates.language import SOURCE_LANGUAGE

_NAMED = re.compile(r"\{(page|list|target|state)\}")


class NoConsentText(LookupError):
    """A form cannot be shown without the sentence that one agrees to."""


def text_for(purpose: ConsentPurpose, language: str) -> ConsentText:
    """The newest wording in `language`, else in English. Raises NoConsentText where there is none."""
    return texts_for([purpose], language)[purpose]


def texts_for(purposes: Sequence[ConsentPurpose], language: str) -> dict[ConsentPurpose, ConsentText]:
    """As `text_for`, of several boxes by one query."""
    found = published.remembered(("consent texts", *purposes, language), lambda: _newest(purposes, language))
    for purpose in purposes:
        if purpose not in found:
            raise NoConsentText(purpose)
    return found


def _newest(purposes: Sequence[ConsentPurpose], language: str) -> dict[ConsentPurpose, ConsentText]:
    wanted = select(ConsentText).where(
        ConsentText.purpose.in_(purposes), ConsentText.language.in_([language, SOURCE_LANGUAGE])
    )
    # The reader's language after English, a newer version after an older: the last one stands.
    found = sorted(db.session.scalars(wanted), key=lambda text: (text.language == language, text.version))
    return {text.purpose: published.apart(text) for text in found}


def sentence(text: ConsentText, **names: str) -> str:
    """As it stands beside a box: `{page}`, `{list}`, `{target}` and `{state}` are the names given."""
    return _NAMED.sub(lambda found: names.get(found[1], found[0]), text.text)


def standing(supporter_id: int) -> Sequence[Consent]:
    """The newest record of each purpose and scope, where it is one of giving."""
    newest = (
        select(Consent)
        .where(Consent.supporter_id == supporter_id)
        .ext(distinct_on(Consent.purpose, Consent.page_id, Consent.list_id, Consent.target_id))
        .order_by(Consent.purpose, Consent.page_id, Consent.list_id, Consent.target_id, Consent.id.desc())
    )
    return [consent for consent in db.session.scalars(newest) if consent.event is ConsentEvent.GIVEN]


def history(supporter_id: int) -> Sequence[Consent]:
    return db.session.scalars(select(Consent).where(Consent.supporter_id == supporter_id).order_by(Consent.id)).all()


def given_for_list(list_id: int, supporter_ids: Collection[int]) -> dict[int, datetime]:
    """Supporter id -> when the newest yes to this list was said, wherever that was."""
    newest = (
        select(Consent.supporter_id, Consent.requested_at)
        .where(
            is_one_of(Consent.supporter_id, supporter_ids),
            Consent.purpose == ConsentPurpose.LIST,
            Consent.list_id == list_id,
            Consent.event == ConsentEvent.GIVEN,
        )
        .ext(distinct_on(Consent.supporter_id))
        .order_by(Consent.supporter_id, Consent.id.desc())
    )
    return {row.supporter_id: row.requested_at for row in db.session.execute(newest)}


def wants_case_news(page_id: int | ColumnElement[int]) -> ColumnElement[bool]:
    """In SQL, of a row of supporters: the newest word on news about this page is yes."""
    given, later = aliased(Consent), aliased(Consent)
    newer = exists().where(
        later.supporter_id == given.supporter_id,
        later.purpose == ConsentPurpose.CASE_NEWS,
        later.page_id == given.page_id,
        later.id > given.id,
    )
    return exists().where(
        and_(
            given.supporter_id == Supporter.id,
            given.purpose == ConsentPurpose.CASE_NEWS,
            given.page_id == page_id,
            given.event == ConsentEvent.GIVEN,
            ~newer,
        )
    )


def every_text() -> dict[tuple[ConsentPurpose, str], list[ConsentText]]:
    """(purpose, language) -> its versions, the newest first."""
    found: dict[tuple[ConsentPurpose, str], list[ConsentText]] = {}
    for text in db.session.scalars(select(ConsentText).order_by(ConsentText.version.desc())):
        found.setdefault((text.purpose, text.language), []).append(text)
    return found
