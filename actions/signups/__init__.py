"""The room `signups`: joining the email list."""
