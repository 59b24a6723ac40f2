"""What a member may do: look, as everybody who is signed in; what each role adds; an admin everything."""

from enum import StrEnum


class StaffRole(StrEnum):
    VIEWER = "viewer"
    EDITOR = "editor"
    SENDER = "sender"
    EXPORTER = "exporter"
    ADMIN = "admin"
