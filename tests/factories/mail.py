"""What a delivery would say, read from its row before it is on the wire."""

from urllib.parse import urlsplit

from actions.deliveries import composing
from actions.deliveries.models import Delivery
from email_templates.rendering import render


def links_in(delivery: Delivery, path: str) -> list[str]:
    """The paths of the links that begin with `path`, in the order of the plain text."""
    text = render(composing.read_values(delivery).email).text
    paths = [urlsplit(word).path for word in text.split() if word.startswith("http")]
    return [found for found in paths if found.startswith(path)]
