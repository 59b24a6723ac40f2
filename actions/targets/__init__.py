"""The room `targets`: whom letters go to."""
