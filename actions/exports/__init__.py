"""The room `exports`: a whole list as a table, made in the background, kept sealed for a day and then gone."""
