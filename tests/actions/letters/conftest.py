"""An office, and a page whose letters go to it; a test that needs another office has its own."""

import pytest
from flask import Flask

from actions.pages.models import Page
from actions.targets.models import Target
from tests.factories.organisation import make_list, make_organisation
from tests.factories.pages import make_page, make_target


@pytest.fixture
def target(app: Flask) -> Target:
    make_organisation()
    make_list()
    return make_target()


@pytest.fixture
def page(target: Target) -> Page:
    return make_page(targets=[target])
