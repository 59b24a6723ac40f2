"""Whom an update is mailed to, as a rule."""

from actions.segments.rules import Acted, ActKind, Every, Rule, WantsNews
from actions.site.news_forms import TO_BOTH, TO_SIGNERS, TO_WRITERS

KINDS = {TO_BOTH: ActKind.ANY, TO_SIGNERS: ActKind.SIGNED, TO_WRITERS: ActKind.WROTE}


def rule_for(readers: str, page_id: int) -> Rule:
    """Those who did that on the page and want to know what came of it."""
    return Every((Acted(page_id, KINDS[readers]), WantsNews(page_id)))
