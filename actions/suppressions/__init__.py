"""The room `suppressions`: addresses that must not get mailings, kept as keyed hashes."""
