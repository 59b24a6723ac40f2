from collections.abc import Collection, Iterable, Sequence
from typing import cast

from sqlalchemy import func, or_, select

from actions import clock, published
from actions.extensions import db
from actions.pages.models import ACTING, Page, PageKind, PageState, PageTarget, PageUpdate, PageWording
from actions.pages.reaching import Chosen
from actions.pages.words import PageWords
from actions.targets.models import Target

ENDED = frozenset({PageState.WON, PageState.CLOSED, PageState.STOPPED})


class NoSuchPage(LookupError):
    """No page has this slug, or it is still a draft."""


class PageClosed(Exception):
    """It takes no more acts: it has ended, is paused, or its last day is over."""

    def __init__(self, page: Page) -> None:
        super().__init__(page.slug)
        self.page = page


def open_pages() -> Sequence[Page]:
    """Those that take acts now, in the campaigners' order, the newest first among equals."""
    now = clock.now()
    taking = select(Page).where(Page.state.in_(ACTING), or_(Page.action_until.is_(None), Page.action_until > now))
    return db.session.scalars(taking.order_by(Page.position, Page.opened_at.desc(), Page.id.desc())).all()


def ended_pages(most: int = 6) -> Sequence[Page]:
    """What came of earlier appeals: the last that ended or whose day is over."""
    over = select(Page).where(or_(Page.state.in_(ENDED), (Page.state.in_(ACTING)) & (Page.action_until <= clock.now())))
    return db.session.scalars(over.order_by(Page.ended_at.desc().nulls_last(), Page.id.desc()).limit(most)).all()


def page_by_slug(slug: str) -> Page | None:
    """In whatever state, drafts too."""
    found = db.session.execute(select(Page, published.mark_now()).where(Page.slug == slug)).one_or_none()
    if found is None:
        return None
    page, mark = found
    published.note(mark)
    return cast("Page", page)


def counts_now() -> tuple[int | None, int]:
    """The mark of what is published, and the sum of all pages' counts: whoever drew a page compares them."""
    letters = Page.letter_count + Page.bundled_count + Page.posted_count + Page.self_sent_count
    of_all = select(func.sum(Page.signature_count + letters)).scalar_subquery()
    mark, counts = db.session.execute(select(published.mark_now(), of_all)).one()
    return None if mark is None else int(mark), int(counts or 0)


def public_page(slug: str) -> Page:
    """One that a reader may see. Raises NoSuchPage for an unknown one and a draft."""
    page = page_by_slug(slug)
    if page is None or page.state is PageState.DRAFT:
        raise NoSuchPage(slug)
    return page


def page_for_act(slug: str) -> Page:
    """One that takes acts now. Raises NoSuchPage, or PageClosed."""
    page = public_page(slug)
    if not takes_acts(page):
        raise PageClosed(page)
    return page


def takes_signatures(page: Page) -> bool:
    """By its kind; whether it takes acts now is another question."""
    return page.kind is not PageKind.LETTER


def takes_letters(page: Page) -> bool:
    """As `takes_signatures`."""
    return page.kind is not PageKind.PETITION


def page_to_sign(slug: str) -> Page:
    """As `page_for_act`; a page that only takes letters has no such place. Raises NoSuchPage, or PageClosed."""
    page = page_for_act(slug)
    if not takes_signatures(page):
        raise NoSuchPage(slug)
    return page


def page_to_write(slug: str) -> Page:
    """As `page_for_act`; a page that only takes signatures has no such place. Raises NoSuchPage, or PageClosed."""
    page = page_for_act(slug)
    if not takes_letters(page):
        raise NoSuchPage(slug)
    return page


def takes_acts(page: Page) -> bool:
    return page.state in ACTING and not is_past(page)


def is_past(page: Page) -> bool:
    """Its last day is over, whatever its state."""
    return page.action_until is not None and page.action_until <= clock.now()


def has_ended(page: Page) -> bool:
    """For good; a paused page has not."""
    return page.state in ENDED or is_past(page)


def wording(page: Page, language: str, version: int | None = None) -> PageWording:
    """The words in `language`, else in the page's own; of the version that stands now unless another is named."""
    in_language = wordings(page, version)
    return in_language.get(language) or in_language[page.default_language]


def wordings(page: Page, version: int | None = None) -> dict[str, PageWording]:
    """Language -> words, the page's own language first."""
    wanted = version or page.version

    def read() -> dict[str, PageWording]:
        words = sorted(
            _words([page.id], {page.id: wanted}), key=lambda one: (one.language != page.default_language, one.id)
        )
        return {one.language: published.apart(one) for one in words}

    return published.remembered(("wordings", page.id, wanted), read)


def standing_words(page: Page) -> dict[str, PageWords]:
    """Language -> the words that stand now, as values; `dataclasses.replace` makes the next version of one."""
    return {language: PageWords.of(row) for language, row in wordings(page).items()}


def languages(page: Page) -> list[str]:
    """Those that the page's words are there in, its own first."""
    return list(wordings(page))


def wordings_of(pages: Iterable[Page], language: str) -> dict[int, PageWording]:
    """Page id -> its words in `language`, else in the page's own: one query for any number of pages."""
    wanted = list(pages)
    words = _words([page.id for page in wanted], {page.id: page.version for page in wanted})
    by_language = {(one.page_id, one.language): one for one in words}
    return {
        page.id: by_language.get((page.id, language)) or by_language[page.id, page.default_language] for page in wanted
    }


def _words(page_ids: Sequence[int], versions: dict[int, int]) -> list[PageWording]:
    found = select(PageWording).where(
        PageWording.page_id.in_(page_ids), PageWording.version.in_(set(versions.values()))
    )
    return [one for one in db.session.scalars(found) if one.version == versions[one.page_id]]


def targets_of(page: Page) -> Sequence[Target]:
    """Whom letters go to, in the page's order."""
    chosen = select(Target).join(PageTarget, PageTarget.target_id == Target.id).where(PageTarget.page_id == page.id)
    return db.session.scalars(chosen.order_by(PageTarget.position, PageTarget.id)).all()


def chosen_of(page: Page) -> list[Chosen]:
    """The same, each with the rule that says whose letters it gets."""
    found = select(PageTarget, Target).join(Target, PageTarget.target_id == Target.id)
    in_order = found.where(PageTarget.page_id == page.id).order_by(PageTarget.position, PageTarget.id)
    return [Chosen(target, row.rule, tuple(row.countries)) for row, target in db.session.execute(in_order)]


def named_targets(page_ids: Collection[int]) -> set[tuple[int, int]]:
    """(page, target) of those that these pages name."""
    named = select(PageTarget.page_id, PageTarget.target_id).where(PageTarget.page_id.in_(page_ids))
    return {(page_id, target_id) for page_id, target_id in db.session.execute(named)}


def pages_writing_to(target: Target) -> Sequence[Page]:
    """The newest first."""
    chosen = select(Page).join(PageTarget, PageTarget.page_id == Page.id).where(PageTarget.target_id == target.id)
    return db.session.scalars(chosen.order_by(Page.id.desc())).all()


def updates_of(page: Page) -> Sequence[PageUpdate]:
    """Newest first."""
    found = select(PageUpdate).where(PageUpdate.page_id == page.id)
    return db.session.scalars(found.order_by(PageUpdate.dated.desc(), PageUpdate.id.desc())).all()


def newest_update(page: Page) -> PageUpdate | None:
    return next(iter(updates_of(page)), None)


def update_words(update: PageUpdate, language: str, default_language: str) -> dict[str, object]:
    """{"headline", "blocks"} in `language`, else in the page's own, else in any."""
    for code in (language, default_language):
        if code in update.wordings:
            words: dict[str, object] = update.wordings[code]
            return words
    return next(iter(update.wordings.values()), {"headline": "", "blocks": []})


def update_language(update: PageUpdate, language: str, default_language: str) -> str:
    """The language that `update_words` answers in."""
    return next((code for code in (language, default_language, *update.wordings) if code in update.wordings), language)
