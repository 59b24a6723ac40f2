"""After a backup was put back: how that is noticed, what is held, and what people decided since then is done again."""
