"""The room `lists`: newsletters one may join, and who is on them."""
