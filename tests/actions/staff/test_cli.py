from flask import Flask

from actions.staff.roles import StaffRole
from tests.factories.staff import make_staff


def test_somebody_is_invited_and_gets_a_new_link(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    first = run(args=["staff", "create", "rana@open-door.test", "--role", "editor"])
    assert first.output.startswith("http://localhost:8000/desk/join/")
    assert "works here already" in run(args=["staff", "create", "rana@open-door.test", "--role", "editor"]).output
    assert run(args=["staff", "link", "rana@open-door.test"]).output == first.output
    assert "Nobody with this address" in run(args=["staff", "link", "ben@open-door.test"]).output
    assert "no email address" in run(args=["staff", "link", "rana"]).output


def test_only_a_demonstration_opens_without_a_password(app: Flask) -> None:
    run = app.test_cli_runner().invoke
    assert run(args=["staff", "open", "rana@open-door.test"]).output.startswith("http://localhost:8000/desk/open/")
    app.config["SETTINGS"] = app.config["SETTINGS"].model_copy(update={"staff_second_factor": "required"})
    assert "Only a demonstration" in run(args=["staff", "open", "rana@open-door.test"]).output
    make_staff(StaffRole.VIEWER, email="ben@open-door.test")
