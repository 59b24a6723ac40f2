"""The room `media`: pictures, re-encoded by us before anybody sees them."""
