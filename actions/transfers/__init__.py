"""The room `transfers`: imports and exports of people."""
