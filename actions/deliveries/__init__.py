"""The room `deliveries`: the waist: one email to one address, and what became of it."""
