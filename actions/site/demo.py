"""The demonstration: what lies in actions/demo, brought in through the operations that campaigners use."""

from pathlib import Path
from typing import Any

import yaml
from pydantic import TypeAdapter

from actions.actors import Actor
from actions.config import settings
from actions.consents.models import ConsentPurpose
from actions.consents.operations import add_text
from actions.lists.operations import save_list
from actions.media.operations import store_picture
from actions.organisation.operations import OrganisationDetails, save_organisation, save_sender
from actions.pages.loading import load_page, load_updates
from actions.pages.models import Page, PageState
from actions.pages.operations import open_page
from actions.pages.queries import page_by_slug, updates_of
from actions.targets.operations import TargetDetails, save_target

DEMO = Path(__file__).parents[1] / "demo"
# What a sentence about a target needs and the letter itself does not.
_ONLY_FOR_READERS = frozenset({"honorific", "envelope_name"})


class NotADemonstration(Exception):
    """The mail of this installation leaves the machine, so nothing invented may be loaded into it."""


def load_demo(folder: Path = DEMO, *, by: Actor) -> list[Page]:
    """Everything, again without harm; its pages are open afterwards. Raises NotADemonstration."""
    if not settings().smtp_is_loopback:
        raise NotADemonstration
    load_organisation(folder, by=by)
    return [_load_page(_read(path), by=by) for path in sorted((folder / "pages").glob("*.yaml"))]


def load_organisation(folder: Path, *, by: Actor) -> None:
    """Who we are, our lists, the sentences that one agrees to, whom letters go to, and our pictures.

    From files of the shape of actions/demo; again after a change without harm.
    """
    _load_details(folder, by=by)
    for purpose, sentences in _read(folder / "consent_texts.yaml").items():
        for language, sentence in sentences.items():
            add_text(ConsentPurpose(purpose), language, sentence.strip(), by=by)
    for target in _read(folder / "targets.yaml"):
        save_target(_target(target), by=by)
    for picture in sorted((folder / "pictures").glob("*.webp")):
        store_picture(picture.name, picture.read_bytes(), by=by)


def _load_details(folder: Path, *, by: Actor) -> None:
    content = _read(folder / "organisation.yaml")
    senders, lists = content.pop("senders"), content.pop("lists")
    save_organisation(TypeAdapter(OrganisationDetails).validate_python(content), by=by)
    for lane, sender in senders.items():
        save_sender(lane, sender["name"], sender["address"], sender["reply_to"], by=by)
    for one in lists:
        save_list(one["slug"], one["label"], one["wordings"], by=by)


def _load_page(content: dict[str, Any], *, by: Actor) -> Page:
    """A page that has had news since it was loaded keeps its newer words."""
    known = page_by_slug(content["slug"])
    if known is not None and len(updates_of(known)) > len(content["updates"]):
        return known
    page = load_page(content, by=by)
    if page.state is PageState.DRAFT:
        open_page(page, by=by)
    load_updates(page, content, by=by)
    return page


def _target(content: dict[str, Any]) -> TargetDetails:
    kept = {key: value for key, value in content.items() if key not in _ONLY_FOR_READERS}
    return TypeAdapter(TargetDetails).validate_python(kept)


def _read(path: Path) -> Any:  # noqa: ANN401  # YAML holds anything; each part is checked where it is used
    return yaml.safe_load(path.read_text(encoding="utf-8"))
