"""The room `segments`: a rule that picks supporters, and the one SELECT it becomes."""
