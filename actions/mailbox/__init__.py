"""The room `mailbox`: the mail that a demonstration sent, to read in the browser."""
