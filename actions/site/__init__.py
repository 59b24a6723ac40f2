"""The room `site`: public pages that show several rooms together."""
