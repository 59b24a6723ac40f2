"""The room `pages`: action pages: wording, targets, updates and outcome."""
