"""The organisation's own colour, as a style sheet over ours."""

from flask import Blueprint, Response, abort
from flask.typing import ResponseReturnValue

from actions.organisation.colours import shades
from actions.organisation.queries import organisation_view

blueprint = Blueprint("organisation", __name__)
# The colour stands in the address: another one is another file.
KEPT = "public, max-age=31536000, immutable"


@blueprint.get("/look-<colour>.css")
def look(colour: str) -> ResponseReturnValue:
    organisation = organisation_view()
    if organisation is None or organisation.colour != f"#{colour}":
        abort(404)
    made = shades(organisation.colour)
    light = f"--act:{made.act};--act-hover:{made.act_hover}"
    dark = f"--act:{made.dark_act};--act-hover:{made.dark_act_hover}"
    sheet = f":root{{{light}}}\n@media (prefers-color-scheme:dark){{:root{{{dark}}}}}\n"
    return Response(sheet, mimetype="text/css", headers={"Cache-Control": KEPT})
