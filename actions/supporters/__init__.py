"""The room `supporters`: a person known by one address."""
