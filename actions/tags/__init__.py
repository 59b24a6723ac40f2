"""The room `tags`: words that the group gives to people, such as “volunteer”, to write to them by what they do."""
