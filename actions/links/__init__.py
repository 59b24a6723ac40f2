"""Whether the addresses that our words lead to still answer: asked by a worker, when somebody presses a button."""
