"""The room `consents`: append-only records of who allowed what, under which wording."""
