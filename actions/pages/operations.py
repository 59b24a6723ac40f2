from collections.abc import Mapping, Sequence
from dataclasses import asdict
from datetime import datetime
from typing import Any

from actions import clock
from actions.actors import Actor
from actions.extensions import db
from actions.pages.locking import lock
from actions.pages.models import (
    STATE_AFTER,
    TRANSITIONS,
    Outcome,
    Page,
    PageState,
    PageTarget,
    PageUpdate,
    PageWording,
)
from actions.pages.queries import ENDED, chosen_of, newest_update, standing_words, targets_of, wordings
from actions.pages.reaching import Chosen
from actions.pages.readiness import problems_of
from actions.pages.words import PageDetails, PageWords
from actions.staff import audit
from actions.targets.models import Target
from email_templates.block_checking import check_blocks, sanitise_blocks


class PageNotReady(Exception):
    """It cannot be opened yet; `problems` says why, one sentence each."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("; ".join(problems))
        self.problems = problems


class NotFromHere(Exception):
    """The page's state does not lead to that one."""


def draft_page(
    details: PageDetails, words: Mapping[str, PageWords], targets: Sequence[Target | Chosen], *, by: Actor
) -> Page:
    """A page that nobody sees yet."""
    page = Page(created_at=clock.now(), state=PageState.DRAFT, version=1, **asdict(details))
    db.session.add(page)
    db.session.flush()
    _add_words(page, words)
    _note(page, "page begun", by=by)
    set_targets(page, targets, by=by)
    return page


def change_details(page: Page, details: PageDetails, *, by: Actor) -> None:
    """All but the slug of a page that was opened: it stands in links that people have."""
    changed = {
        name: value
        for name, value in asdict(details).items()
        if value != getattr(page, name) and (name != "slug" or page.state is PageState.DRAFT)
    }
    if not changed:
        return
    before = {name: getattr(page, name) for name in changed}
    for name, value in changed.items():
        setattr(page, name, value)
    db.session.flush()
    _note(page, "page details changed", by=by, before=_plain(before), after=_plain(changed))


def set_targets(page: Page, targets: Sequence[Target | Chosen], *, by: Actor) -> None:
    """Whom letters go to from now on, in this order; one without a rule hears from everyone."""
    before = chosen_of(page)
    wanted = [one if isinstance(one, Chosen) else Chosen(one) for one in targets]
    if before == wanted:
        return
    for chosen in db.session.query(PageTarget).filter_by(page_id=page.id):
        db.session.delete(chosen)
    db.session.flush()
    db.session.add_all(
        PageTarget(
            page_id=page.id, target_id=one.target.id, position=position, rule=one.rule, countries=list(one.countries)
        )
        for position, one in enumerate(wanted)
    )
    db.session.flush()
    told = {"before": {"targets": [str(one) for one in before]}, "after": {"targets": [str(one) for one in wanted]}}
    _note(page, "page targets chosen", by=by, **told)


def revise_wordings(page: Page, words: Mapping[str, PageWords], *, by: Actor) -> bool:
    """The next version of the words in every language: those given, and the others as they were.

    False, and no new version, when nothing differs. Raises PageNotReady if a public page would lack something.
    """
    lock(page)
    standing = standing_words(page)
    wanted = standing | {language: _clean(given) for language, given in words.items()}
    if wanted == standing:
        return False
    page.version += 1
    _add_words(page, wanted)
    if page.state is not PageState.DRAFT:
        _refuse_unless_ready(page)
    changed = sorted(language for language in wanted if wanted[language] != standing.get(language))
    _note(page, "page words changed", by=by, before={"version": page.version - 1}, after=_words_now(page, changed))
    return True


def open_page(page: Page, *, by: Actor) -> None:
    """Raises PageNotReady, or NotFromHere for one that is open or over."""
    lock(page)
    if page.state is not PageState.DRAFT:
        raise NotFromHere(f"{page.slug} is {page.state}")
    _refuse_unless_ready(page)
    _move(page, PageState.OPEN, by=by)
    page.opened_at, page.opens_at = clock.now(), None
    db.session.flush()


def schedule_opening(page: Page, at: datetime | None, *, by: Actor) -> None:
    """A draft opens by itself at that moment; None calls it off. Raises PageNotReady and NotFromHere."""
    lock(page)
    if page.state is not PageState.DRAFT:
        raise NotFromHere(f"{page.slug} is {page.state}")
    if at is not None:
        _refuse_unless_ready(page)
    before, page.opens_at = page.opens_at, at
    db.session.flush()
    _note(page, "page opening planned", by=by, before=_plain({"opens_at": before}), after=_plain({"opens_at": at}))


def drop_language(page: Page, language: str, *, by: Actor) -> None:
    """The next version of the words, without this language. Raises PageNotReady for the page's own."""
    lock(page)
    if language == page.default_language:
        raise PageNotReady([f"{language} is the page's own language"])
    standing = standing_words(page)
    if standing.pop(language, None) is None:
        return
    page.version += 1
    _add_words(page, standing)
    _note(
        page, "page language taken off", by=by, before={"version": page.version - 1}, after=_words_now(page, [language])
    )


def pause_page(page: Page, *, by: Actor) -> None:
    """Nothing is taken while it is paused. Raises NotFromHere."""
    lock(page)
    _move(page, PageState.PAUSED, by=by)
    db.session.flush()


def resume_page(page: Page, *, by: Actor) -> None:
    """As it was before the pause. Raises NotFromHere."""
    lock(page)
    _move(page, PageState.OPEN if newest_update(page) is None else PageState.OPEN_WITH_UPDATE, by=by)
    db.session.flush()


def end_page(page: Page, state: PageState, *, by: Actor) -> None:
    """Won, closed or stopped, without news; the words for it come by `add_update`. Raises NotFromHere."""
    if state not in ENDED:
        raise NotFromHere(f"{state} is no end")
    lock(page)
    _move(page, state, by=by)
    db.session.flush()


def add_update(
    page: Page,
    outcome: Outcome,
    news: Mapping[str, Mapping[str, Any]],
    *,
    words: Mapping[str, PageWords] | None = None,
    dated: datetime | None = None,
    by: Actor,
) -> PageUpdate:
    """The dated banner, the state that the outcome leads to, and with `words` the next version of the appeal.

    `news`: language -> {"headline", "blocks"}. What becomes of waiting letters is for whoever calls: see
    actions/site. Raises NotFromHere for a draft and for an outcome that the state does not lead to.
    """
    lock(page)
    if page.state is PageState.DRAFT:
        raise NotFromHere(f"{page.slug} is a draft")
    after = STATE_AFTER[outcome]
    if after is not page.state:
        _move(page, after, by=by)
    update = PageUpdate(
        page_id=page.id,
        outcome=outcome,
        dated=dated or clock.now(),
        wordings={language: _clean_news(told) for language, told in news.items()},
        created_at=clock.now(),
    )
    db.session.add(update)
    db.session.flush()
    _note(page, "page update published", by=by, after={"update": update.id, "outcome": outcome.value})
    if words:
        revise_wordings(page, words, by=by)
    return update


def _move(page: Page, after: PageState, *, by: Actor) -> None:
    before = page.state
    if after not in TRANSITIONS[before]:
        raise NotFromHere(f"{page.slug} is {before} and cannot become {after}")
    page.state = after
    page.ended_at = clock.now() if after in ENDED else None
    _note(page, "page state changed", by=by, before={"state": before.value}, after={"state": after.value})


def _note(
    page: Page,
    action: str,
    *,
    by: Actor,
    before: Mapping[str, object] | None = None,
    after: Mapping[str, object] | None = None,
) -> None:
    audit.note(action, by=by, about=("pages", page.id), before=before, after=after)


def _plain(values: Mapping[str, object]) -> dict[str, object]:
    """Moments as text, since a note is JSON."""
    return {name: value.isoformat() if isinstance(value, datetime) else value for name, value in values.items()}


def _words_now(page: Page, languages: Sequence[str]) -> dict[str, object]:
    """The words themselves stand in their version."""
    return {"version": page.version, "languages": list(languages)}


def _refuse_unless_ready(page: Page) -> None:
    problems = problems_of(page, wordings(page), targets_of(page))
    if problems:
        raise PageNotReady(problems)


def _add_words(page: Page, words: Mapping[str, PageWords]) -> None:
    db.session.add_all(
        PageWording(
            page_id=page.id, version=page.version, language=language, created_at=clock.now(), **asdict(_clean(given))
        )
        for language, given in words.items()
    )
    db.session.flush()


def _clean(words: PageWords) -> PageWords:
    _refuse_wrong(words.blocks)
    return words.sanitised()


def _refuse_wrong(blocks: list[dict[str, Any]]) -> None:
    problems = check_blocks(blocks)
    if problems:
        raise PageNotReady([str(problem) for problem in problems])


def _clean_news(told: Mapping[str, Any]) -> dict[str, Any]:
    blocks = list(told.get("blocks", []))
    _refuse_wrong(blocks)
    return {"headline": str(told["headline"]), "blocks": sanitise_blocks(blocks)}
