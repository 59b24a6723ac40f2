from collections.abc import Iterable, Sequence
from enum import StrEnum

from sqlalchemy import ColumnElement, or_, select

from actions.extensions import db
from actions.targets.models import Target, TargetKind
from email_templates.language import LANGUAGES, SOURCE_LANGUAGE, countries


class Standing(StrEnum):
    """By which the directory can be narrowed."""

    TAKES = "takes"
    WAITS = "waits"
    UNVERIFIED = "unverified"


def by_slug(slug: str) -> Target | None:
    return db.session.scalars(select(Target).where(Target.slug == slug)).one_or_none()


def by_id(target_id: int) -> Target | None:
    return db.session.get(Target, target_id)


def with_slugs(slugs: Iterable[str]) -> list[Target]:
    """In the order of `slugs`. Raises KeyError for one that no target has."""
    wanted = list(slugs)
    found = {target.slug: target for target in db.session.scalars(select(Target).where(Target.slug.in_(wanted)))}
    return [found[slug] for slug in wanted]


def name_in(target: Target, language: str) -> str:
    """How a sentence in `language` names them."""
    return str(_words(target, language).get("name", target.name))


def state_in(target: Target, language: str) -> str:
    """The state that receives what a writer discloses, as a sentence in `language` names it."""
    return str(_words(target, language).get("state", target.represents))


def salutation_in(target: Target, language: str) -> str:
    return _form(target, language)["salutation"]


def close_in(target: Target, language: str) -> str:
    return _form(target, language)["close"]


def letter_language(target: Target, language: str) -> str:
    """The writer's language if they can be addressed in it, else the first of theirs that our mails speak."""
    if language in target.forms:
        return language
    return next((code for code in target.languages if code in LANGUAGES), target.languages[0])


def _form(target: Target, language: str) -> dict[str, str]:
    form: dict[str, str] = target.forms[letter_language(target, language)]
    return form


def _words(target: Target, language: str) -> dict[str, str]:
    spoken = (language, *target.languages)
    words: dict[str, str] = next((target.wordings[code] for code in spoken if target.wordings.get(code)), {})
    return words


def all_targets() -> list[Target]:
    """In the order of their names."""
    return list(db.session.scalars(select(Target).order_by(Target.name, Target.id)))


def matching(search: str, kind: TargetKind | None, standing: Standing | None, skip: int, most: int) -> Sequence[Target]:
    """In the order of their names. `search` is part of a name, an office or a country, or a country's code."""
    wanted = select(Target).where(*_narrowed(search, kind, standing))
    return db.session.scalars(wanted.order_by(Target.name, Target.id).offset(skip).limit(most)).all()


def _narrowed(search: str, kind: TargetKind | None, standing: Standing | None) -> Iterable[ColumnElement[bool]]:
    if search:
        codes = [code for code, name in countries(SOURCE_LANGUAGE) if search.casefold() in name.casefold()]
        codes += [search.upper()]
        yield or_(
            Target.name.icontains(search, autoescape=True),
            Target.office.icontains(search, autoescape=True),
            Target.represents.in_(codes),
            Target.country.in_(codes),
            *(Target.accredited_to.contains([code]) for code in codes),
        )
    if kind is not None:
        yield Target.kind == kind
    match standing:
        case Standing.TAKES:
            yield Target.waits_since.is_(None)
        case Standing.WAITS:
            yield Target.waits_since.is_not(None)
        case Standing.UNVERIFIED:
            yield Target.verified_at.is_(None)
