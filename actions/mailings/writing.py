"""A draft while it is written: its words in each language, whom it goes to, and two people who do so at once."""

import secrets
from collections.abc import Sequence
from html import escape

from actions.actors import Actor
from actions.extensions import db
from actions.lists.models import MailingList
from actions.mailings import audience, designs, queries
from actions.mailings.models import Mailing, MailingDesign, MailingKind, MailingState, MailingText
from actions.mailings.operations import Words, WrongState, draft_mailing
from actions.mailings.reach import count_reach
from actions.organisation.queries import the_organisation
from actions.pages.models import Page, PageUpdate
from actions.pages.queries import languages, update_words, wordings
from actions.segments.rules import Rule, from_json, to_json
from actions.staff import audit
from email_templates.block_checking import sanitise_blocks
from email_templates.content import Block


class ChangedMeanwhile(Exception):
    """Somebody else has saved these words since they were opened; `text` is what stands now."""

    def __init__(self, text: MailingText) -> None:
        super().__init__(text.language)
        self.text = text


def begin_alert(page: Page, mailing_list: MailingList, *, by: Actor) -> Mailing:
    """With the page's own title, lead and appeal as a first draft, in each language that the page speaks."""
    words = [
        Words(language=one.language, subject=one.title, blocks=[_paragraph(one.summary)])
        for one in wordings(page).values()
    ]
    rule = audience.on_list(mailing_list.id, not_yet_acted_on=page.id)
    made = draft_mailing(
        MailingKind.ALERT, key=_new_key(), words=words, rule=rule, mailing_list=mailing_list, page=page, by=by
    )
    return _begun(made, by)


def begin_update(page: Page, update: PageUpdate, *, by: Actor) -> Mailing:
    """Its news, to those who signed or wrote and want to know what came of it."""
    words = []
    for language in languages(page):
        if language in update.wordings:
            told = update_words(update, language, page.default_language)
            blocks: Sequence[Block] = told.get("blocks", [])  # type: ignore[assignment]  # stored by publish_update
            words.append(Words(language=language, subject=str(told["headline"]), blocks=blocks))
    made = draft_mailing(
        MailingKind.UPDATE,
        key=_new_key(),
        words=words,
        rule=audience.who_acted(page.id),
        page=page,
        update=update,
        by=by,
    )
    return _begun(made, by)


def begin_newsletter(mailing_list: MailingList, *, by: Actor) -> Mailing:
    words = [Words(language=the_organisation().default_language, subject="", blocks=[])]
    made = draft_mailing(MailingKind.NEWSLETTER, key=_new_key(), words=words, mailing_list=mailing_list, by=by)
    return _begun(made, by)


def begin_from_design(
    design: MailingDesign, mailing_list: MailingList, page: Page | None = None, *, by: Actor
) -> Mailing:
    """An alert for `page`, else a newsletter. Raises PageMissing for a design that asks to act."""
    asks = designs.needs_page(design)
    if asks and page is None:
        raise designs.PageMissing(design.id)
    about = page if asks else None
    made = draft_mailing(
        MailingKind.NEWSLETTER if about is None else MailingKind.ALERT,
        key=_new_key(),
        words=[Words(**words) for words in design.words],
        rule=None if about is None else audience.on_list(mailing_list.id, not_yet_acted_on=about.id),
        mailing_list=mailing_list,
        page=about,
        by=by,
    )
    return _begun(made, by)


def copy_mailing(mailing: Mailing, *, by: Actor) -> Mailing:
    """The same words to the same people, as a new draft."""
    words = [
        Words(language=text.language, subject=text.subject, preheader=text.preheader, blocks=text.blocks)
        for text in queries.texts_of(mailing).values()
    ]
    made = draft_mailing(
        mailing.kind,
        key=_new_key(),
        words=words,
        rule=from_json(mailing.rule),
        discreet=mailing.discreet,
        mailing_list=db.session.get(MailingList, mailing.list_id) if mailing.list_id else None,
        page=db.session.get(Page, mailing.page_id) if mailing.page_id else None,
        update=db.session.get(PageUpdate, mailing.update_id) if mailing.update_id else None,
        by=by,
    )
    return _begun(made, by)


def revise(mailing: Mailing, words: Words, *, version: int, by: Actor) -> MailingText:
    """Save the words of one language; `version` is the one that was opened, 0 for a language that is new.

    Raises ChangedMeanwhile when another one stands by now, and WrongState after the launch.
    """
    _lock_draft(mailing)
    text = queries.text_in(mailing, words.language)
    if text is None:
        text = MailingText(mailing_id=mailing.id, language=words.language, version=0)
        db.session.add(text)
    elif text.version != version:
        raise ChangedMeanwhile(text)
    text.version += 1
    text.subject = " ".join(words.subject.split())
    text.preheader = " ".join(words.preheader.split())
    text.blocks = sanitise_blocks(words.blocks)
    mailing.tested_at = None
    audit.note("write mailing", by=by, about=("mailings", mailing.id), after={"language": words.language})
    return text


def drop_language(mailing: Mailing, language: str, *, by: Actor) -> None:
    _lock_draft(mailing)
    text = queries.text_in(mailing, language)
    if text is not None:
        db.session.delete(text)
        audit.note("drop language", by=by, about=("mailings", mailing.id), before={"language": language})


def choose_audience(
    mailing: Mailing, rule: Rule, *, mailing_list: MailingList | None = None, discreet: bool = False, by: Actor
) -> None:
    """Whom it goes to, among those who agreed; an update goes by what its readers asked for, so it needs no list."""
    _lock_draft(mailing)
    before = {"rule": mailing.rule, "list": mailing.list_id}
    mailing.rule = to_json(rule)
    mailing.list_id = mailing_list.id if mailing_list is not None else mailing.list_id
    mailing.discreet = discreet
    count_reach(mailing)
    after = {"rule": mailing.rule, "list": mailing.list_id}
    audit.note("choose audience", by=by, about=("mailings", mailing.id), before=before, after=after)


def _begun(mailing: Mailing, by: Actor) -> Mailing:
    count_reach(mailing)
    audit.note("begin mailing", by=by, about=("mailings", mailing.id), after={"kind": mailing.kind.value})
    return mailing


def _new_key() -> str:
    return f"desk/{secrets.token_hex(16)}"


def _paragraph(text: str) -> Block:
    return {"type": "text", "html": f"<p>{escape(text)}</p>"}


def _lock_draft(mailing: Mailing) -> None:
    """Raises WrongState for one that has begun."""
    db.session.flush()
    db.session.refresh(mailing, with_for_update=True)
    if mailing.state is not MailingState.DRAFT:
        raise WrongState(mailing, MailingState.DRAFT)
