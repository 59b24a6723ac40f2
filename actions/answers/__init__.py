"""The room `answers`: whether an office answered those who wrote to it, as they tell us."""
