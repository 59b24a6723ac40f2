"""The room `mailings`: newsletters, alerts and updates: one text to one audience."""
