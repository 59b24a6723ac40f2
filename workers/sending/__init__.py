"""The engine: claim deliveries, put them on the wire over SMTP, record what became of each."""
