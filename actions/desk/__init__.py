"""Staff screens that show several rooms together: Today, one's own account, and who works here."""
