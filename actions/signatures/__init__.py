"""The room `signatures`: signing a petition."""
