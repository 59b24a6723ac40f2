"""Builds the style sheets and fonts into the wheel, so that who installs it needs no Node."""

import sys
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

# A build starts outside the checkout.
sys.path.insert(0, str(Path(__file__).parent))

from devserver.frontend import WITHOUT_FONTS, build


class FrontEnd(BuildHookInterface[Any]):
    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """A wheel carries what Vite made; an editable install takes what lies in the checkout."""
        if self.target_name != "wheel" or version == "editable":
            return
        if not build(Path(self.root)):
            raise RuntimeError(WITHOUT_FONTS)
        build_data["artifacts"].append("/actions/static/dist/**")
