"""Who may work at the desk: accounts, roles, second factor, sessions, and the record of what each of them changed."""
